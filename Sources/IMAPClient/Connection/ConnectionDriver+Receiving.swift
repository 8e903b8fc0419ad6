internal import IMAPCodec
internal import IMAPProtocol
internal import Logging
internal import NIOCore

extension ConnectionDriver {
    /// Octets of the socket.
    func received(_ bytes: UnsafeRawBufferPointer) throws {
        if wire.isHandshaking {
            guard try advanceHandshake(bytes) else { return }
            if case .ended = try wire.readDecrypted(plain) { ended() }
        } else {
            if case .ended = try wire.receive(bytes, plain) { ended() }
        }
        try sendOutput()
    }

    /// Begins TLS: from here on nothing goes in clear.
    func startTLS() throws {
        guard let tlsContext else { throw IMAPClientError.protocolViolation("TLS where none was configured") }
        // What the framer holds now was written by whoever sits on the line.
        guard framer.isBetweenResponses else {
            throw IMAPClientError.protocolViolation("octets were injected before TLS")
        }
        framer = ResponseFramer(limits: configuration.limits)
        wire.startTLS(try TLSSession(context: tlsContext, host: configuration.endpoint.host))
        _ = try advanceHandshake(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private func advanceHandshake(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        let isComplete = try wire.handshake(bytes)
        try sendOutput()
        guard isComplete else { return false }
        logger.debug("TLS established", metadata: ["tls": "\(wire.tls?.summary ?? "")"])
        if configuration.endpoint.security == .startTLS { try withOpening { $0.tlsEstablished() } }
        return true
    }

    /// Octets as the server wrote them.
    private func plain(_ bytes: UnsafeRawBufferPointer) throws {
        if case .opening(var opening) = phase {
            opening.readBegan()
            phase = .opening(opening)
        }
        var rest = bytes
        // One by one, where an octet may be the last before TLS or DEFLATE.
        while rest.count > 0, case .opening(let opening) = phase, opening.mayTransportChange {
            try feed(UnsafeRawBufferPointer(rebasing: rest.prefix(1)))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(1))
            guard let wanted = pendingSwitch else { continue }
            pendingSwitch = nil
            switch wanted {
            case .startTLS:
                guard rest.isEmpty else {
                    throw IMAPClientError.protocolViolation("octets were injected before TLS")
                }
                try flush()
                try startTLS()
            case .startCompression:
                logger.debug("compressing")
                try wire.expand(rest, feed)
                return
            }
        }
        if rest.count > 0 { try feed(rest) }
    }

    private func feed(_ bytes: UnsafeRawBufferPointer) throws {
        try framer.feed(bytes) { event in
            switch event {
            case .response(let frame): try received(frame)
            case .literalBegan(let literal): literalBegan(literal)
            case .literalBytes(let bytes): literalReceived(bytes)
            case .literalEnded: literalEnded()
            }
        }
    }

    private func literalBegan(_ literal: StreamedLiteral) {
        sink = nil
        guard case .open = phase, !pipeline.isEndingIdle else { return }
        for index in 0..<pipeline.runningCount {
            guard let id = pipeline.runningCommand(at: index) else { break }
            if let sink = commands[id]?.literals?.begin(literal) {
                self.sink = sink
                return
            }
        }
    }

    private func literalReceived(_ bytes: UnsafeRawBufferPointer) {
        guard let sink else { return }
        silence.gained(bytes.count, isSure: true, at: readMoment, limit: silenceLimit)
        sink.write(bytes)
        fedSink = sink
    }

    private func literalEnded() {
        sink?.finish()
        if finishedSink == nil { finishedSink = sink }
        sink = nil
    }

    private func received(_ frame: Frame) throws {
        if case .closed = phase { throw Interruption.closing }
        let streamed = finishedSink
        finishedSink = nil
        if logsWire { logReceived(frame) }
        let response: Response
        do {
            response = try parser.parse(frame)
        } catch {
            try unreadable(frame, error)
            return
        }
        if case .opening = phase {
            if case .untagged = response {} else { silence.progressed(at: readMoment) }
            try withOpening { $0.responseReceived(response) }
            return
        }
        switch response {
        case .untagged(let untagged):
            try charge(untagged, octets: frame.bytes.count)
            try received(untagged, frame, streamed)
        case .continuation:
            if pipeline.isContinuationDue { silence.progressed(at: readMoment) }
            try perform(pipeline.continuationReceived())
        case .tagged(let tag, let status):
            silence.progressed(at: readMoment)
            if case .capability(let capabilities)? = status.code {
                facts.change { $0.capabilities = capabilities }
                refreshEncoder()
            }
            try perform(pipeline.taggedReceived(tag, status))
        }
    }

    /// What was asked for is progress; anything else has a bound.
    private func charge(_ untagged: Untagged, octets: Int) throws {
        switch pipeline.charge(untagged, octets: octets) {
        case .answer(isEarly: true): silence.progressed(at: readMoment)
        case .answer(isEarly: false):
            silence.gained(
                max(octets, SilenceWatch.octetsOfAnswer), isSure: true, at: readMoment, limit: silenceLimit)
        case .news(isSign: true): silence.stillThere(at: readMoment, limit: silenceLimit)
        case .news(isSign: false): break
        case .excess(let text): try perform(pipeline.excessReceived(text))
        }
    }

    private func received(_ untagged: Untagged, _ frame: Frame, _ streamed: (any StreamedSink)?) throws {
        switch untagged {
        case .status(let status) where status.kind == .bye:
            try perform(pipeline.byeReceived(status))
            return
        case .capability(let capabilities):
            facts.change { $0.capabilities = capabilities }
            refreshEncoder()
        case .enabled(let names):
            facts.change { facts in
                // More than ever were asked for would be no use.
                for name in names where facts.enabled.count < 100 { facts.enabled.insert(name.uppercased()) }
            }
            refreshEncoder()
        case .id(let fields):
            let told = fields.compactMap { field in field.value.map { (field.name.lowercased(), $0) } }
            facts.change { $0.serverID = Dictionary(told, uniquingKeysWith: { first, _ in first }) }
        default:
            break
        }
        let incoming = Incoming(response: untagged, frame: frame, streamed: streamed)
        if pipeline.isEndingIdle { return unsolicited(incoming) }
        for index in 0..<pipeline.runningCount {
            guard let id = pipeline.runningCommand(at: index), let command = commands[id] else { continue }
            if command.receive(incoming) == .taken { return }
        }
        unsolicited(incoming)
    }

    /// A bad response costs itself only, and the command whose answer it was.
    private func unreadable(_ frame: Frame, _ error: any Error) throws {
        unreadableCount &+= 1
        // The 1st, 2nd, 4th, 8th…: a server that sends nothing else does not fill the log.
        if unreadableCount.nonzeroBitCount == 1 {
            logger.warning(
                "response cannot be read",
                metadata: [
                    "error": "\(error)", "octets": "\(frame.bytes.count)", "count": "\(unreadableCount)",
                ])
        }
        if case .opening = phase {
            try withOpening { $0.unreadableReceived(frame.bytes) }
        } else {
            try perform(pipeline.unreadableReceived(frame.bytes))
        }
    }

    private func logReceived(_ frame: Frame) {
        if case .opening(let opening) = phase, opening.isConfidential {
            logger.trace("S: <hidden>")
        } else {
            logger.trace("S: \(String(decoding: frame.bytes.prefix(256), as: UTF8.self))")
        }
    }
}
