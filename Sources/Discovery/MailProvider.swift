/// A large provider: its servers, and what it wants from whoever logs in.
public struct MailProvider: Sendable, Hashable {
    /// What a login is made with.
    public enum Credential: Sendable, Hashable {
        /// The password of the account.
        case password
        /// One that is made on the provider's web site for this purpose.
        case appPassword
        /// A token (RFC 6749), with a client id of the user's own.
        case oauth2
        /// One that a program beside this one shows.
        case bridgePassword
    }

    public var name: String
    /// Address domains that are this provider's own.
    public var domains: [String]
    public var host: String
    public var port: UInt16
    /// TLS from the first octet; else STARTTLS.
    public var isImplicit: Bool
    /// The user is the whole address; else what stands before its `@`.
    public var userIsAddress: Bool
    /// What can be used, best first.
    public var credentials: [Credential]
    /// The name of the authorization server, where tokens can be used.
    public var oauth2: String?
    /// Where an app password is made.
    public var passwordPage: String?
    /// One line that says what has to be known.
    public var advice: String

    public init(
        _ name: String, _ domains: [String], _ host: String, port: UInt16 = 993, isImplicit: Bool = true,
        userIsAddress: Bool = true, _ credentials: [Credential] = [.password], oauth2: String? = nil,
        passwordPage: String? = nil, advice: String
    ) {
        self.name = name
        self.domains = domains
        self.host = host
        self.port = port
        self.isImplicit = isImplicit
        self.userIsAddress = userIsAddress
        self.credentials = credentials
        self.oauth2 = oauth2
        self.passwordPage = passwordPage
        self.advice = advice
    }

    /// The provider of an address domain.
    public static func of(domain: String) -> MailProvider? {
        let domain = domain.lowercased()
        return known.first { $0.domains.contains(domain) }
    }

    /// The provider that a server belongs to.
    public static func serving(host: String) -> MailProvider? {
        let host = host.lowercased()
        return known.first { $0.host == host || $0.otherHosts.contains(host) }
    }

    /// The provider that takes in a domain's mail, by the name of its mail exchanger (MX).
    public static func receiving(exchanger: String) -> MailProvider? {
        let name = exchanger.lowercased()
        return exchangers.first { name == $0.suffix || name.hasSuffix("." + $0.suffix) }
            .flatMap { entry in known.first { $0.name == entry.provider } }
    }

    private static let exchangers: [(suffix: String, provider: String)] = [
        ("google.com", "Gmail"), ("googlemail.com", "Gmail"), ("outlook.com", "Outlook"),
        ("messagingengine.com", "Fastmail"), ("yahoodns.net", "Yahoo"), ("icloud.com", "iCloud"),
        ("mailbox.org", "mailbox.org"), ("migadu.com", "Migadu"), ("kundenserver.de", "IONOS"),
    ]

    private var otherHosts: [String] {
        switch name {
        case "Gmail": ["imap.googlemail.com"]
        case "Outlook": ["imap-mail.outlook.com"]
        default: []
        }
    }
}
