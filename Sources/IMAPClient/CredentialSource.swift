/// Where an account's credentials come from: asked once for each login, so that what expires can be renewed.
public protocol CredentialSource: Sendable {
    /// The credentials for one login, after TLS stands.
    ///
    /// - Parameter refusal: the server's word on what this source gave last, where no login was accepted since. A source that keeps
    ///   a token has to get another one then.
    /// - Throws: `CredentialFailure` where there are none; anything else is taken for a passing failure.
    func credentials(after refusal: LoginRefusal?) async throws -> Credentials

    /// What may come of asking once more after a refusal.
    var renewal: CredentialRenewal { get }

    /// Tells one state of the source from another, as the change of a password file does; nil where nothing can be told. Asked every few
    /// seconds while the login is refused: it must not wait.
    var version: CredentialVersion? { get }

    /// What somebody has to do so that a refused login is accepted, as the end of a sentence, such as
    /// `run mailmount login work`.
    var remedy: String { get }
}

extension CredentialSource {
    public var version: CredentialVersion? { nil }
}

/// Whether a source may give others after its credentials were refused.
public enum CredentialRenewal: Hashable, Sendable {
    /// It makes or looks up what it gives, as a command does: worth asking again after seconds, then minutes.
    case renewable
    /// The same until somebody changes it: worth another login once an hour.
    case fixed
}

/// One state of a source: equal values mean that nothing has changed.
public struct CredentialVersion: Hashable, Sendable {
    private let value: String

    public init(_ value: String) { self.value = value }
}

/// What a server answered to credentials that it did not accept.
public struct LoginRefusal: Hashable, Sendable {
    /// The server's own words.
    public var text: String
    /// Refusals in succession, this one counted; at least 1.
    public var count: Int

    public init(text: String, count: Int) {
        self.text = text
        self.count = max(1, count)
    }
}

/// Why a source has no credentials to give. The texts are for people and never contain secrets.
public struct CredentialFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    /// Nothing but somebody's doing helps, such as a new consent: it counts as a refused login. Else asking later may help.
    public var isFinal: Bool

    public init(_ description: String, isFinal: Bool = false) {
        self.description = description
        self.isFinal = isFinal
    }
}

/// Credentials that never change, or that a closure gives.
public struct FixedCredentials: CredentialSource {
    private let give: @Sendable () async throws -> Credentials

    public init(_ give: @escaping @Sendable () async throws -> Credentials) { self.give = give }

    public func credentials(after refusal: LoginRefusal?) async throws -> Credentials { try await give() }

    public var renewal: CredentialRenewal { .fixed }

    public var remedy: String { "give the right password" }
}
