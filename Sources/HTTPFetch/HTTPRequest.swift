/// One request over HTTP.
public struct HTTPRequest: Sendable {
    public var url: String
    /// A form to be posted; nil: GET.
    public var form: String?
    /// Name and password of Basic authentication (RFC 7617).
    public var user: (name: String, password: String)?
    /// How long everything may take, a millisecond to an hour.
    public var limit: Duration
    /// Redirections that are followed, to https only. A form is never sent on.
    public var redirections: Int
    /// Octets of a body; a longer one is an error.
    public var bodyLimit: Int

    public init(
        url: String, form: String? = nil, user: (name: String, password: String)? = nil,
        limit: Duration = .seconds(10), redirections: Int = 0,
        bodyLimit: Int = 1 << 18
    ) {
        self.url = url
        self.form = form
        self.user = user
        self.limit = limit
        self.redirections = redirections
        self.bodyLimit = bodyLimit
    }
}

/// What a server answered, whatever its status.
public struct HTTPAnswer: Sendable {
    /// Such as 200.
    public var status: Int
    public var body: [UInt8]
    /// What the server says the time is (RFC 9110 section 6.6.1), seconds since 1970; nil where it says nothing that can be read.
    public var date: Int64?
}

/// Why there is no answer. The texts are for people and contain nothing that was sent.
public enum HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nobody answered in time, or the connection broke.
    case unreachable(String)
    /// The certificate is not to be trusted.
    case untrusted(String)
    /// The answer is larger than was asked for.
    case tooLarge
    /// Neither https nor a loopback address, or no URL at all.
    case notEncrypted(String)

    public var description: String {
        switch self {
        case .unreachable(let text), .untrusted(let text): text
        case .tooLarge: "the answer is too long"
        case .notEncrypted(let url): "\(url) is not https"
        }
    }
}
