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
    @inlinable
    public init?(digest: some Collection<UInt8>) {
        var words: (UInt64, UInt64) = (0, 0)
        var taken = 0
        for octet in digest {
            words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(octet))
            taken += 1
            if taken == 16 { break }
        }
        guard taken == 16 else { return nil }
        (high, low) = words
    }
}
