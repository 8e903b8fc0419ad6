public import IMAPCodec

/// One try to log in.
struct LoginAttempt: Sendable {
    enum Dialogue: Sendable {
        case sasl(SASLExchange, isWaitingForKey: Bool)
        /// What of the LOGIN command is still to be sent, each after one `+`.
        case command(rest: [EncodedCommand.Part])
    }

    var tag: String
    var dialogue: Dialogue
    /// What to try if the server refuses this before any secret was sent.
    var alternatives: [LoginMethod]
    var identity: SASLExchange.Identity
    /// `+` so far.
    var challenges = 0

    /// Everything that is to be said has been said, so that the server may say OK.
    var isComplete: Bool {
        switch dialogue {
        case .sasl(let exchange, _): exchange.mayComplete
        case .command(let rest): rest.isEmpty
        }
    }

    var isWaitingForKey: Bool {
        if case .sasl(_, true) = dialogue { true } else { false }
    }
}

extension SessionOpening {
    /// The credentials that `askCredentials` wanted.
    public mutating func credentialsProvided(_ secret: Secret, kind: CredentialKind) -> [Action] {
        guard case .credentials = state else { return fail(.violation("credentials at the wrong moment")) }
        let methods = LoginMethod.offered(for: kind, by: session.capabilities)
        guard !methods.isEmpty else {
            let names = session.capabilities.authentication.sorted().joined(separator: " ")
            return fail(
                .impossible(
                    "the server offers no login for a \(kind == .token ? "token" : "password")"
                        + " (it offers: \(names.isEmpty ? "none" : names))"
                ))
        }
        let identity = SASLExchange.Identity(
            user: parameters.user, secret: secret, host: parameters.host, port: parameters.port,
            nonce: parameters.nonce, functions: parameters.functions)
        return attemptLogin(methods, identity)
    }

    /// The key that `deriveKey` wanted; nil where it could not be made.
    public mutating func keyDerived(_ key: Secret?) -> [Action] {
        guard case .login(var attempt) = state, case .sasl(var exchange, true) = attempt.dialogue else {
            return fail(.violation("a key at the wrong moment"))
        }
        guard let key else { return fail(.violation("the server asks for a key that cannot be made")) }
        let reply = exchange.keyDerived(key)
        attempt.dialogue = .sasl(exchange, isWaitingForKey: false)
        state = .login(attempt)
        return perform(reply, attempt)
    }

    private mutating func attemptLogin(_ methods: [LoginMethod], _ identity: SASLExchange.Identity) -> [Action] {
        var alternatives = methods
        while !alternatives.isEmpty {
            switch alternatives.removeFirst() {
            case .authenticate(let mechanism):
                guard var exchange = SASLExchange(mechanism: mechanism, identity: identity) else { continue }
                var initial: Secret?
                if session.capabilities.has(.saslIR), exchange.beginsWithClient { initial = exchange.begin() }
                guard let (tag, action) = command(.authenticate(mechanism: mechanism.rawValue, initial: initial)) else {
                    continue
                }
                state = .login(
                    LoginAttempt(
                        tag: tag, dialogue: .sasl(exchange, isWaitingForKey: false), alternatives: alternatives,
                        identity: identity))
                return [action]
            case .loginCommand:
                let tag = tags.next()
                let encoder = CommandEncoder(capabilities: session.capabilities, utf8Accepted: false)
                guard
                    let encoded = try? encoder.encode(
                        .login(user: identity.user, password: identity.secret), tag: tag)
                else { continue }
                unanswerable.insert(tag)
                var parts = encoded.parts
                let bytes = takeBytes(&parts)
                state = .login(
                    LoginAttempt(
                        tag: tag, dialogue: .command(rest: parts), alternatives: alternatives, identity: identity))
                return [.send(Secret(bytes), log: encoded.description)]
            }
        }
        return fail(.impossible("user name or password contain characters that no login of this server can carry"))
    }

    mutating func loginContinued(_ attempt: LoginAttempt, _ text: [UInt8]) -> [Action] {
        var attempt = attempt
        attempt.challenges += 1
        guard attempt.challenges <= Self.mostChallenges else {
            return fail(.violation("the login has no end"))
        }
        guard !unanswerable.contains(attempt.tag) else {
            return fail(.violation("the server goes on before the command was sent"))
        }
        switch attempt.dialogue {
        case .sasl(_, isWaitingForKey: true):
            return fail(.violation("the server goes on before we have answered"))
        case .sasl(var exchange, isWaitingForKey: false):
            guard let challenge = Base64.decode(text.filter { $0 != UInt8(ascii: " ") }) else {
                // The empty first challenge is prose on some servers.
                if case .respond(let message) = exchange.beginIfInitial() {
                    attempt.dialogue = .sasl(exchange, isWaitingForKey: false)
                    state = .login(attempt)
                    return [send(message)]
                }
                return fail(.violation("the challenge is not base64"))
            }
            let reply = exchange.challengeReceived(challenge)
            attempt.dialogue = .sasl(exchange, isWaitingForKey: false)
            state = .login(attempt)
            return perform(reply, attempt)
        case .command(var rest):
            guard case .awaitContinuation? = rest.first else {
                return fail(.violation("the server asks for more where nothing is left to say"))
            }
            rest.removeFirst()
            let bytes = takeBytes(&rest)
            attempt.dialogue = .command(rest: rest)
            state = .login(attempt)
            return [.send(Secret(bytes), log: "<secret>")]
        }
    }

    mutating func loginAnswered(_ attempt: LoginAttempt, _ status: StatusResponse) -> [Action] {
        let secretWasSent: Bool
        switch attempt.dialogue {
        case .sasl(let exchange, _): secretWasSent = exchange.secretWasSent
        case .command(let rest): secretWasSent = rest.isEmpty
        }
        if status.kind == .ok {
            guard attempt.isComplete else {
                return fail(.violation("the server accepted a login before it was finished, or did not prove itself"))
            }
            session = OpenedSession()
            knowsCapabilities = false
            if case .capability(let told)? = status.code { toldAtLogin = told }
            if let told = toldAtLogin {
                session = OpenedSession(capabilities: told, settling: [.capability] + settling(by: told))
                return compress()
            }
            guard let (tag, action) = command(.capability) else { return unwritable() }
            state = .afterLogin(tag: tag)
            return [action]
        }
        if BackoffAdvice.isThrottling(status) { return ended(by: status) }
        toldAtLogin = nil
        if !secretWasSent, !attempt.alternatives.isEmpty {
            return attemptLogin(attempt.alternatives, attempt.identity)
        }
        return fail(.refused(status))
    }

    private mutating func perform(_ reply: SASLExchange.Reply, _ attempt: LoginAttempt) -> [Action] {
        switch reply {
        case .respond(let message):
            return [send(message)]
        case .deriveKey(let password, let salt, let iterations):
            var attempt = attempt
            if case .sasl(let exchange, _) = attempt.dialogue {
                attempt.dialogue = .sasl(exchange, isWaitingForKey: true)
            }
            state = .login(attempt)
            return [.deriveKey(password: password, salt: salt, iterations: iterations)]
        case .fail(let reason):
            return fail(.violation(reason))
        }
    }

    private func send(_ message: Secret) -> Action {
        .send(Secret(Base64.encode(message.reveal()) + Array("\r\n".utf8)), log: "<secret>")
    }

    /// The octets up to the next point of waiting.
    private func takeBytes(_ parts: inout [EncodedCommand.Part]) -> [UInt8] {
        var bytes: [UInt8] = []
        while case .bytes(let more)? = parts.first {
            bytes += more
            parts.removeFirst()
        }
        return bytes
    }
}

extension SASLExchange {
    /// The first message, where nothing has been said yet.
    mutating func beginIfInitial() -> Reply? {
        hasBegun ? nil : .respond(begin())
    }
}
