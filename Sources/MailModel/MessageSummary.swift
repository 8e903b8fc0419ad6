public import IMAPValue

/// One message as a listing shows it: all that `readdir` and `stat` need.
public struct MessageSummary: Hashable, Sendable {
    public let id: MessageID
    public var uid: UID
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

    public init(
        id: MessageID, uid: UID, name: [UInt8], size: UInt64, sizeIsProven: Bool, internalDate: Int64, flags: Flags,
        flagsChanged: Int64, isCached: Bool
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
    }
}
