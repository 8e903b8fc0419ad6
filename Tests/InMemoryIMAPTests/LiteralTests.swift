import InMemoryIMAP
import Testing

/// Uploads and strings that come as literals.
@Suite struct LiteralTests {
    @Test func synchronisingAppend() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server)
        try client.send("a APPEND Archive (\\Seen $X) \" 7-Feb-1994 21:52:25 -0800\" {5}\r\n")
        #expect(try client.line() == "+ Go ahead")
        try client.send("a\r\nb\r\r\n")
        #expect(try client.answer("a") == ["OK [APPENDUID 1700000002 1] Appended"])
        let message = try #require(server.messages(in: "Archive").first)
        #expect(message.bytes == [UInt8]("a\r\nb\r".utf8))
        #expect(message.flags == ["\\Seen", "$X"])
        #expect(message.internalDate == 760_686_745)
        try client.run("EXAMINE Archive")
        #expect(try client.run("UID FETCH 1 INTERNALDATE").first?.contains("\" 8-Feb-1994 05:52:25 +0000\"") == true)
    }

    @Test func severalAtOnceWithoutWaiting() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server)
        try client.send("a APPEND {7+}\r\nArchive () {1+}\r\na {1+}\r\nb (\\Flagged) {1+}\r\nc\r\nb NOOP\r\n")
        #expect(try client.answer("a") == ["OK [APPENDUID 1700000002 1:3] Appended"])
        #expect(try client.answer("b") == ["OK NOOP completed"])
        #expect(server.messages(in: "Archive").map(\.bytes) == [[0x61], [0x62], [0x63]])
        #expect(server.messages(in: "Archive").map(\.flags) == [[], [], ["\\Flagged"]])
    }

    @Test(arguments: [
        ("APPEND Nowhere () {1+}\r\nx", "NO [TRYCREATE]"), ("APPEND Archive () {0+}\r\n", "NO"),
        ("APPEND Archive () {1+}\r\n\0", "BAD"), ("APPEND Archive () ~{1+}\r\n\0", "OK"),
        ("APPEND Archive () \"x\"", "BAD"), ("APPEND Archive () {11+}\r\n01234567890", "NO [TOOBIG]"),
        ("APPEND Archive () {11}", "NO [TOOBIG]"), ("APPEND Archive (\\Recent) {1+}\r\nx", "BAD"),
        ("APPEND Archive () \"31-13-2020\" {1+}\r\nx", "BAD"),
    ])
    func refusals(_ command: String, _ completion: String) throws {
        var configuration = ServerConfiguration.full
        configuration.largestMessage = 10
        let client = try RawClient.loggedIn(try makeServer(configuration))
        #expect(try client.run(command).last?.hasPrefix(completion) == true)
        #expect(try client.run("NOOP") == ["OK NOOP completed"])
    }

    @Test func quotaIsKept() throws {
        var configuration = ServerConfiguration.full
        configuration.quota = 100
        let client = try RawClient.loggedIn(try makeServer(configuration), select: "INBOX")
        #expect(try client.run("APPEND INBOX () {12+}\r\n123456789012").last?.hasPrefix("OK") == true)
        #expect(try client.run("APPEND INBOX () {1+}\r\n1").last?.hasPrefix("NO [OVERQUOTA]") == true)
        #expect(try client.run("UID COPY 1 Archive").last?.hasPrefix("NO [OVERQUOTA]") == true)
        #expect(try client.run("UID MOVE 1 Archive").last?.hasPrefix("OK") == true)
    }

    @Test func nonSynchronisingNeedsTheCapability() throws {
        let client = try RawClient.loggedIn(try makeServer(.minimal))
        try client.send("a SELECT {5+}\r\nINBOX\r\n")
        #expect(client.rest().hasPrefix("* BYE "))
    }

    @Test func storedMayDiffer() throws {
        var configuration = ServerConfiguration.full
        configuration.stored = { $0 + [0x21] }
        let server = try makeServer(configuration)
        try RawClient.loggedIn(server).run("APPEND Archive () {1+}\r\nx")
        #expect(server.messages(in: "Archive").map(\.bytes) == [[0x78, 0x21]])
    }

    @Test(arguments: [
        (ServerConfiguration.StringStyle.atom, "* LIST () \"/\" Plain", "* LIST () \"/\" \"two words\""),
        (.quoted, "* LIST () \"/\" \"Plain\"", "* LIST () \"/\" \"two words\""),
        (.literal, "* LIST () \"/\" {5}\r\nPlain", "* LIST () \"/\" {9}\r\ntwo words"),
    ])
    func namesInEveryForm(_ style: ServerConfiguration.StringStyle, _ plain: String, _ words: String) throws {
        var configuration = ServerConfiguration.minimal
        configuration.nameStyle = style
        let server = try InMemoryServer(configuration)
        server.createFolder("Plain")
        server.createFolder("two words")
        server.createFolder([0x22, 0x5C])
        server.createFolder([0xFF, 0x00, 0x0A])
        let client = try RawClient.loggedIn(server)
        let lines = try client.run("LIST \"\" %")
        #expect(lines.count == 6)
        #expect(lines[1] == plain)
        #expect(lines[2] == words)
        #expect(style == .literal || lines[3] == "* LIST () \"/\" \"\\\"\\\\\"")
        #expect(try client.run("SELECT \"\\\"\\\\\"").last == "OK [READ-WRITE] Selected")
    }

    @Test(arguments: ["a SELECT INBOX\n", "a LOGIN {5} x\n"])
    func bareLineFeedEndsTheSession(_ line: String) throws {
        let client = try RawClient.loggedIn(try makeServer())
        try client.send(line)
        #expect(client.rest() == "* BYE Bare line feed\r\n")
    }

    @Test func overlongLineEndsTheSession() throws {
        let client = try RawClient.loggedIn(try makeServer())
        try client.send("a NOOP " + String(repeating: "x", count: 70_000))
        #expect(client.rest() == "* BYE Line too long\r\n")
    }
}
