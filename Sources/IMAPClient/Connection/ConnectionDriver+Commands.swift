internal import IMAPCodec
internal import IMAPProtocol
internal import Logging
internal import NIOCore

extension ConnectionDriver {
    /// IDLE is said anew after this time: middle boxes forget silent connections after 5 minutes and more.
    static let idleLife = TimeAmount.minutes(4)
    /// IDLE is said when nothing was to be done for so long.
    static let idlePause = TimeAmount.milliseconds(100)

    /// Takes what other threads asked for. All commands that wait leave in one write.
    func drainInbox() {
        let requests = inbox.takeAll()
        guard !requests.isEmpty else { return }
        if case .closed = phase {
            for request in requests { refuse(request) }
            return
        }
        event {
            for request in requests {
                if case .closed = phase {
                    refuse(request)
                } else {
                    // One that ends the connection must not keep the others from being answered.
                    do { try perform(request) } catch { failed(error) }
                }
            }
        }
    }

    private func refuse(_ request: Inbox.Request) {
        switch request {
        case .submit(let submission):
            submission.result.finish(.failure(IMAPClientError.disconnected("the connection is closed")))
        case .stopIdle(let waiter): waiter.finish(.success(()))
        case .startIdle, .close: break
        }
    }

    private func perform(_ request: Inbox.Request) throws {
        switch request {
        case .submit(let submission): try submit(submission)
        case .startIdle:
            guard facts.read({ $0.capabilities.has(.idle) }) else {
                logger.debug("the server offers no IDLE")
                return
            }
            // Who waits for the end of IDLE would wait for ever now.
            releaseIdleWaiters()
            try perform(pipeline.idleWanted())
        case .stopIdle(let waiter):
            idleWaiters.append(waiter)
            try perform(pipeline.idleUnwanted())
        case .close:
            finish(nil)
        }
    }

    func submit(_ submission: Inbox.Submission) throws {
        if case .append(_, let messages) = submission.command, messages.count != submission.contents.count {
            submission.result.finish(.failure(EncodingError.contradictory("one content for each message of APPEND")))
            return
        }
        switch submission.command {
        case .startTLS, .login, .authenticate, .compressDeflate, .idle, .enable:
            // They change how the wire is to be read and written, which only the driver may do.
            submission.result.finish(.failure(EncodingError.contradictory("the connection says this itself")))
            return
        default:
            break
        }
        guard !isHeld(submission.command) else { return held.append(submission) }
        if submission.command == .logout { isLoggingOut = true }
        let id = pipeline.nextID()
        commands[id] = Command(
            result: submission.result, receive: submission.receive, literals: submission.literals,
            contents: submission.contents)
        try perform(pipeline.submitted(id, submission.command, encoder: encoder))
    }

    func perform(_ actions: [CommandPipeline.Action]) throws {
        for action in actions { try perform(action) }
    }

    private func perform(_ action: CommandPipeline.Action) throws {
        switch action {
        case .send(let bytes, let log):
            if logsWire, let log { logger.trace("C: \(log)") }
            outbox += bytes.reveal()
        case .sendContent(let id, let index, let octets):
            try beginUpload(id, index: index, octets: octets)
        case .complete(let id, let status):
            try ended(id, .success(status))
            if isLoggingOut, pipeline.runningCount == 0 { finish(nil) }
        case .reject(let id, let error):
            try ended(id, .failure(error))
        case .discard(let id):
            let error = IMAPClientError.disconnected("the session is being ended")
            try ended(id, .failure(error))
        case .lose(let id):
            try ended(id, .failure(IMAPClientError.protocolViolation("the server's answer cannot be read")))
        case .idleSoon:
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            idleTimer?.cancel()
            idleTimer = eventLoop.scheduleTask(in: ConnectionDriver.idlePause) {
                let driver = bound.value
                driver.event { try driver.perform(driver.pipeline.idleDue()) }
            }
        case .idleBegan:
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            idleTimer?.cancel()
            idleTimer = eventLoop.scheduleTask(in: ConnectionDriver.idleLife) {
                let driver = bound.value
                driver.event { try driver.perform(driver.pipeline.idleExpired()) }
            }
        case .idleEnded:
            idleTimer?.cancel()
            releaseIdleWaiters()
        case .idleRefused(let status):
            logger.notice("the server does not idle", metadata: ["answer": "\(status.text)"])
        case .close(let failure):
            finish(ConnectionDriver.error(failure))
            throw Interruption.closing
        }
    }

    private func ended(_ id: CommandPipeline.ID, _ result: Result<StatusResponse, any Error>) throws {
        guard let command = commands.removeValue(forKey: id) else { return }
        command.result.finish(result)
        if command.isSettling { try settledOne() }
    }

    func releaseIdleWaiters() {
        for waiter in idleWaiters { waiter.finish(.success(())) }
        idleWaiters = []
    }

    private static func error(_ failure: PipelineFailure) -> IMAPClientError {
        switch failure {
        case .outOfStep(let text): .protocolViolation(text)
        case .excess(let text): .protocolViolation("the server sends more than was asked for: \(text)")
        case .bye(let status):
            if BackoffAdvice.isThrottling(status) {
                .throttled(seconds: BackoffAdvice.seconds(in: status.text), status.text)
            } else {
                .disconnected("the server ended the connection: \(status.text)")
            }
        }
    }
}
