public import IMAPValue

/// A file of the mount that is not on the server: a scratch file, or a message that is being written or could not be uploaded.
///
/// Its octets are in the spool under its id.
public struct LocalFile: Hashable, Sendable {
    public enum Purpose: Int64, Hashable, Sendable {
        /// Never sent.
        case scratch = 0
        /// A `.eml` that nobody has closed yet.
        case unfinished = 1
        /// A `.eml` that was closed without content: it waits for some.
        case empty = 2
        /// A `.eml` with content: it has an `append` in the journal, or one that failed.
        case upload = 3
        /// A `.eml` of whose close nobody tells the mount.
        case unattended = 4
        /// A `.eml` that was last seen open for writing, or that the program's end interrupted.
        case open = 5

        /// It is sent when somebody closes it. When the program ends before, it is kept, and not sent before somebody says that it is whole.
        public var isBeingWritten: Bool { self == .unfinished || self == .unattended || self == .open }
    }

    public let id: MessageID
    /// `FolderID(rawValue: 0)` for the root of the mount.
    public var folder: FolderID
    public var name: [UInt8]
    public var purpose: Purpose
    /// Octets, as last written down: an open file may have more.
    public var size: UInt64
    /// Seconds since 1970.
    public var modified: Int64
    /// `modified` was set by a program, not by writing.
    public var modifiedWasSet: Bool
    /// Those that a program gave it before it had an upload, which has them from then on; nil where none did.
    public var flags: Flags?
    /// Of a scratch file that was an upload: its name as a message. Who deletes such a file deletes mail.
    public var ownName: [UInt8]?

    public init(
        id: MessageID, folder: FolderID, name: [UInt8], purpose: Purpose, size: UInt64 = 0, modified: Int64,
        modifiedWasSet: Bool = false, flags: Flags? = nil, ownName: [UInt8]? = nil
    ) {
        self.id = id
        self.folder = folder
        self.name = name
        self.purpose = purpose
        self.size = size
        self.modified = modified
        self.modifiedWasSet = modifiedWasSet
        self.flags = flags
        self.ownName = ownName
    }
}

extension FolderID {
    /// The root of the mount, which is no folder of the account.
    public static let root = FolderID(rawValue: 0)
}
