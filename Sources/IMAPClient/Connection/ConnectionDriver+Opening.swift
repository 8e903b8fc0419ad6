internal import Digest
internal import IMAPCodec
internal import IMAPProtocol
internal import Logging
internal import NIOCore
internal import NIOPosix

extension ConnectionDriver {
    /// Gives an event to the opening and does what it says.
    func withOpening(_ body: (inout SessionOpening) -> [SessionOpening.Action]) throws {
        guard case .opening(var opening) = phase else { return }
        let actions = body(&opening)
        phase = .opening(opening)
        for action in actions { try perform(action) }
    }

    private func perform(_ action: SessionOpening.Action) throws {
        switch action {
        case .send(let bytes, let log):
            if logsWire { logger.trace("C: \(log)") }
            outbox += bytes.reveal()
        case .startTLS:
            pendingSwitch = .startTLS
        case .askCredentials:
            askCredentials()
        case .deriveKey(let password, let salt, let iterations):
            deriveKey(password, salt, iterations)
        case .startCompression:
            pendingSwitch = .startCompression
            // What is said from here on is compressed; how to read is changed once this octet has been.
            try flush()
            wire.startCompression()
        case .opened(let session):
            try begin(session)
        case .fail(let failure):
            finish(ConnectionDriver.error(failure))
            throw Interruption.closing
        }
    }

    private func askCredentials() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let eventLoop = eventLoop
        let source = configuration.credentials
        let refusal = configuration.refusal
        Task {
            let answer: Result<Credentials, any Error>
            do {
                answer = .success(try await source.credentials(after: refusal))
            } catch {
                answer = .failure(error)
            }
            eventLoop.execute { bound.value.credentialsArrived(answer) }
        }
    }

    private func credentialsArrived(_ answer: Result<Credentials, any Error>) {
        switch answer {
        case .success(.password(let secret)):
            event { try withOpening { $0.credentialsProvided(secret, kind: .password) } }
        case .success(.token(let secret)):
            event { try withOpening { $0.credentialsProvided(secret, kind: .token) } }
        case .failure(let error):
            // The caller's own error says more than any of ours.
            opened.finish(.failure(error))
            finish(.loginImpossible("no credentials"))
        }
    }

    /// Up to half a second of work, which must not stop the other connections of this event loop.
    private func deriveKey(_ password: Secret, _ salt: [UInt8], _ iterations: Int) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            PBKDF2.deriveKey(password: password.reveal(), salt: salt, iterations: iterations).map { Secret($0) }
        }.whenComplete { result in
            let key = (try? result.get()) ?? nil
            bound.value.event { try bound.value.withOpening { $0.keyDerived(key) } }
        }
    }

    private func begin(_ session: OpenedSession) throws {
        guard case .opening(let opening) = phase else { return }
        pipeline = CommandPipeline(tags: opening.followingTags)
        phase = .open
        facts.change { $0.capabilities = session.capabilities }
        refreshEncoder()
        try settle(session.settling)
        opened.finish(.success(()))
    }

    private static func error(_ failure: OpeningFailure) -> IMAPClientError {
        switch failure {
        case .violation(let text): .protocolViolation(text)
        case .refused(let status): .loginRefused(status)
        case .impossible(let text): .loginImpossible(text)
        case .ended(let text): .disconnected(text)
        case .throttled(let seconds, let text): .throttled(seconds: seconds, text)
        }
    }
}
