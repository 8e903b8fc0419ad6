public import IMAPValue

/// What the server told of one message in a first listing, before it has a name here.
public struct MessageMetadata: Hashable, Sendable {
    public var uid: UID
    /// RFC822.SIZE, a claim.
    public var size: UInt64
    /// INTERNALDATE in seconds since 1970.
    public var internalDate: Int64
    public var flags: Flags
    public var identity: MessageIdentity
    /// The identity is the server's own (EMAILID, X-GM-MSGID): equal means equal bytes.
    public var identityIsProof: Bool
    /// The few header fields that names and attributes need, as received.
    public var header: [UInt8]
    /// Gmail's labels; nil where they were not told.
    public var labels: Labels?
    /// The file name of ordinal 1, where it was made already.
    public var name: [UInt8]?

    public init(
        uid: UID, size: UInt64, internalDate: Int64, flags: Flags, identity: MessageIdentity, identityIsProof: Bool,
        header: [UInt8], labels: Labels? = nil, name: [UInt8]? = nil
    ) {
        self.uid = uid
        self.size = size
        self.internalDate = internalDate
        self.flags = flags
        self.identity = identity
        self.identityIsProof = identityIsProof
        self.header = header
        self.labels = labels
        self.name = name
    }
}
