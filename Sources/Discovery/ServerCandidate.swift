/// A server that may have an account's mail, and how much can be relied on that.
public struct ServerCandidate: Sendable, Hashable {
    /// Who says so.
    public enum Origin: Sendable, Hashable {
        /// The table of large providers.
        case provider(String)
        /// The domain itself, over https.
        case autoconfig
        /// Mozilla's database, over https.
        case database
        /// A record of the domain's (RFC 6186), which anybody on the way may have written.
        case serviceRecord
        /// The provider that takes in the domain's mail, by a record of the same worth.
        case exchanger(String)
        /// Nobody: names that are usual.
        case guess
    }

    public var host: String
    public var port: UInt16
    /// TLS from the first octet; else STARTTLS.
    public var isImplicit: Bool
    public var user: String
    public var origin: Origin
    /// What the server takes, in Mozilla's words, where that was said: `password-cleartext`, `OAuth2`, ...
    public var authentication: [String]

    public init(
        host: String, port: UInt16, isImplicit: Bool, user: String, origin: Origin, authentication: [String] = []
    ) {
        self.host = host
        self.port = port
        self.isImplicit = isImplicit
        self.user = user
        self.origin = origin
        self.authentication = authentication
    }

    /// Whether the name of the server follows from something that nobody on the way can change. Its certificate then proves the rest. Else
    /// the user has to agree before a password goes there.
    public func isVouchedFor(domain: String) -> Bool {
        switch origin {
        case .provider, .autoconfig, .database, .guess: true
        case .serviceRecord, .exchanger: Self.isInside(host, domain)
        }
    }

    /// Where nobody says anything: the names that are usual.
    public static func guesses(_ address: MailAddress) -> [ServerCandidate] {
        let hosts = ["imap.\(address.domain)", "mail.\(address.domain)", address.domain]
        return hosts.map {
            ServerCandidate(host: $0, port: 993, isImplicit: true, user: address.text, origin: .guess)
        }
            + hosts.map {
                ServerCandidate(host: $0, port: 143, isImplicit: false, user: address.text, origin: .guess)
            }
    }

    private static func isInside(_ host: String, _ domain: String) -> Bool {
        let host = host.lowercased()
        let domain = domain.lowercased()
        return host == domain || host.hasSuffix("." + domain)
    }
}

extension MailProvider {
    /// The provider's server for an address.
    public func candidate(_ address: MailAddress, origin: ServerCandidate.Origin) -> ServerCandidate {
        ServerCandidate(
            host: host, port: port, isImplicit: isImplicit, user: userIsAddress ? address.text : address.local,
            origin: origin)
    }
}
