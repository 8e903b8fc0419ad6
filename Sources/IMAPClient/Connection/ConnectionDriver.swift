internal import Digest
internal import IMAPCodec
internal import IMAPProtocol
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Drives one connection on its event loop: feeds the machines of IMAPProtocol with events and does what they say. It
/// decides nothing by itself but time.
final class ConnectionDriver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a running command left with us.
    struct Command {
        var result: OnceResult<StatusResponse>
        var receive: @Sendable (Incoming) -> Taken
        var literals: (any LiteralReceiver)?
        var contents: [AppendSource] = []
        /// It is the connection's own.
        var isSettling = false
    }

    enum Phase {
        case opening(SessionOpening)
        case open
        case closed
    }

    /// Ends the handling of a read whose connection is being closed.
    enum Interruption: Error {
        case closing
    }

    /// What a machine asked for while a read was being handled; done when the framer has returned.
    enum Switch {
        case startTLS
        case startCompression
    }

    let configuration: ClientConfiguration
    let tlsContext: TLSContext?
    let eventLoop: any EventLoop
    let facts: SessionFacts
    let inbox: Inbox
    let opened: OnceResult<Void>
    let settled: OnceResult<Void>
    let unsolicited: @Sendable (Incoming) -> Void
    let closedHandler: @Sendable (IMAPClientError?) -> Void
    let logger: Logger
    let logsWire: Bool
    let parser: ResponseParser

    var context: ChannelHandlerContext?
    var phase: Phase
    var pipeline: CommandPipeline
    var framer: ResponseFramer
    let wire = WireStack()
    var pendingSwitch: Switch?
    /// Plain octets that leave at the end of the present event, all in one write.
    var outbox: [UInt8] = []
    var commands: [CommandPipeline.ID: Command] = [:]
    var encoder = CommandEncoder(capabilities: .none, utf8Accepted: false)
    /// Where the streamed literal under way goes; nil: dropped.
    var sink: (any StreamedSink)?
    /// The first finished sink of the response under way.
    var finishedSink: (any StreamedSink)?
    /// The sink that the present read brought octets for.
    var fedSink: (any StreamedSink)?
    /// Nothing is read, because what came is not stored yet.
    var isHeldUp = false
    var upload: Upload?
    /// Of the commands that a session begins with, those without an answer.
    var unsettled = 0
    /// Whether strings may hold UTF-8 is not known yet.
    var awaitsUTF8 = false
    /// What cannot be written before that is known, and what came after it.
    var held: [Inbox.Submission] = []
    var idleWaiters: [OnceResult<Void>] = []
    var idleTimer: Scheduled<Void>?
    var silence = SilenceWatch()
    /// Of the read that is being handled.
    var readMoment = NIODeadline.uptimeNanoseconds(0)
    var isLoggingOut = false
    /// Responses that could not be read.
    var unreadableCount = 0

    init(
        configuration: ClientConfiguration, tlsContext: TLSContext?, nonce: [UInt8], eventLoop: any EventLoop,
        facts: SessionFacts, inbox: Inbox, opened: OnceResult<Void>, settled: OnceResult<Void>,
        unsolicited: @escaping @Sendable (Incoming) -> Void, closed: @escaping @Sendable (IMAPClientError?) -> Void
    ) {
        self.configuration = configuration
        self.tlsContext = tlsContext
        self.eventLoop = eventLoop
        self.facts = facts
        self.inbox = inbox
        self.opened = opened
        self.settled = settled
        self.unsolicited = unsolicited
        closedHandler = closed
        logsWire = configuration.logger.logLevel <= .trace
        var logger = configuration.logger
        // Tells the lines of one connection from those of another.
        if logsWire { logger[metadataKey: "session"] = "\(nonce.prefix(4).map { String($0, radix: 16) }.joined())" }
        self.logger = logger
        parser = ResponseParser(limits: configuration.limits)
        framer = ResponseFramer(limits: configuration.limits)
        let endpoint = configuration.endpoint
        let security: SessionOpening.Security =
            switch endpoint.security {
            case .implicit: .implicit
            case .startTLS: .startTLS
            case .none: .none
            }
        let opening = SessionOpening(
            .init(
                security: security, user: Array(configuration.user.utf8), host: endpoint.host, port: endpoint.port,
                compress: configuration.compress, clientID: [IDField("name", "mailmount")], nonce: nonce,
                functions: SCRAM.Functions(
                    sha256: { SHA256.hash($0) }, hmac: { HMACSHA256.authenticate($0, key: $1) })))
        phase = .opening(opening)
        pipeline = CommandPipeline(tags: opening.followingTags)
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard context.channel.isActive else { return finish(.unreachable("the connection was closed at once")) }
        event {
            if configuration.endpoint.security == .implicit { try startTLS() }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        readMoment = .now()
        event {
            let isHandshaking = wire.isHandshaking
            try buffer.withUnsafeReadableBytes { try received($0) }
            silence.gained(buffer.readableBytes, isSure: isHandshaking, at: readMoment, limit: silenceLimit)
            if let sink = fedSink {
                fedSink = nil
                holdUp(by: sink, context)
            }
        }
    }

    /// Reads no more while the sink has more than it can store.
    private func holdUp(by sink: any StreamedSink, _ context: ChannelHandlerContext) {
        guard !isHeldUp else { return }
        let bound = NIOLoopBound((self, context.channel), eventLoop: eventLoop)
        isHeldUp = sink.holdsUp { [eventLoop] in
            eventLoop.execute {
                let (driver, channel) = bound.value
                driver.event { driver.isHeldUp = false }
                channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
            }
        }
        if isHeldUp {
            context.channel.setOption(.autoRead, value: false).whenFailure { [channel = context.channel] _ in
                channel.close(promise: nil)
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { event { try continueUpload() } }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let text = Connector.text(error)
        finish(wire.isHandshaking ? .unreachable("TLS handshake: \(text)") : .disconnected(text))
    }

    /// Every entry from outside runs in here: what it throws ends the connection, what it wrote leaves, and the watch
    /// over silence is set.
    func event(_ body: () throws -> Void) {
        if case .closed = phase { return }
        do {
            try body()
            try flush()
        } catch {
            failed(error)
        }
        watchSilence()
    }

    func failed(_ error: any Error) {
        switch error {
        case Interruption.closing: break
        case let error as IMAPClientError: finish(error)
        case let error as FramingError: finish(.protocolViolation(ConnectionDriver.text(error)))
        default: finish(.protocolViolation(String(describing: error)))
        }
    }

    /// The peer sends nothing more.
    func ended() {
        if isLoggingOut {
            finish(nil)
        } else if wire.isHandshaking {
            finish(.unreachable("the server closed the connection during the TLS handshake"))
        } else {
            finish(.disconnected("the server closed the connection"))
        }
    }

    /// Ends everything, once. nil: as this side wished.
    func finish(_ error: IMAPClientError?) {
        let before = phase
        if case .closed = before { return }
        phase = .closed
        facts.change { $0.isClosed = true }
        silence.stop()
        idleTimer?.cancel()
        sink?.abort()
        sink = nil
        finishedSink = nil
        upload?.reader.cancel()
        upload = nil
        sayFarewell()
        context?.close(promise: nil)
        let cause = error ?? .disconnected("the connection was closed on this side")
        for id in pipeline.closed() {
            commands.removeValue(forKey: id)?.result.finish(.failure(cause))
        }
        for submission in held { submission.result.finish(.failure(cause)) }
        held = []
        settled.finish(.success(()))
        releaseIdleWaiters()
        drainInbox()
        switch before {
        case .opening:
            opened.finish(.failure(cause))
        case .open:
            logger.debug("connection ended", metadata: ["cause": "\(cause)"])
            closedHandler(error)
        case .closed:
            break
        }
    }

    /// What TLS still has to say: an alert about the certificate, or that nothing more comes.
    private func sayFarewell() {
        guard let context, context.channel.isActive else { return }
        if !wire.isHandshaking { wire.tls?.end() }
        var output = context.channel.allocator.buffer(capacity: 0)
        wire.takeOutput(into: &output)
        if output.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(output), promise: nil) }
    }

    static func text(_ error: FramingError) -> String {
        switch error {
        case .responseTooLong(let limit, let actual): "a response of \(actual) octets, where \(limit) are allowed"
        case .literalTooLong(let limit, let actual): "a literal of \(actual) octets, where \(limit) are allowed"
        case .tooManyLiterals(let limit): "a response of more than \(limit) literals"
        }
    }
}
