/// Where a server listens and how its connection is protected.
public struct Endpoint: Hashable, Sendable {
    public enum Security: String, Hashable, Sendable {
        /// TLS from the first byte (RFC 8314 section 3).
        case implicit
        /// STARTTLS, and nothing said before it (RFC 3501 section 6.2.1).
        case startTLS = "starttls"
        /// No TLS: loopback addresses only.
        case none
    }

    public var host: String
    public var port: UInt16
    public var security: Security

    public init(host: String, port: UInt16, security: Security) {
        self.host = host
        self.port = port
        self.security = security
    }
}
