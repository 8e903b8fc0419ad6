import InMemoryIMAP
import Testing

/// Each way of going wrong, seen once from the client's side.
@Suite struct MisbehaviourTests {
    private func fetch(_ action: Misbehaviour.Action) throws -> (InMemoryServer, RawClient) {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        server.install(Misbehaviour(on: "UID FETCH", action))
        try client.send("a UID FETCH 1:2 (BODY.PEEK[TEXT])\r\n")
        return (server, client)
    }

    private static let good =
        "* 1 FETCH (UID 1 BODY[TEXT] {6}\r\ntext\r\n)\r\n* 2 FETCH (UID 2 BODY[TEXT] {8}\r\nsecond\r\n)\r\n"
    private static let done = "a OK UID FETCH completed\r\n"

    /// Action and all that the client sees before the answer to a NOOP that follows.
    static let alterations: [(Misbehaviour.Action, String)] = [
        (.silence, ""),
        (.pieces(of: 1), good + done),
        (.replaceText("* BAD %TAG%\r\n%TAG% NO [X] y\r\n"), "* BAD a\r\na NO [X] y\r\n"),
        (.refuse("NO [UNAVAILABLE] later"), "a NO [UNAVAILABLE] later\r\n"),
        (.insert(lines: ["* 9 EXISTS", "garbage"]), "* 9 EXISTS\r\ngarbage\r\n" + good + done),
        (.append(lines: ["* 1 EXPUNGE"]), good + "* 1 EXPUNGE\r\n" + done),
        (.completion("BAD oops"), good + "a BAD oops\r\n"),
        (.bodyNIL, "* 1 FETCH (UID 1 BODY[TEXT] NIL)\r\n* 2 FETCH (UID 2 BODY[TEXT] NIL)\r\n" + done),
        (.bodyEmpty, "* 1 FETCH (UID 1 BODY[TEXT] \"\")\r\n* 2 FETCH (UID 2 BODY[TEXT] \"\")\r\n" + done),
        (
            .body([0x78]),
            "* 1 FETCH (UID 1 BODY[TEXT] {1}\r\nx)\r\n* 2 FETCH (UID 2 BODY[TEXT] {1}\r\nx)\r\n" + done
        ),
        (
            .bodyCut(to: 2),
            "* 1 FETCH (UID 1 BODY[TEXT] {2}\r\nte)\r\n* 2 FETCH (UID 2 BODY[TEXT] {2}\r\nse)\r\n" + done
        ),
        (.omitMessages([2]), "* 1 FETCH (UID 1 BODY[TEXT] {6}\r\ntext\r\n)\r\n" + done),
        (
            .swapMessages(1, 2),
            "* 1 FETCH (UID 2 BODY[TEXT] {6}\r\ntext\r\n)\r\n* 2 FETCH (UID 1 BODY[TEXT] {8}\r\nsecond\r\n)\r\n" + done
        ),
        (
            .hugeLiteral,
            "* 1 FETCH (UID 1 BODY[TEXT] {1099511627776}\r\ntext\r\n)\r\n"
                + "* 2 FETCH (UID 2 BODY[TEXT] {8}\r\nsecond\r\n)\r\n" + done
        ),
        (.everythingVanished, "* VANISHED 1:4294967295\r\n" + good + done),
        (.deepNesting(3), "* 1 FETCH (BODYSTRUCTURE (((\r\n" + good + done),
        (.substitute("UID FETCH completed", "done"), good + "a OK done\r\n"),
        (
            .folders([[0x2E, 0x2E], [], [0x00, 0x0D, 0x0A]]),
            good + "* LIST (\\HasNoChildren) \"/\" {2}\r\n..\r\n* LIST (\\HasNoChildren) \"/\" {0}\r\n\r\n"
                + "* LIST (\\HasNoChildren) \"/\" {3}\r\n\0\r\n\r\n" + done
        ),
    ]

    @Test(arguments: alterations.indices)
    func altersTheAnswer(_ index: Int) throws {
        let (action, expected) = Self.alterations[index]
        let (_, client) = try fetch(action)
        try client.send("b LOGOUT\r\n")
        #expect(client.rest() == expected + "* BYE Logging out\r\nb OK LOGOUT completed\r\n")
    }

    /// Action and all that the client sees before the connection ends.
    static let ends: [(Misbehaviour.Action, String)] = [
        (.close, ""), (.reset, ""), (.closeAfter(bytes: 35), String(good.utf8.prefix(35)) ?? ""),
        (.bye("[UNAVAILABLE] Later"), "* BYE [UNAVAILABLE] Later\r\n"),
        (.cutLiteral, "* 1 FETCH (UID 1 BODY[TEXT] {6}\r\ntex"),
    ]

    @Test(arguments: ends.indices)
    func endsTheConnection(_ index: Int) throws {
        let (action, expected) = Self.ends[index]
        let (_, client) = try fetch(action)
        #expect(client.rest() == expected)
    }

    @Test(arguments: [Misbehaviour.Action.endlessLine, .endlessLines])
    func neverEnds(_ action: Misbehaviour.Action) async throws {
        let (server, client) = try fetch(action)
        #expect(try client.bytes(1 << 20).count == 1 << 20)
        server.cutConnections()
        #expect(client.isClosed())
        #expect(server.observation.open == 0)
    }

    @Test func stallsUntilReleased() async throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server)
        let rule = server.install(Misbehaviour(on: "CREATE", at: .received, .stall))
        try client.send("a CREATE x\r\n")
        try await server.waitForFiring(rule)
        #expect(!server.account.hasFolder("x"))
        server.release(rule)
        #expect(try client.answer("a") == ["OK CREATE completed"])
        #expect(server.account.hasFolder("x"))
    }

    @Test func stallEndsWhenTheClientGoes() async throws {
        let server = try makeServer()
        var client: RawClient? = try RawClient.loggedIn(server)
        let rule = server.install(Misbehaviour(on: "NOOP", .stall))
        try client?.send("a NOOP\r\n")
        try await server.waitForFiring(rule)
        client = nil
        try await server.wait(for: "the connection to end") { $0.open == 0 }
    }

    @Test func dripsAsAllowed() async throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server)
        let rule = server.install(Misbehaviour(on: "NOOP", .drip))
        try client.send("a NOOP\r\n")
        server.allow(rule, bytes: 3)
        #expect(try client.bytes(3) == [UInt8]("a O".utf8))
        server.allow(rule, bytes: 2)
        #expect(try client.bytes(2) == [UInt8]("K ".utf8))
        server.remove(rule)
        #expect(try client.line() == "NOOP completed")
    }

    /// A command that did its work and one that did not look the same to a client that gets no answer.
    @Test(arguments: [Misbehaviour.Point.received, .answer])
    func answerLostOrCommandLost(_ point: Misbehaviour.Point) async throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        server.install(Misbehaviour(on: "UID MOVE", at: point, times: 1, .close))
        try client.send("a UID MOVE 1 Archive\r\n")
        #expect(client.isClosed())
        #expect(server.uids(in: "Archive").count == (point == .answer ? 1 : 0))
        #expect(server.observation.count("uid move") == 1)
        let again = try RawClient.loggedIn(server, select: "INBOX")
        #expect(try again.run("UID MOVE 2 Archive").last?.hasPrefix("OK") == true)
    }

    @Test func refusesTheLiteral() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server)
        server.install(Misbehaviour(on: "APPEND", at: .continuation, times: 1, .refuse("NO [OVERQUOTA] full")))
        #expect(try client.run("APPEND INBOX () {10}") == ["NO [OVERQUOTA] full"])
        server.install(Misbehaviour(on: "APPEND", at: .continuation, .close))
        try client.send("a APPEND INBOX () {10}\r\n")
        #expect(client.isClosed())
        #expect(server.observation.count("APPEND") == 1)
    }

    @Test(arguments: [
        (Misbehaviour.Action.replaceText("* PREAUTH hello\r\n"), "* PREAUTH hello\r\n"), (.close, ""),
        (.replaceText("220 mail ESMTP\r\n"), "220 mail ESMTP\r\n"), (.bye(), "* BYE Shutting down\r\n"),
    ])
    func greetings(_ action: Misbehaviour.Action, _ expected: String) throws {
        let server = try makeServer()
        server.install(Misbehaviour(at: .greeting, action))
        let client = try RawClient(server, greeting: false)
        try client.send("a LOGOUT\r\n")
        #expect(client.rest().hasPrefix(expected))
    }

    /// Rule, commands before, command, and a text that must not come although it does without the rule.
    @Test(arguments: [
        (Misbehaviour.Action.noUIDNext, "SELECT INBOX", "[UIDNEXT"), (.noUIDValidity, "SELECT INBOX", "[UIDVALIDITY"),
        (.noEnabled, "ENABLE QRESYNC", "* ENABLED"), (.highestModSeq(1), "SELECT INBOX", "[HIGHESTMODSEQ 3]"),
        (.omit("\"archive\""), "LIST \"\" *", "Archive"),
    ])
    func leavesOut(_ action: Misbehaviour.Action, _ command: String, _ text: String) throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server)
        let rule = server.install(Misbehaviour(action))
        #expect(!(try client.run(command).contains { $0.contains(text) }))
        server.remove(rule)
        #expect(try RawClient.loggedIn(server).run(command).contains { $0.contains(text) })
    }

    @Test func rulesCountTheirMatches() throws {
        let server = try makeServer()
        let first = try RawClient.loggedIn(server)
        let second = try RawClient.loggedIn(server)
        let rule = server.install(
            Misbehaviour(on: "STATUS", containing: "inbox", connection: 1, skip: 1, times: 1, .refuse("NO")))
        let answers = try [
            "STATUS Archive (UIDNEXT)", "STATUS INBOX (UIDNEXT)", "STATUS INBOX (UIDNEXT)", "STATUS INBOX (UIDNEXT)",
        ]
        .map { try first.run($0).count }
        #expect(answers == [2, 2, 1, 2])
        #expect(try second.run("STATUS INBOX (UIDNEXT)").count == 2)
        #expect(server.observation.fired[rule] == 1)
    }

    @Test func pushesMayBeSwallowedAndInjected() async throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        let rule = server.install(Misbehaviour(at: .push, .silence))
        try client.send("i IDLE\r\n")
        #expect(try client.line() == "+ idling")
        server.deliver(mail("x"), to: "INBOX")
        try await server.waitForFiring(rule)
        server.inject(lines: ["* OK Still here", "* BYE Later"])
        #expect(try client.line() == "* OK Still here")
        #expect(try client.line() == "* BYE Later")
    }
}
