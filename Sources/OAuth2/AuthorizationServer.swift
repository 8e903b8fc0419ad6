/// Where tokens for an account's mail come from.
public struct AuthorizationServer: Sendable, Hashable {
    /// For people and in the configuration file, such as `google`.
    public var name: String
    /// Who the server says it is, where that is known (RFC 8414 section 2).
    public var issuer: String?
    public var authorizationEndpoint: String
    public var tokenEndpoint: String
    /// nil where the server has no device flow for mail (RFC 8628).
    public var deviceEndpoint: String?
    public var scope: String
    /// What this server wants in an authorization request besides.
    public var further: [String: String]
    /// The host of the redirect URI: servers compare it with what was registered (RFC 8252 section 7.3).
    public var redirectHost: String

    public init(
        name: String, issuer: String? = nil, authorizationEndpoint: String, tokenEndpoint: String,
        deviceEndpoint: String? = nil, scope: String, further: [String: String] = [:],
        redirectHost: String = "127.0.0.1"
    ) {
        self.name = name
        self.issuer = issuer
        self.authorizationEndpoint = authorizationEndpoint
        self.tokenEndpoint = tokenEndpoint
        self.deviceEndpoint = deviceEndpoint
        self.scope = scope
        self.further = further
        self.redirectHost = redirectHost
    }

    /// The servers that are known by name.
    public static let known: [AuthorizationServer] = [google, microsoft, yahoo, fastmail]

    /// Its device flow gives no tokens for mail. Without `access_type=offline` there is no refresh token.
    public static let google = AuthorizationServer(
        name: "google", issuer: "https://accounts.google.com",
        authorizationEndpoint: "https://accounts.google.com/o/oauth2/v2/auth",
        tokenEndpoint: "https://oauth2.googleapis.com/token", scope: "https://mail.google.com/",
        further: ["access_type": "offline", "prompt": "consent"])

    /// Without `offline_access` there is no refresh token. Of loopback addresses `localhost` alone may have any port.
    public static let microsoft = AuthorizationServer(
        name: "microsoft", authorizationEndpoint: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        tokenEndpoint: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        deviceEndpoint: "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
        scope: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", redirectHost: "localhost")

    public static let yahoo = AuthorizationServer(
        name: "yahoo", issuer: "https://api.login.yahoo.com",
        authorizationEndpoint: "https://api.login.yahoo.com/oauth2/request_auth",
        tokenEndpoint: "https://api.login.yahoo.com/oauth2/get_token", scope: "mail-w", redirectHost: "localhost")

    public static let fastmail = AuthorizationServer(
        name: "fastmail", authorizationEndpoint: "https://api.fastmail.com/oauth/authorize",
        tokenEndpoint: "https://api.fastmail.com/oauth/refresh",
        scope: "https://www.fastmail.com/dev/protocol-imap")
}
