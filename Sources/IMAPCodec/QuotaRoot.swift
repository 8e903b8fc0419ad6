/// Use and limit of each resource of a quota root (RFC 9208 section 4.1.1).
///
/// ```
/// S: * QUOTA "" (STORAGE 10 512)       10 KiB of 512 KiB
/// ```
public struct QuotaRoot: Sendable, Hashable {
    public struct Resource: Sendable, Hashable {
        /// Upper case: `STORAGE` (in units of 1024 octets), `MESSAGE`, `MAILBOX`.
        public var name: String
        public var usage: UInt64
        public var limit: UInt64

        public init(name: String, usage: UInt64, limit: UInt64) {
            self.name = name
            self.usage = usage
            self.limit = limit
        }
    }

    public var name: [UInt8]
    public var resources: [Resource]

    public init(name: [UInt8], resources: [Resource]) {
        self.name = name
        self.resources = resources
    }
}
