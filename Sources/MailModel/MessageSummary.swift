public import IMAPValue

/// One message as a listing shows it: all that `readdir` and `stat` need.
public struct MessageSummary: Hashable, Sendable {
    /// How far the server has what is shown.
    public enum Standing: UInt8, Hashable, Sendable {
        /// As the server has it.
        case settled
        /// A change waits for the server.
        case pending
        /// An upload that was refused; its file stays.
        case failed
        /// A file of this mount only.
        case scratch
    }

    public let id: MessageID
    /// nil while the message is not on the server, or its UID there is not known yet.
    public var uid: UID?
    /// The file name, 1 to 255 bytes, unique in its folder.
    public var name: [UInt8]
    /// Octets of `BODY[]`: the server's RFC822.SIZE until `sizeIsProven`, then the length that was received.
    public var size: UInt64
    public var sizeIsProven: Bool
    /// INTERNALDATE in seconds since 1970.
    public var internalDate: Int64
    public var flags: Flags
    /// When the flags last changed as seen from here, seconds since 1970; 0 if never.
    public var flagsChanged: Int64
    /// The whole body is in the cache.
    public var isCached: Bool
    public var standing: Standing

    public init(
        id: MessageID, uid: UID?, name: [UInt8], size: UInt64, sizeIsProven: Bool, internalDate: Int64, flags: Flags,
        flagsChanged: Int64, isCached: Bool,
        standing: Standing = .settled
    ) {
        self.id = id
        self.uid = uid
        self.name = name
        self.size = size
        self.sizeIsProven = sizeIsProven
        self.internalDate = internalDate
        self.flags = flags
        self.flagsChanged = flagsChanged
        self.isCached = isCached
        self.standing = standing
    }
}
