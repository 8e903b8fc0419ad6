public import IMAPCodec
public import Logging

/// Everything that a connection needs to know.
public struct ClientConfiguration: Sendable {
    public var endpoint: Endpoint
    public var user: String
    /// Asked once at each login, after TLS stands and on no thread in particular; what it throws, `IMAPConnection.open`
    /// throws.
    public var credentials: any CredentialSource
    /// What `credentials` is told of the login before; nil where none was refused.
    public var refusal: LoginRefusal?
    /// PEM file of certificate authorities that are trusted besides the system's.
    public var caFile: String?
    /// Of silence while an answer is due, and of connecting. At least a millisecond.
    public var timeout: Duration
    /// COMPRESS=DEFLATE where the server offers it.
    public var compress: Bool
    public var limits: Limits
    public var logger: Logger

    public init(
        endpoint: Endpoint, user: String, credentials: any CredentialSource,
        caFile: String? = nil, timeout: Duration = .seconds(15), compress: Bool = false, limits: Limits = Limits(),
        logger: Logger = Logger(label: "imap")
    ) {
        self.endpoint = endpoint
        self.user = user
        self.credentials = credentials
        self.caFile = caFile
        self.timeout = timeout
        self.compress = compress
        self.limits = limits
        self.logger = logger
    }
}
