public import IMAPCodec

extension CommandPipeline {
    /// `+`: a literal may go on, or IDLE has begun. One that nobody waits for is ignored.
    public mutating func continuationReceived() -> [Action] {
        if hold == .continuation {
            hold = nil
            return sendRest() + advance()
        }
        guard case .requested(let tag) = idle else {
            if case .excess(let text) = chargeNews(0) { return close(.excess(text)) }
            return []
        }
        idle = .idling(tag: tag)
        if !wantsIdle || waitingHead < waiting.count { return endIdle(tag) + advance() }
        return [.idleBegan]
    }

    public mutating func taggedReceived(_ tag: [UInt8], _ status: StatusResponse) -> [Action] {
        let tag = String(decoding: tag, as: UTF8.self)
        news = ResponseTally()
        switch idle {
        case .requested(tag), .idling(tag), .ending(tag): return idleAnswered(status)
        case .off, .soon, .requested, .idling, .ending: break
        }
        guard let index = running.firstIndex(where: { $0.tag == tag }) else {
            return close(.outOfStep("the server answers a command that was never sent"))
        }
        let id = running[index].id
        let isUnsent = index == running.count - 1 && hold != nil
        guard isUnsent else {
            running.remove(at: index)
            return [.complete(id, status)] + advance()
        }
        switch (hold, status.kind) {
        case (.continuation, .no), (.continuation, .bad):
            // The literal was refused: nothing more of this command is sent.
            running.remove(at: index)
            hold = nil
            return [.complete(id, status)] + advance()
        case (.content, .no) where !running[index].isSynchronising,
            (.content, .bad) where !running[index].isSynchronising:
            // What was announced is still read by the server; the command ends when it has left.
            running[index].early = status
            return []
        case (.content, .no), (.content, .bad):
            // The octets announced cannot be taken back, and those not sent yet would be read as commands.
            running.remove(at: index)
            return [.complete(id, status)] + close(.outOfStep("the server refused a message while it was being sent"))
        default:
            return close(.outOfStep("the server answers a command that was not fully sent"))
        }
    }

    /// BYE without tag: the end, unless we asked for it.
    public mutating func byeReceived(_ status: StatusResponse) -> [Action] {
        isLoggingOut && waitingHead == waiting.count ? [] : close(.bye(status))
    }

    /// A response could not be read. It costs itself, and the command whose answer it was.
    public mutating func unreadableReceived(_ frame: some Collection<UInt8>) -> [Action] {
        func isAnswer(to tag: String) -> Bool { frame.starts(with: Array((tag + " ").utf8)) }
        switch idle {
        case .requested(let tag) where isAnswer(to: tag), .idling(let tag) where isAnswer(to: tag),
            .ending(let tag) where isAnswer(to: tag):
            return idleAnswered(StatusResponse(kind: .bad, code: nil, text: "an answer that cannot be read"))
        case .off, .soon, .requested, .idling, .ending:
            break
        }
        guard let index = running.firstIndex(where: { isAnswer(to: $0.tag) }) else {
            if case .excess(let text) = chargeNews(frame.count) { return close(.excess(text)) }
            return []
        }
        let id = running[index].id
        if index == running.count - 1, hold != nil {
            return close(.outOfStep("the answer to a command that was not fully sent cannot be read"))
        }
        running.remove(at: index)
        return [.lose(id)] + advance()
    }

    private mutating func idleAnswered(_ status: StatusResponse) -> [Action] {
        var actions: [Action] = []
        switch idle {
        case .ending where status.kind == .ok:
            unaskedIdleEnds = 0
        case .idling where status.kind == .ok && unaskedIdleEnds < 3:
            // Some servers end it themselves; one that always does would keep us busy for ever.
            unaskedIdleEnds += 1
        case .off, .soon, .requested, .idling, .ending:
            wantsIdle = false
            actions.append(.idleRefused(status))
        }
        idle = .off
        if !wantsIdle { actions.append(.idleEnded) }
        return actions + advance()
    }

    /// What came is more than is borne.
    public mutating func excessReceived(_ text: String) -> [Action] { close(.excess(text)) }

    private mutating func close(_ failure: PipelineFailure) -> [Action] {
        guard !isClosed else { return [] }
        isClosed = true
        return [.close(failure)]
    }
}
