public import IMAPCodec

/// A SASL mechanism that we speak (RFC 4422), strongest first.
public enum Mechanism: String, Sendable, CaseIterable {
    case scramSHA256 = "SCRAM-SHA-256"
    case oauthBearer = "OAUTHBEARER"
    case xoauth2 = "XOAUTH2"
    case plain = "PLAIN"
    case login = "LOGIN"
}

/// What a login is made with. A password never serves where a token is wanted, nor the other way round.
public enum CredentialKind: Sendable, Hashable {
    case password
    /// An OAuth 2.0 access token.
    case token

    /// The mechanisms that take it, strongest first.
    public var mechanisms: [Mechanism] {
        switch self {
        case .password: [.scramSHA256, .plain, .login]
        case .token: [.oauthBearer, .xoauth2]
        }
    }
}

/// A way to log in.
public enum LoginMethod: Sendable, Hashable {
    case authenticate(Mechanism)
    /// The LOGIN command (RFC 3501 section 6.2.3).
    case loginCommand

    /// The ways that the server offers for these credentials, best first; empty: there is none.
    public static func offered(for kind: CredentialKind, by capabilities: Capabilities) -> [LoginMethod] {
        let names = capabilities.authentication
        var mechanisms = kind.mechanisms.filter { names.contains($0.rawValue) }
        if SessionQuirk.claimsEveryMechanism.isShown(by: capabilities) {
            mechanisms = mechanisms.filter { $0 != .scramSHA256 } + mechanisms.filter { $0 == .scramSHA256 }
        }
        var methods = mechanisms.map(LoginMethod.authenticate)
        if kind == .password, !capabilities.has(.loginDisabled) { methods.append(.loginCommand) }
        return methods
    }
}
