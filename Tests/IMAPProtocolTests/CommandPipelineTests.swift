import IMAPCodec
import IMAPProtocol
import IMAPValue
import Testing

/// Plays with a pipeline; every action becomes a word, commands are called by their numbers from 1.
private struct PipelinePlayer {
    var pipeline = CommandPipeline(tags: TagSequence())
    var encoder = CommandEncoder(capabilities: .none, utf8Accepted: false)
    var numbers: [CommandPipeline.ID: Int] = [:]

    mutating func submit(_ command: Command) -> [String] {
        let id = pipeline.nextID()
        numbers[id] = numbers.count + 1
        return words(pipeline.submitted(id, command, encoder: encoder))
    }

    mutating func receive(_ line: String) throws -> [String] {
        switch try response(line) {
        case .tagged(let tag, let status): words(pipeline.taggedReceived(tag, status))
        case .continuation: words(pipeline.continuationReceived())
        case .untagged(.status(let status)) where status.kind == .bye: words(pipeline.byeReceived(status))
        case .untagged: []
        }
    }

    /// IDLE is wanted, and the moment before it is over.
    mutating func idle() -> [String] {
        _ = pipeline.idleWanted()
        return words(pipeline.idleDue())
    }

    func words(_ actions: [CommandPipeline.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let secret, _): text(secret).replacing("\r\n", with: "")
            case .sendContent(let id, let index, let octets): "content \(numbers[id] ?? 0) \(index) \(octets)"
            case .complete(let id, let status): "complete \(numbers[id] ?? 0) \(status.kind)"
            case .reject(let id, _): "reject \(numbers[id] ?? 0)"
            case .discard(let id): "discard \(numbers[id] ?? 0)"
            case .lose(let id): "lose \(numbers[id] ?? 0)"
            case .idleSoon: "idle soon"
            case .idleBegan: "idling"
            case .idleEnded: "idle ended"
            case .idleRefused: "idle refused"
            case .close(.bye): "close bye"
            case .close(.outOfStep): "close outOfStep"
            case .close(.excess): "close excess"
            }
        }
    }
}

@Suite("Pipeline of commands")
struct CommandPipelineTests {
    @Test("commands leave at once and may be answered in any order")
    func together() throws {
        var player = PipelinePlayer()
        #expect(player.submit(.noop) == ["A1 NOOP"])
        #expect(player.submit(.namespace) == ["A2 NAMESPACE"])
        #expect(player.pipeline.runningCount == 2 && player.pipeline.isAnswerDue)
        #expect(try player.receive("A2 OK done") == ["complete 2 ok"])
        #expect(try player.receive("A1 BAD what") == ["complete 1 bad"])
        #expect(!player.pipeline.isAnswerDue)
    }

    @Test("of searches one runs at a time: which of two an answer is of is not said")
    func single() throws {
        var player = PipelinePlayer()
        #expect(player.submit(.noop) == ["A1 NOOP"])
        #expect(
            player.submit(.uidSearch(UIDSearch([.text(bytes("a"))], returnsAll: true))) == [
                "A2 UID SEARCH RETURN (ALL) TEXT \"a\""
            ])
        #expect(player.submit(.uidSearch(UIDSearch([.text(bytes("b"))], returnsAll: false))) == [])
        #expect(player.submit(.check) == [])
        #expect(try player.receive("A1 OK") == ["complete 1 ok"])
        #expect(
            try player.receive("A2 OK") == ["complete 2 ok", "A3 UID SEARCH TEXT \"b\"", "A4 CHECK"])
    }

    @Test("tags go on where the opening left off")
    func tags() {
        var tags = TagSequence()
        _ = tags.next()
        var player = PipelinePlayer(pipeline: CommandPipeline(tags: tags))
        #expect(player.submit(.noop) == ["A2 NOOP"])
    }

    @Test("what changes the selected mailbox runs alone")
    func alone() throws {
        var player = PipelinePlayer()
        #expect(player.submit(.noop) == ["A1 NOOP"])
        #expect(player.submit(.select(bytes("INBOX"), .plain)) == [])
        #expect(player.submit(.check) == [])
        #expect(try player.receive("A1 OK") == ["complete 1 ok", "A2 SELECT \"INBOX\""])
        #expect(try player.receive("A2 NO gone") == ["complete 2 no", "A3 CHECK"])
        #expect(player.submit(.noop) == ["A4 NOOP"])
        #expect(player.submit(.unselect) == [])
    }

    @Test("a literal waits for the server, and everything else for the literal")
    func literal() throws {
        var player = PipelinePlayer()
        #expect(player.submit(.noop) == ["A1 NOOP"])
        #expect(player.submit(.delete(bytes("a\u{e9}"))) == ["A2 DELETE {3}"])
        #expect(player.submit(.check) == [])
        #expect(try player.receive("A1 OK") == ["complete 1 ok"])
        #expect(try player.receive("* 1 EXISTS") == [])
        #expect(try player.receive("+ go") == ["a\u{e9}", "A3 CHECK"])
        #expect(try player.receive("A2 OK") == ["complete 2 ok"])
    }

    @Test("after a refused literal nothing more of the command is sent", arguments: ["NO", "BAD"])
    func refusedLiteral(kind: String) throws {
        var player = PipelinePlayer()
        #expect(player.submit(.rename(bytes("\u{e9}"), bytes("\u{e8}"))) == ["A1 RENAME {2}"])
        #expect(player.submit(.check) == [])
        #expect(try player.receive("A1 \(kind) no") == ["complete 1 \(kind.lowercased())", "A2 CHECK"])
        #expect(try player.receive("+ late") == [])
    }

    @Test("the content of APPEND leaves by itself, once the server wants it")
    func append() throws {
        var player = PipelinePlayer()
        let message = AppendMessage(flags: Flags(), internalDate: nil, octets: 9)
        #expect(player.submit(.append(bytes("x"), [message])) == ["A1 APPEND \"x\" () {9}"])
        #expect(player.submit(.check) == [])
        #expect(try player.receive("+ go") == ["content 1 0 9"])
        #expect(player.words(player.pipeline.contentSent()) == ["", "A2 CHECK"])
        #expect(try player.receive("A1 OK") == ["complete 1 ok"])
    }

    @Test("a command is told once, in however many parts it leaves")
    func toldOnce() throws {
        var pipeline = CommandPipeline(tags: TagSequence())
        let encoder = CommandEncoder(capabilities: .none, utf8Accepted: false)
        let id = pipeline.nextID()
        var actions = pipeline.submitted(id, .append(Array("Work".utf8), [AppendMessage(octets: 3)]), encoder: encoder)
        actions += pipeline.continuationReceived()
        actions += pipeline.contentSent()
        let told = actions.compactMap { if case .send(_, let log) = $0 { log } else { nil } }
        #expect(told.count == 1)
        #expect(actions.count { if case .send = $0 { true } else { false } } == 2)
    }

    @Test("a refusal in the middle of content leaves only the end of the connection")
    func refusedContent() throws {
        var player = PipelinePlayer()
        let message = AppendMessage(flags: Flags(), internalDate: nil, octets: 9)
        _ = player.submit(.append(bytes("x"), [message]))
        _ = try player.receive("+ go")
        #expect(try player.receive("A1 NO [TOOBIG] no") == ["complete 1 no", "close outOfStep"])
    }

    @Test("content announced for certain leaves without waiting, and to its end also when it is refused")
    func announcedContent() throws {
        var player = PipelinePlayer()
        player.encoder = CommandEncoder(
            capabilities: Capabilities(["IMAP4rev1", "LITERAL+"]), utf8Accepted: false)
        let message = AppendMessage(flags: Flags(), internalDate: nil, octets: 9)
        #expect(
            player.submit(.append(bytes("x"), [message, message])) == ["A1 APPEND \"x\" () {9+}", "content 1 0 9"])
        #expect(player.submit(.check) == [])
        #expect(try player.receive("A1 NO [OVERQUOTA] no") == [])
        #expect(player.words(player.pipeline.contentSent()) == [" () {9+}", "content 1 1 9"])
        #expect(player.words(player.pipeline.contentSent()) == ["", "complete 1 no", "A2 CHECK"])
        #expect(try player.receive("A2 OK") == ["complete 2 ok"])
    }

    @Test(
        "answers that belong to nothing end the connection",
        arguments: ["A9 OK what", "A1 OK finished before it was sent", "A2 OK not sent yet", "x BAD y"])
    func unknown(line: String) throws {
        var player = PipelinePlayer()
        #expect(player.submit(.delete(bytes("a\u{e9}"))) == ["A1 DELETE {3}"])
        #expect(player.submit(.noop) == [])
        #expect(try player.receive(line) == ["close outOfStep"])
        #expect(player.pipeline.closed().map { player.numbers[$0] } == [1, 2])
    }

    @Test("an answer cannot be used twice")
    func twice() throws {
        var player = PipelinePlayer()
        _ = player.submit(.noop)
        _ = try player.receive("A1 OK")
        #expect(try player.receive("A1 OK") == ["close outOfStep"])
    }

    @Test("BYE ends everything once, and is expected after LOGOUT only")
    func bye() throws {
        var player = PipelinePlayer()
        _ = player.submit(.noop)
        #expect(try player.receive("* BYE going down") == ["close bye"])
        #expect(try player.receive("* BYE going down") == [])
        #expect(player.pipeline.closed().count == 1)
        player = PipelinePlayer()
        _ = player.submit(.noop)
        #expect(player.submit(.logout) == ["A2 LOGOUT"])
        #expect(player.submit(.noop) == ["discard 3"])
        #expect(try player.receive("* BYE bye") == [])
        #expect(try player.receive("A1 OK") == ["complete 1 ok"])
        #expect(try player.receive("A2 OK") == ["complete 2 ok"])
    }

    @Test("a mailbox is opened and read from in one breath, and nothing else is done before it is open")
    func opening() throws {
        var player = PipelinePlayer()
        let fetch = Command.uidFetch(.uids(UIDSet(.min)), [.uid, .body], changedSince: nil, vanished: false)
        #expect(player.submit(.examine(bytes("x"), .plain)) == ["A1 EXAMINE \"x\""])
        #expect(player.submit(fetch) == ["A2 UID FETCH 1 (UID BODY.PEEK[])"])
        #expect(player.submit(fetch) == ["A3 UID FETCH 1 (UID BODY.PEEK[])"])
        #expect(player.submit(.noop) == [])
        #expect(player.submit(fetch) == [])
        #expect(player.submit(.examine(bytes("y"), .plain)) == [])
        #expect(
            try player.receive("A1 OK") == ["complete 1 ok", "A4 NOOP", "A5 UID FETCH 1 (UID BODY.PEEK[])"])
        #expect(try player.receive("A2 OK") == ["complete 2 ok"])
        #expect(try player.receive("A3 OK") == ["complete 3 ok"])
        #expect(try player.receive("A4 OK") == ["complete 4 ok"])
        #expect(try player.receive("A5 OK") == ["complete 5 ok", "A6 EXAMINE \"y\""])
    }

    @Test("what a session begins with holds nothing up that may be pipelined")
    func aside() throws {
        var player = PipelinePlayer()
        #expect(player.submit(.capability) == ["A1 CAPABILITY"])
        #expect(player.submit(.enable(["QRESYNC"])) == ["A2 ENABLE QRESYNC"])
        #expect(player.submit(.examine(bytes("x"), .plain)) == ["A3 EXAMINE \"x\""])
        let fetch = Command.uidFetch(.from(.min), [.flags], changedSince: nil, vanished: false)
        #expect(player.submit(fetch) == ["A4 UID FETCH 1:* (FLAGS)"])
        #expect(player.submit(.namespace) == [])
        #expect(try player.receive("A1 OK") == ["complete 1 ok"])
        #expect(try player.receive("A2 OK") == ["complete 2 ok"])
        #expect(try player.receive("A3 OK") == ["complete 3 ok", "A5 NAMESPACE"])
        #expect(player.submit(.unselect) == [])
        #expect(player.submit(.id([])) == [])
        #expect(try player.receive("A4 OK") == ["complete 4 ok"])
        #expect(try player.receive("A5 OK") == ["complete 5 ok", "A6 UNSELECT"])
        #expect(try player.receive("A6 OK") == ["complete 6 ok", "A7 ID NIL"])
    }

    @Test("a command that cannot be written costs only itself")
    func unsafe() {
        var player = PipelinePlayer()
        #expect(player.submit(.delete(bytes("a\r\nA9 LOGOUT"))) == ["reject 1"])
        #expect(player.submit(.noop) == ["A2 NOOP"])
    }

    @Test("an unreadable answer costs its command, an unreadable rest nothing")
    func unreadable() throws {
        var player = PipelinePlayer()
        _ = player.submit(.noop)
        _ = player.submit(.check)
        #expect(player.words(player.pipeline.unreadableReceived(bytes("* FETCH ((("))) == [])
        #expect(player.words(player.pipeline.unreadableReceived(bytes("A1"))) == [])
        #expect(player.words(player.pipeline.unreadableReceived(bytes("A1 YES"))) == ["lose 1"])
        #expect(try player.receive("A2 OK") == ["complete 2 ok"])
        #expect(player.submit(.delete(bytes("a\u{e9}"))) == ["A3 DELETE {3}"])
        #expect(player.words(player.pipeline.unreadableReceived(bytes("A3 YES"))) == ["close outOfStep"])
    }
}

@Suite("IDLE")
struct IdleTests {
    @Test("begins when nothing runs, makes way for commands, and comes back")
    func interrupted() throws {
        var player = PipelinePlayer()
        #expect(player.submit(.noop) == ["A1 NOOP"])
        #expect(player.words(player.pipeline.idleWanted()) == [])
        #expect(try player.receive("A1 OK") == ["complete 1 ok", "idle soon"])
        #expect(player.words(player.pipeline.idleDue()) == ["A2 IDLE"])
        #expect(player.pipeline.isAnswerDue)
        #expect(try player.receive("+ idling") == ["idling"])
        #expect(!player.pipeline.isAnswerDue && player.pipeline.isIdling)
        #expect(player.submit(.check) == ["DONE", "A3 CHECK"])
        #expect(player.submit(.noop) == ["A4 NOOP"])
        #expect(player.pipeline.isAnswerDue && player.pipeline.isEndingIdle)
        #expect(try player.receive("A2 OK idled") == [])
        #expect(!player.pipeline.isEndingIdle)
        #expect(try player.receive("A3 OK") == ["complete 2 ok"])
        #expect(try player.receive("A4 OK") == ["complete 3 ok", "idle soon"])
        #expect(player.words(player.pipeline.idleDue()) == ["A5 IDLE"])
    }

    @Test("is not said between commands in quick succession")
    func patient() throws {
        var player = PipelinePlayer()
        #expect(player.words(player.pipeline.idleWanted()) == ["idle soon"])
        #expect(player.submit(.noop) == ["A1 NOOP"])
        #expect(player.words(player.pipeline.idleDue()) == [])
        #expect(try player.receive("A1 OK") == ["complete 1 ok", "idle soon"])
        #expect(player.words(player.pipeline.idleUnwanted()) == ["idle ended"])
        #expect(player.words(player.pipeline.idleDue()) == [])
    }

    @Test("a command that comes before the server's + has DONE sent right after it")
    func early() throws {
        var player = PipelinePlayer()
        #expect(player.idle() == ["A1 IDLE"])
        #expect(player.submit(.noop) == [])
        #expect(try player.receive("+") == ["DONE", "A2 NOOP"])
        #expect(try player.receive("A1 OK") == [])
        #expect(try player.receive("A2 OK") == ["complete 1 ok", "idle soon"])
    }

    @Test("is said anew when its time is over")
    func expired() throws {
        var player = PipelinePlayer()
        _ = player.idle()
        _ = try player.receive("+")
        #expect(player.words(player.pipeline.idleExpired()) == ["DONE"])
        #expect(player.words(player.pipeline.idleExpired()) == [])
        #expect(try player.receive("A1 OK") == ["idle soon"])
        #expect(player.words(player.pipeline.idleDue()) == ["A2 IDLE"])
    }

    @Test("stops, from whatever state")
    func stopped() throws {
        var player = PipelinePlayer()
        #expect(player.words(player.pipeline.idleUnwanted()) == ["idle ended"])
        _ = player.idle()
        #expect(player.words(player.pipeline.idleUnwanted()) == [])
        #expect(try player.receive("+") == ["DONE"])
        #expect(player.words(player.pipeline.idleUnwanted()) == [])
        #expect(try player.receive("A1 OK") == ["idle ended"])
        _ = player.idle()
        #expect(try player.receive("+") == ["idling"])
        #expect(player.words(player.pipeline.idleUnwanted()) == ["DONE"])
        #expect(try player.receive("A2 OK") == ["idle ended"])
    }

    @Test("is not asked again where the server refuses it", arguments: ["NO", "BAD", "OK"])
    func refused(kind: String) throws {
        var player = PipelinePlayer()
        _ = player.idle()
        #expect(try player.receive("A1 \(kind) no") == ["idle refused", "idle ended"])
        #expect(player.submit(.noop) == ["A2 NOOP"])
        #expect(try player.receive("A2 OK") == ["complete 1 ok"])
    }

    @Test("a server that always ends it by itself is not asked for ever")
    func unasked() throws {
        var player = PipelinePlayer()
        _ = player.idle()
        var words: [String] = []
        for number in 1...10 where !words.contains("idle refused") {
            _ = try player.receive("+")
            words = try player.receive("A\(number) OK enough")
            _ = player.pipeline.idleDue()
        }
        #expect(words == ["idle refused", "idle ended"])
    }

    @Test("BYE ends it")
    func bye() throws {
        var player = PipelinePlayer()
        _ = player.idle()
        _ = try player.receive("+")
        #expect(try player.receive("* BYE idle for too long") == ["close bye"])
        #expect(player.pipeline.closed().isEmpty && player.pipeline.idleWanted().isEmpty)
    }
}
