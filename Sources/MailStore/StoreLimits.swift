/// How much the cache may hold.
public struct StoreLimits: Hashable, Sendable {
    /// Octets of cached bodies; the least recently used go first.
    public var bodies: UInt64 = 10_000_000_000
    /// Octets of the disk that are left free: below, nothing more is cached.
    public var reserve: UInt64 = 64 << 20

    public init() {}
}
