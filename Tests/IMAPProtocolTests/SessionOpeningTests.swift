import IMAPCodec
import IMAPProtocol
import Testing

@Suite("Opening a session")
struct SessionOpeningTests {
    @Test("logs in over implicit TLS and settles what is offered")
    func implicit() throws {
        var player = OpeningPlayer(compress: true)
        try player.play(
            """
            S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
            !credentials
            C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
            S: A1 OK [CAPABILITY IMAP4rev1 FAKE] in
            C: A2 CAPABILITY
            S: * CAPABILITY IMAP4rev1 ID ENABLE CONDSTORE QRESYNC UTF8=ACCEPT COMPRESS=DEFLATE
            S: A2 OK done
            C: A3 ID ("name" "mailmount")
            C: A4 ENABLE QRESYNC UTF8=ACCEPT
            S: * ID ("name" "Example" "os" NIL)
            S: * ENABLED qresync
            S: A4 OK enabled
            S: A3 OK known
            C: A5 COMPRESS DEFLATE
            S: A5 OK from now on
            !compress
            !opened
            """)
        let session = try #require(player.session)
        #expect(session.enabled == ["QRESYNC"])
        #expect(session.serverID == [IDField("name", "Example"), IDField("os", nil)])
        #expect(session.capabilities.has(.qresync) && !session.capabilities.names.contains("FAKE"))
        var tags = player.opening.followingTags
        #expect(tags.next() == "A6")
    }

    @Test("upgrades by STARTTLS and believes nothing that was said before it")
    func startTLS() throws {
        var player = OpeningPlayer(security: .startTLS)
        try player.play(
            """
            S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LOGINDISABLED] ready
            C: A1 STARTTLS
            S: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN
            S: A1 OK go
            !starttls
            C: A2 CAPABILITY
            S: * CAPABILITY IMAP4rev1
            S: A2 OK done
            !credentials
            C: A3 LOGIN "alice" "wonderland"
            S: A3 OK in
            C: A4 CAPABILITY
            S: * CAPABILITY IMAP4rev1
            S: A4 OK done
            !opened
            """)
        #expect(player.session == OpenedSession(capabilities: Capabilities(["IMAP4rev1"])))
    }

    @Test("a CAPABILITY that tells nothing after STARTTLS is not replaced by what was told before")
    func forgotten() throws {
        var player = OpeningPlayer(security: .startTLS)
        try player.play(
            """
            S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
            C: A1 STARTTLS
            S: A1 OK go
            !starttls
            C: A2 CAPABILITY
            S: A2 OK done
            !fail violation
            """)
    }

    @Test(
        "what must not happen before TLS ends the session",
        arguments: [
            ("S: * PREAUTH [CAPABILITY IMAP4rev1] welcome", "violation"),
            ("S: * OK hello\nC: A1 STARTTLS\nS: * PREAUTH in", "violation"),
            ("S: * OK hello\nC: A1 STARTTLS\nS: A1 NO not today", "impossible"),
            ("S: * OK hello\nC: A1 STARTTLS\nS: A1 BAD what", "impossible"),
            ("S: * OK hello\nC: A1 STARTTLS\nS: A1 NO [UNAVAILABLE] later", "throttled"),
            ("S: * OK hello\nC: A1 STARTTLS\nS: A2 OK in", "violation"),
            ("S: * OK hello\nC: A1 STARTTLS\nS: + go on", "violation"),
            ("S: * OK hello\nC: A1 STARTTLS\nS: * BYE bye", "ended"),
            ("S: * BYE too many", "ended"),
            ("S: * BYE [LIMIT] too many", "throttled"),
            ("S: * BYE Suggested Backoff Time: 299961 milliseconds", "throttled 300"),
            ("S: * NO no", "violation"),
            ("S: * 3 EXISTS", "violation"),
            ("S: A1 OK early", "violation"),
            ("S: + early", "violation"),
        ])
    func beforeTLS(script: String, failure: String) throws {
        var player = OpeningPlayer(security: .startTLS)
        try player.play(script + "\n!fail \(failure)")
        #expect(player.opening.responseReceived(try response("* OK again")).isEmpty)
    }

    @Test("PREAUTH is refused over TLS as well", arguments: [SessionOpening.Security.implicit, .none])
    func preauth(security: SessionOpening.Security) throws {
        var player = OpeningPlayer(security: security)
        try player.play("S: * PREAUTH welcome\n!fail violation")
    }

    @Test("an answer that was there before its command could be sent is refused")
    func early() throws {
        for line in ["A1 OK go", "A1 NO no"] {
            var player = OpeningPlayer(security: .startTLS)
            player.opening.readBegan()
            #expect(player.record(player.opening.responseReceived(try response("* OK hello"))) == ["C: A1 STARTTLS"])
            #expect(
                player.record(player.opening.responseReceived(try response(line))) == ["!fail violation"])
        }
    }

    @Test("text from before TLS is not shown to people")
    func untrusted() throws {
        var player = OpeningPlayer(security: .startTLS)
        try player.play("S: * BYE call 555-0100 with your password\n!fail ended")
        guard case .ended(let text)? = player.failure else { return }
        #expect(!text.contains("555"))
    }

    @Test("unreadable lines cost themselves, or the session where everything waits for them")
    func unreadable() throws {
        var player = OpeningPlayer()
        #expect(player.record(player.opening.unreadableReceived(bytes("HTTP/1.1"))) == ["!fail violation"])
        player = OpeningPlayer()
        try player.play("S: * OK hello\nC: A1 CAPABILITY")
        #expect(player.record(player.opening.unreadableReceived(bytes("* CAPABILITY ("))) == [])
        #expect(player.record(player.opening.unreadableReceived(bytes("A1 WHAT"))) == ["!fail violation"])
    }

    @Test("COMPRESS that is refused leaves the session as it is")
    func compressRefused() throws {
        var player = OpeningPlayer(compress: true)
        try player.play(
            SessionOpeningTests.loggedIn(
                "IMAP4rev1 COMPRESS=DEFLATE", "C: A3 COMPRESS DEFLATE\nS: A3 NO not now\n!opened"))
    }

    @Test("COMPRESS is asked only where wished and offered", arguments: [(false, "COMPRESS=DEFLATE"), (true, "IDLE")])
    func compressUnasked(compress: Bool, capability: String) throws {
        var player = OpeningPlayer(compress: compress)
        try player.play(SessionOpeningTests.loggedIn("IMAP4rev1 \(capability)", "!opened"))
    }

    @Test("ID and ENABLE that are refused, in any order, do not matter")
    func settling() throws {
        var player = OpeningPlayer()
        try player.play(
            SessionOpeningTests.loggedIn(
                "IMAP4rev1 ID ENABLE CONDSTORE",
                """
                C: A3 ID ("name" "mailmount")
                C: A4 ENABLE CONDSTORE
                S: A3 NO no
                S: A4 BAD no
                !opened
                """))
        #expect(player.session?.enabled == [])
    }

    @Test("names enabled before login do not count")
    func enabledEarly() throws {
        var player = OpeningPlayer()
        try player.play("S: * OK hello\nC: A1 CAPABILITY\nS: * ENABLED QRESYNC\nS: * ID (\"name\" \"x\")")
        #expect(player.session == nil)
        try player.play(
            """
            S: * CAPABILITY IMAP4rev1
            S: A1 OK
            !credentials
            C: A2 LOGIN "alice" "wonderland"
            S: A2 OK
            C: A3 CAPABILITY
            S: * CAPABILITY IMAP4rev1
            S: A3 OK
            !opened
            """)
        #expect(player.session?.enabled == [] && player.session?.serverID == [])
    }

    @Test("a server's silence counts while an answer is due, and only then")
    func due() throws {
        var player = OpeningPlayer()
        #expect(player.opening.isAnswerDue)
        _ = player.opening.responseReceived(try response("* OK [CAPABILITY IMAP4rev1] hello"))
        #expect(!player.opening.isAnswerDue)
        _ = player.opening.credentialsProvided(Secret(bytes("x")), kind: .password)
        #expect(player.opening.isAnswerDue && player.opening.isConfidential)
        player.opening.readBegan()
        _ = player.opening.responseReceived(try response("A1 NO no"))
        #expect(!player.opening.isAnswerDue)
    }

    /// A login with tags A1 and A2, then `rest`.
    static func loggedIn(_ capabilities: String, _ rest: String) -> String {
        """
        S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
        !credentials
        C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
        S: A1 OK in
        C: A2 CAPABILITY
        S: * CAPABILITY \(capabilities)
        S: A2 OK done
        \(rest)
        """
    }
}
