internal import IMAPCodec

extension SessionOpening {
    mutating func untaggedReceived(_ untagged: Untagged) -> [Action] {
        switch untagged {
        case .status(let status):
            switch status.kind {
            case .bye: return ended(by: status)
            case .preauth:
                return fail(
                    .violation("the server claims that we are logged in already (PREAUTH), which nobody asked for"))
            case .ok, .no, .bad:
                if case .capability(let capabilities)? = status.code { learn(capabilities) }
                if case .greeting = state { return greetingReceived(status) }
                return []
            }
        case .capability(let capabilities):
            learn(capabilities)
        default:
            break
        }
        if case .greeting = state { return fail(.violation("what came is no IMAP greeting")) }
        return []
    }

    mutating func continuationReceived(_ text: [UInt8]) -> [Action] {
        switch state {
        case .greeting: return fail(.violation("what came is no IMAP greeting"))
        case .login(let attempt): return loginContinued(attempt, text)
        case .startingTLS, .tls, .capability, .credentials, .afterLogin, .compressing:
            return fail(.violation("the server asks for more where nothing is left to say"))
        case .opened, .closed: return []
        }
    }

    mutating func taggedReceived(_ tag: String, _ status: StatusResponse) -> [Action] {
        if unanswerable.contains(tag) {
            return fail(.violation("the answer came before its command was sent"))
        }
        switch state {
        case .startingTLS(tag):
            guard status.kind == .ok else {
                if BackoffAdvice.isThrottling(status) { return ended(by: status) }
                return fail(.impossible("the server refused STARTTLS: \(status.text)"))
            }
            state = .tls
            return [.startTLS]
        case .capability(tag):
            guard status.kind == .ok else { return refused(status, "CAPABILITY") }
            return capabilitiesComplete()
        case .login(let attempt) where attempt.tag == tag:
            return loginAnswered(attempt, status)
        case .afterLogin(tag):
            guard status.kind == .ok else { return refused(status, "CAPABILITY") }
            guard knowsCapabilities else { return fail(.violation("the server did not tell its capabilities")) }
            session.settling = settling(by: session.capabilities)
            return compress()
        case .compressing(tag):
            state = .opened
            let compresses = status.kind == .ok
            return (compresses ? [.startCompression] : []) + [.opened(session)]
        case .greeting: return fail(.violation("what came is no IMAP greeting"))
        case .opened, .closed: return []
        case .startingTLS, .tls, .capability, .credentials, .login, .afterLogin, .compressing:
            return fail(.violation("the server answers a command that was never sent"))
        }
    }

    private mutating func learn(_ capabilities: Capabilities) {
        session.capabilities = capabilities
        knowsCapabilities = true
        if case .login(let attempt) = state, attempt.isComplete { toldAtLogin = capabilities }
    }

    private mutating func greetingReceived(_ status: StatusResponse) -> [Action] {
        guard status.kind == .ok else { return refused(status, "the connection") }
        switch parameters.security {
        case .startTLS:
            guard let (tag, action) = command(.startTLS) else { return unwritable() }
            state = .startingTLS(tag: tag)
            return [action]
        case .implicit, .none:
            return knowsCapabilities ? capabilitiesComplete() : askCapabilities()
        }
    }

    mutating func askCapabilities() -> [Action] {
        guard let (tag, action) = command(.capability) else { return unwritable() }
        state = .capability(tag: tag)
        return [action]
    }

    private mutating func capabilitiesComplete() -> [Action] {
        guard isEncrypted || parameters.security == .none else {
            return fail(.violation("no TLS where there must be"))
        }
        guard knowsCapabilities else { return fail(.violation("the server did not tell its capabilities")) }
        state = .credentials
        return [.askCredentials]
    }

    func settling(by offered: Capabilities) -> [Command] {
        var commands: [Command] = []
        if offered.has(.id), !parameters.clientID.isEmpty { commands.append(.id(parameters.clientID)) }
        var wanted: [String] = []
        if offered.has(.qresync) {
            wanted.append(Capability.qresync.rawValue)
        } else if offered.has(.condstore) {
            wanted.append(Capability.condstore.rawValue)
        }
        if offered.has(.utf8Accept) || offered.has(.utf8Only) { wanted.append(Capability.utf8Accept.rawValue) }
        if offered.has(.enable), !wanted.isEmpty { commands.append(.enable(wanted)) }
        return commands
    }

    mutating func compress() -> [Action] {
        if parameters.compress, session.capabilities.has(.compressDeflate),
            let (tag, action) = command(.compressDeflate)
        {
            state = .compressing(tag: tag)
            return [action]
        }
        state = .opened
        return [.opened(session)]
    }

    private mutating func refused(_ status: StatusResponse, _ what: String) -> [Action] {
        if BackoffAdvice.isThrottling(status) { return ended(by: status) }
        return fail(.violation("the server refused \(what): \(status.text)"))
    }

    mutating func ended(by status: StatusResponse) -> [Action] {
        // Before TLS anybody on the way can write the text: it is not shown to people.
        let text = isEncrypted || parameters.security == .none ? status.text : "before TLS"
        if BackoffAdvice.isThrottling(status) {
            return fail(.throttled(seconds: BackoffAdvice.seconds(in: status.text), text))
        }
        return fail(.ended("the server ended the connection: \(text)"))
    }

    mutating func unwritable() -> [Action] {
        fail(.violation("a command could not be written"))
    }
}
