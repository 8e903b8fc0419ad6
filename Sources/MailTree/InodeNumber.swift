public import MailModel

/// An inode number of the mount: 64 bits, never reused, bound to a folder or to a message for the life of the local state.
///
/// 1 is the root; folders stand below 2^32, messages from there on.
public struct InodeNumber: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let root = InodeNumber(rawValue: 1)
    static let firstMessage: UInt64 = 1 << 32

    public init(_ folder: FolderID) {
        rawValue = UInt64(clamping: folder.rawValue) &+ 1
    }

    public init(_ message: MessageID) {
        rawValue = Self.firstMessage &+ UInt64(clamping: message.rawValue)
    }

    /// nil for the root and for messages.
    public var folder: FolderID? {
        rawValue > 1 && rawValue < Self.firstMessage ? FolderID(rawValue: Int64(rawValue) - 1) : nil
    }

    /// The folder of a directory, `FolderID.root` for the root; nil for messages.
    public var directory: FolderID? {
        rawValue >= 1 && rawValue < Self.firstMessage ? FolderID(rawValue: Int64(rawValue) - 1) : nil
    }

    /// nil for directories.
    public var message: MessageID? {
        guard rawValue >= Self.firstMessage else { return nil }
        return Int64(exactly: rawValue - Self.firstMessage).map(MessageID.init(rawValue:))
    }
}
