public import IMAPCodec

/// The client's side of one AUTHENTICATE command (RFC 3501 section 6.2.2, RFC 4422): messages in, messages out, without
/// their base64.
public struct SASLExchange: Sendable {
    /// Who logs in, and where.
    public struct Identity: Sendable {
        public var user: [UInt8]
        public var secret: Secret
        /// For OAUTHBEARER (RFC 7628 section 3.1).
        public var host: String
        public var port: UInt16
        /// At least 18 random octets in printable characters without comma.
        public var nonce: [UInt8]
        public var functions: SCRAM.Functions

        public init(
            user: [UInt8], secret: Secret, host: String, port: UInt16, nonce: [UInt8], functions: SCRAM.Functions
        ) {
            self.user = user
            self.secret = secret
            self.host = host
            self.port = port
            self.nonce = nonce
            self.functions = functions
        }
    }

    public enum Reply: Sendable, Hashable {
        case respond(Secret)
        /// PBKDF2 with HMAC-SHA-256 of the password; `keyDerived` goes on.
        case deriveKey(password: Secret, salt: [UInt8], iterations: Int)
        /// The peer is not to be trusted with more.
        case fail(reason: String)
    }

    private enum State: Sendable {
        /// The initial response has not been sent yet. → the mechanism's own state
        case initial
        case scram(SCRAM)
        /// LOGIN: the user name has been sent. → done
        case userSent
        /// Everything has been said; OAuth servers may still show an error, to be answered by an empty message.
        case done
    }

    public let mechanism: Mechanism
    private let identity: Identity
    private var state = State.initial
    /// Whether the password, the token or a proof of it has left: a refusal then speaks about them, not about the
    /// mechanism.
    public private(set) var secretWasSent = false

    /// nil where the mechanism cannot carry these credentials: a NUL in what PLAIN separates by NUL.
    public init?(mechanism: Mechanism, identity: Identity) {
        if mechanism == .plain, identity.user.contains(0) || identity.secret.reveal().contains(0) { return nil }
        if mechanism == .oauthBearer || mechanism == .xoauth2 {
            if identity.user.contains(1) || identity.secret.reveal().contains(1) { return nil }
        }
        self.mechanism = mechanism
        self.identity = identity
    }

    /// Whether the client has said anything.
    public var hasBegun: Bool {
        if case .initial = state { false } else { true }
    }

    /// Whether the mechanism begins with a message of the client: then SASL-IR (RFC 4959) saves a round trip.
    public var beginsWithClient: Bool { mechanism != .login }

    /// Whether the server may say OK now: SCRAM wants its proof first.
    public var mayComplete: Bool {
        switch state {
        case .scram(let scram): scram.isServerVerified
        case .initial: false
        case .userSent, .done: true
        }
    }

    /// The first message of the client, whether it goes with the command or answers the server's empty challenge.
    public mutating func begin() -> Secret {
        switch mechanism {
        case .scramSHA256:
            let scram = SCRAM(user: identity.user, nonce: identity.nonce, functions: identity.functions)
            state = .scram(scram)
            return Secret(scram.clientFirst)
        case .plain:
            return finish([0] + identity.user + [0] + identity.secret.reveal())
        case .oauthBearer:
            return finish(
                Array("n,a=".utf8) + SCRAM.escape(identity.user)
                    + Array(",\u{1}host=\(identity.host)\u{1}port=\(identity.port)\u{1}auth=Bearer ".utf8)
                    + identity.secret.reveal() + [1, 1])
        case .xoauth2:
            return finish(
                Array("user=".utf8) + identity.user + Array("\u{1}auth=Bearer ".utf8) + identity.secret.reveal()
                    + [1, 1])
        case .login:
            state = .userSent
            return Secret(identity.user)
        }
    }

    /// Takes a challenge, its base64 already undone.
    public mutating func challengeReceived(_ challenge: [UInt8]) -> Reply {
        switch state {
        case .initial:
            return .respond(begin())
        case .userSent:
            return .respond(finish(identity.secret.reveal()))
        case .scram(var scram):
            let reply = scram.messageReceived(challenge)
            state = .scram(scram)
            return translate(reply)
        case .done:
            switch mechanism {
            // The challenge says what is wrong with the token; the NO comes after our answer (RFC 7628 section 3.2.3).
            case .oauthBearer, .xoauth2: return .respond(Secret([]))
            case .plain, .login, .scramSHA256: return .fail(reason: "a challenge too many")
            }
        }
    }

    /// Takes the key that `deriveKey` asked for.
    public mutating func keyDerived(_ key: Secret) -> Reply {
        guard case .scram(var scram) = state else { return .fail(reason: "a key too many") }
        let reply = scram.keyDerived(key.reveal())
        state = .scram(scram)
        secretWasSent = true
        return translate(reply)
    }

    private func translate(_ reply: SCRAM.Reply) -> Reply {
        switch reply {
        case .respond(let message): .respond(Secret(message))
        case .deriveKey(let salt, let iterations):
            .deriveKey(password: identity.secret, salt: salt, iterations: iterations)
        case .fail(let reason): .fail(reason: reason)
        }
    }

    private mutating func finish(_ message: [UInt8]) -> Secret {
        state = .done
        secretWasSent = true
        return Secret(message)
    }
}
