/// The strongest identity that a message's content has: from EMAILID or Gmail's id, else from Message-ID, Date and size.
///
/// Equal in every folder, epoch and mount of the account. 128 bits of a cryptographic digest.
public struct MessageIdentity: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The first 16 octets of a digest, big-endian; nil for fewer.
    public init?(digest: some Collection<UInt8>) {
        guard digest.count >= 16 else { return nil }
        high = digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = digest.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
