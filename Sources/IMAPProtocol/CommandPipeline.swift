public import IMAPCodec

/// The commands of a session after login: tags, what is on the wire, literals, what may run together, IDLE (RFC 3501
/// section 5.5, RFC 2177).
///
/// ```
/// C: A8 UID FETCH …  C: A9 STATUS …        sent together, answered in any order
/// C: DONE  C: A10 EXAMINE …  C: A11 UID FETCH …        one round trip from IDLE to a message of another mailbox
/// C: A12 APPEND x {9}                      nothing else leaves before S: + or S: A12 NO
/// ```
/// Events are method calls; what they return is to be done in order.
public struct CommandPipeline: Sendable {
    /// A command, from submission to its end.
    public struct ID: Hashable, Sendable {
        let value: UInt64
    }

    public enum Action: Sendable, Hashable {
        /// `log` is the whole command for people, without secrets; nil for a part of one that was told before.
        case send(Secret, log: String?)
        /// The octets of this message of an APPEND, exactly so many; then `contentSent`.
        case sendContent(ID, index: Int, octets: UInt64)
        /// The command's tagged answer.
        case complete(ID, StatusResponse)
        /// The command was never sent, for its arguments.
        case reject(ID, EncodingError)
        /// The command came after LOGOUT; it was never sent.
        case discard(ID)
        /// The command has ended, but its answer cannot be read.
        case lose(ID)
        /// Nothing is to be done: call `idleDue` after a moment, so that commands in quick succession have no IDLE between them.
        case idleSoon
        /// From now on the server pushes; call `idleExpired` in time.
        case idleBegan
        /// Not idling any more, and not on the way to it.
        case idleEnded
        /// The server does not idle; it is not asked again before `idleWanted`.
        case idleRefused(StatusResponse)
        /// All other commands fail with it.
        case close(PipelineFailure)
    }

    /// What runs beside a command.
    enum Discipline: Sendable {
        /// Anything of its kind.
        case together
        /// As `together`, but none beside another: its answer does not say of which it is (RFC 3501 section 5.5).
        case single
        /// As `together`, and behind `opening` too: by UID it can only read, and who asks compares the UIDVALIDITY.
        case reading
        /// Nothing before it, and behind it only `reading`: what else the server says meanwhile belongs to another mailbox before and
        /// after.
        case opening
        /// As `together`, and everything but `alone` may follow at once: its answer says nothing of a mailbox.
        case aside
        /// Nothing.
        case alone
        /// What was sent before; nothing comes after.
        case last
    }

    struct Entry: Sendable {
        let id: ID
        let tag: String
        let discipline: Discipline
        /// Last first.
        var parts: [EncodedCommand.Part]
        /// For people; nil once it was told.
        var log: String?
        /// Waits for the server's `+` somewhere.
        let isSynchronising: Bool
        /// What it may bring, and what it brought.
        let allowance: ResponseAllowance
        var tally = ResponseTally()
        /// Came while octets that were announced for certain (RFC 7888) were still to be sent.
        var early: StatusResponse?
    }

    enum Idle: Sendable {
        /// → soon
        case off
        /// Wanted, and nothing else runs. → requested, off
        case soon
        /// Sent, without the server's `+`. → idling, ending, off
        case requested(tag: String)
        /// → ending, off
        case idling(tag: String)
        /// DONE was sent. → off
        case ending(tag: String)
    }

    /// Why a command that is not fully sent holds the wire.
    enum Hold: Sendable {
        case continuation
        case content
    }

    var tags: TagSequence
    private var lastID: UInt64 = 0
    /// Sent, or being sent; oldest first.
    var running: [Entry] = []
    /// Not sent yet; from `waitingHead` on.
    var waiting: [Entry] = []
    var waitingHead = 0
    /// Of the newest running command.
    var hold: Hold?
    var idle = Idle.off
    var wantsIdle = false
    /// Times in a row that the server ended IDLE by itself.
    var unaskedIdleEnds = 0
    var isLoggingOut = false
    var isClosed = false
    /// The most that EXISTS said since a mailbox was opened.
    var exists: Int?
    /// What nobody asked for, since a command was answered.
    var news = ResponseTally()

    /// `tags` are those that the opening of the session left.
    public init(tags: TagSequence) {
        self.tags = tags
    }

    /// Whether the server owes an answer; otherwise its silence means nothing.
    public var isAnswerDue: Bool {
        switch idle {
        case .requested, .ending: true
        case .off, .soon, .idling: !running.isEmpty
        }
    }

    /// Whether DONE waits for its answer, which a live server gives at once. What comes before it was said in IDLE, and answers none of
    /// the commands that run already.
    public var isEndingIdle: Bool {
        if case .ending = idle { true } else { false }
    }

    /// Whether somebody waits for `+`.
    public var isContinuationDue: Bool {
        if case .requested = idle { return true }
        return hold == .continuation
    }

    public var isIdling: Bool {
        if case .idling = idle { true } else { false }
    }

    /// Commands that have been sent and not answered, oldest first.
    public var runningCommands: [ID] { running.map(\.id) }

    /// The position in `runningCommands`, without building it.
    public var runningCount: Int { running.count }

    /// The `index`-th oldest running command; nil past the end.
    public func runningCommand(at index: Int) -> ID? {
        running.indices.contains(index) ? running[index].id : nil
    }

    /// A name for the next command.
    public mutating func nextID() -> ID {
        lastID &+= 1
        return ID(value: lastID)
    }

    /// Takes a command; it is sent now or when what runs allows it, in the order of calls.
    public mutating func submitted(_ id: ID, _ command: Command, encoder: CommandEncoder) -> [Action] {
        guard !isClosed, !isLoggingOut else { return [.discard(id)] }
        let tag = tags.next()
        do {
            let encoded = try encoder.encode(command, tag: tag)
            let discipline = CommandPipeline.discipline(of: command)
            if discipline == .last { isLoggingOut = true }
            waiting.append(
                Entry(
                    id: id, tag: tag, discipline: discipline, parts: encoded.parts.reversed(), log: encoded.description,
                    isSynchronising: encoded.parts.contains(.awaitContinuation),
                    allowance: ResponseAllowance(for: command)))
        } catch {
            return [.reject(id, error)]
        }
        return advance()
    }

    /// The octets that `sendContent` asked for have left.
    public mutating func contentSent() -> [Action] {
        guard hold == .content else { return [] }
        hold = nil
        return sendRest() + advance()
    }

    /// The connection is gone. The commands that thereby failed, oldest first.
    public mutating func closed() -> [ID] {
        isClosed = true
        let failed = running.map(\.id) + waiting[waitingHead...].map(\.id)
        running = []
        waiting = []
        waitingHead = 0
        hold = nil
        idle = .off
        wantsIdle = false
        return failed
    }

    /// IDLE whenever nothing else is to be done.
    public mutating func idleWanted() -> [Action] {
        wantsIdle = true
        unaskedIdleEnds = 0
        return advance()
    }

    /// No more IDLE; `idleEnded` follows, at once or later.
    public mutating func idleUnwanted() -> [Action] {
        wantsIdle = false
        switch idle {
        case .off, .soon:
            idle = .off
            return [.idleEnded]
        case .requested, .ending: return []
        case .idling: return advance()
        }
    }

    /// The moment after `idleSoon` is over.
    public mutating func idleDue() -> [Action] {
        guard case .soon = idle else { return [] }
        let tag = tags.next()
        idle = .requested(tag: tag)
        return [.send(Secret(Array("\(tag) IDLE\r\n".utf8)), log: "\(tag) IDLE")]
    }

    /// It is time to say IDLE anew, so that nothing on the way forgets the connection.
    public mutating func idleExpired() -> [Action] {
        guard case .idling(let tag) = idle else { return [] }
        return endIdle(tag)
    }

    /// Sends what may be sent now.
    mutating func advance() -> [Action] {
        var actions: [Action] = []
        while !isClosed, hold == nil, waitingHead < waiting.count {
            let next = waiting[waitingHead]
            guard mayStart(next.discipline) else { return actions }
            switch idle {
            case .idling(let tag): actions += endIdle(tag)
            case .requested: return actions
            // Behind DONE the server reads commands again (RFC 2177); its answer to IDLE comes before theirs.
            case .soon: idle = .off
            case .ending, .off: break
            }
            waitingHead += 1
            if waitingHead == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                waitingHead = 0
            }
            if next.discipline == .opening { exists = nil }
            running.append(next)
            actions += sendRest()
        }
        guard !isClosed, running.isEmpty, waiting.isEmpty else { return actions }
        switch idle {
        case .off:
            if wantsIdle, !isLoggingOut {
                idle = .soon
                actions.append(.idleSoon)
            }
        case .idling(let tag):
            if !wantsIdle { actions += endIdle(tag) }
        case .soon, .requested, .ending:
            break
        }
        return actions
    }

    private func mayStart(_ discipline: Discipline) -> Bool {
        guard !running.isEmpty else { return true }
        // What restricts others is always the oldest of those that are not aside.
        let oldest = running.first { $0.discipline != .aside }?.discipline ?? .aside
        switch (discipline, oldest) {
        case (.alone, _), (_, .alone), (_, .last): return false
        case (.opening, .aside), (.reading, .opening): return true
        case (.opening, _), (_, .opening): return false
        case (.single, _): return !running.contains { $0.discipline == .single }
        case (.together, _), (.aside, _), (.reading, _), (.last, _): return true
        }
    }

    /// Sends parts of the newest running command until it has to wait or has been sent.
    mutating func sendRest() -> [Action] {
        guard !running.isEmpty else { return [] }
        var actions: [Action] = []
        let last = running.count - 1
        while let part = running[last].parts.popLast() {
            switch part {
            case .bytes(let bytes):
                actions.append(.send(Secret(bytes), log: running[last].log))
                running[last].log = nil
            case .awaitContinuation:
                hold = .continuation
                return actions
            case .content(let index, let octets):
                hold = .content
                actions.append(.sendContent(running[last].id, index: index, octets: octets))
                return actions
            }
        }
        if let status = running[last].early {
            actions.append(.complete(running.removeLast().id, status))
        }
        return actions
    }

    mutating func endIdle(_ tag: String) -> [Action] {
        idle = .ending(tag: tag)
        return [.send(Secret(CommandEncoder.done), log: "DONE")]
    }

    private static func discipline(of command: Command) -> Discipline {
        switch command {
        case .select, .examine: .opening
        case .uidFetch: .reading
        case .uidSearch: .single
        case .unselect, .startTLS, .authenticate, .login, .compressDeflate, .idle: .alone
        case .capability, .id, .enable: .aside
        case .logout: .last
        case .noop, .namespace, .check, .list, .status, .uidStore, .uidStoreLabels,
            .uidCopy, .uidMove, .uidExpunge, .create, .delete, .rename, .subscribe, .unsubscribe, .append, .notify,
            .getQuotaRoot:
            .together
        }
    }
}

/// Why a session ended while it was in use.
public enum PipelineFailure: Sendable, Hashable {
    /// The server said BYE.
    case bye(StatusResponse)
    /// Which answer belongs to which command is not certain any more.
    case outOfStep(String)
    /// The server sends more than was asked for, without end as far as anybody can see.
    case excess(String)
}
