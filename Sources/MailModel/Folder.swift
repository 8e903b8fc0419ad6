public import IMAPValue

/// One folder as the server lists it and as the mount shows it.
public struct Folder: Hashable, Sendable {
    /// What LIST says of a mailbox (RFC 3501 section 7.2.2, RFC 5258 section 3).
    public struct Attributes: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `\Noselect`: holds folders only.
        public static let noSelect = Attributes(rawValue: 1)
        /// `\NonExistent`: only its children exist.
        public static let nonExistent = Attributes(rawValue: 2)
        /// `\NoInferiors`: no folder can be made below it.
        public static let noInferiors = Attributes(rawValue: 4)
        /// Made here, and not on the server yet.
        public static let pending = Attributes(rawValue: 128)
    }

    public let id: FolderID
    /// The name as the server wrote it, sent back verbatim; empty for a directory that only stands between others.
    public var rawName: [UInt8]
    /// The hierarchy separator of this name; nil where the name space is flat.
    public var separator: UInt8?
    public var attributes: Attributes
    public var specialUse: SpecialUse?
    /// MAILBOXID (RFC 8474 section 4), where the server has OBJECTID.
    public var mailboxID: [UInt8]?
    /// The components of the path that the mount shows, outermost first: safe file names of 1 to 255 bytes.
    public var path: [[UInt8]]
    /// The whole name decoded for people, with the server's separator.
    public var displayName: String

    public init(
        id: FolderID, rawName: [UInt8], separator: UInt8?, attributes: Attributes, specialUse: SpecialUse?,
        mailboxID: [UInt8]?, path: [[UInt8]], displayName: String
    ) {
        self.id = id
        self.rawName = rawName
        self.separator = separator
        self.attributes = attributes
        self.specialUse = specialUse
        self.mailboxID = mailboxID
        self.path = path
        self.displayName = displayName
    }

    /// Whether messages can be in it. SELECT cannot be asked of it while it is `pending`.
    public var holdsMessages: Bool {
        !rawName.isEmpty && attributes.isDisjoint(with: [.noSelect, .nonExistent])
    }
}
