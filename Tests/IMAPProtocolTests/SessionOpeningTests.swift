import IMAPCodec
import IMAPProtocol
import Testing

@Suite("Opening a session")
struct SessionOpeningTests {
    @Test("logs in over implicit TLS; what the login tells of capabilities is gone on with, and asked again")
    func implicit() throws {
        var player = OpeningPlayer(compress: true)
        try player.play(
            """
            S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ENABLE CONDSTORE] ready
            !credentials
            C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
            S: A1 OK [CAPABILITY IMAP4rev1 ID ENABLE CONDSTORE QRESYNC UTF8=ACCEPT COMPRESS=DEFLATE] in
            C: A2 COMPRESS DEFLATE
            S: A2 OK from now on
            !compress
            !opened
            !settle CAPABILITY
            !settle ID ("name" "mailmount")
            !settle ENABLE QRESYNC UTF8=ACCEPT
            """)
        let session = try #require(player.session)
        #expect(session.capabilities.has(.qresync) && !session.capabilities.names.contains("AUTH=PLAIN"))
        var tags = player.opening.followingTags
        #expect(tags.next() == "A3")
    }

    @Test("capabilities in a line of their own count when everything was said that a login needs")
    func toldBesideLogin() throws {
        var player = OpeningPlayer()
        try player.play(
            """
            S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
            !credentials
            C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
            S: * CAPABILITY IMAP4rev1 ENABLE CONDSTORE
            S: A1 OK in
            !opened
            !settle CAPABILITY
            !settle ENABLE CONDSTORE
            """)
        player = OpeningPlayer()
        try player.play(
            """
            S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
            !credentials
            C: A1 AUTHENTICATE PLAIN
            S: * CAPABILITY IMAP4rev1 ENABLE CONDSTORE
            S: +
            C: AGFsaWNlAHdvbmRlcmxhbmQ=
            S: A1 OK in
            C: A2 CAPABILITY
            """)
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

    @Test("where the login tells nothing, what is to be settled waits for the capabilities")
    func settling() throws {
        var player = OpeningPlayer()
        try player.play(
            SessionOpeningTests.loggedIn(
                "IMAP4rev1 ID ENABLE CONDSTORE",
                """
                !opened
                !settle ID ("name" "mailmount")
                !settle ENABLE CONDSTORE
                """))
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
