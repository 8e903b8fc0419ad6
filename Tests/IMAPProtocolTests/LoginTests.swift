import IMAPCodec
import IMAPProtocol
import Testing

@Suite("Login")
struct LoginTests {
    @Test(
        "the strongest way that both sides know is taken",
        arguments: [
            ("AUTH=PLAIN AUTH=LOGIN AUTH=SCRAM-SHA-256 AUTH=XOAUTH2", CredentialKind.password, "SCRAM-SHA-256"),
            ("AUTH=LOGIN AUTH=PLAIN AUTH=SCRAM-SHA-1 AUTH=CRAM-MD5", .password, "PLAIN"),
            ("AUTH=LOGIN AUTH=NTLM", .password, "LOGIN"), ("AUTH=CRAM-MD5", .password, "command"),
            ("IMAP4REV1", .password, "command"), ("LOGINDISABLED", .password, ""),
            ("LOGINDISABLED AUTH=PLAIN", .password, "PLAIN"), ("LOGINDISABLED AUTH=XOAUTH2", .password, ""),
            ("AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER", .token, "OAUTHBEARER"), ("AUTH=XOAUTH2", .token, "XOAUTH2"),
            ("AUTH=PLAIN AUTH=SCRAM-SHA-256", .token, ""), ("", .token, ""),
        ])
    func choice(names: String, kind: CredentialKind, expected: String) {
        let capabilities = Capabilities(names.split(separator: " ").map(String.init))
        let first = LoginMethod.offered(for: kind, by: capabilities).first
        switch first {
        case .authenticate(let mechanism): #expect(mechanism.rawValue == expected)
        case .loginCommand: #expect(expected == "command")
        case nil: #expect(expected == "")
        }
    }

    @Test("SCRAM proves both sides")
    func scram() throws {
        var player = LoginTests.player("SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN", user: "user", secret: "pencil")
        try player.play(
            """
            !credentials
            C: A1 AUTHENTICATE SCRAM-SHA-256 biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=
            S: + \(LoginTests.base64(SCRAMTests.serverFirst))
            !key
            C: \(LoginTests.base64("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
            S: + \(LoginTests.base64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
            C:\(" ")
            S: A1 OK in
            C: A2 CAPABILITY
            """)
    }

    @Test(
        "a server that says OK without having proved itself is left",
        arguments: ["S: A1 OK in", "S: + \(LoginTests.base64(SCRAMTests.serverFirst))\n!key\nC: *\nS: A1 OK in"])
    func unproven(script: String) throws {
        var player = LoginTests.player("SASL-IR AUTH=SCRAM-SHA-256", user: "user", secret: "pencil")
        var lines = player.record(player.opening.credentialsProvided(player.secret, kind: .password))
        for line in script.split(separator: "\n") where line.hasPrefix("S: ") {
            player.opening.readBegan()
            lines += player.record(player.opening.responseReceived(try response(String(line.dropFirst(3)))))
        }
        #expect(lines.last == "!fail violation")
    }

    @Test("a mechanism refused before a secret was sent makes room for the next")
    func next() throws {
        var player = LoginTests.player("SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN", user: "user", secret: "pencil")
        try player.play(
            """
            !credentials
            C: A1 AUTHENTICATE SCRAM-SHA-256 biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=
            S: A1 NO no such verifier
            C: A2 AUTHENTICATE PLAIN AHVzZXIAcGVuY2ls
            S: A2 NO [AUTHENTICATIONFAILED] wrong
            !fail refused
            """)
    }

    @Test(
        "PLAIN without SASL-IR waits for the server, whatever it says with its +", arguments: ["+", "+ ", "+ go ahead"])
    func plain(continuation: String) throws {
        var player = LoginTests.player("AUTH=PLAIN")
        try player.play(
            "!credentials\nC: A1 AUTHENTICATE PLAIN\nS: \(continuation)\nC: AGFsaWNlAHdvbmRlcmxhbmQ=\nS: A1 OK in\nC: A2 CAPABILITY"
        )
    }

    @Test("LOGIN answers two questions, then no more")
    func login() throws {
        var player = LoginTests.player("SASL-IR LOGINDISABLED AUTH=LOGIN")
        try player.play(
            """
            !credentials
            C: A1 AUTHENTICATE LOGIN
            S: + VXNlcm5hbWU6
            C: YWxpY2U=
            S: + UGFzc3dvcmQ6
            C: d29uZGVybGFuZA==
            S: + Zm9v
            !fail violation
            """)
    }

    @Test(
        "OAuth errors are answered with an empty line, then the refusal is told", arguments: ["OAUTHBEARER", "XOAUTH2"])
    func oauth(mechanism: String) throws {
        var player = LoginTests.player("SASL-IR AUTH=\(mechanism)", secret: "tok", kind: .token)
        let message =
            mechanism == "XOAUTH2"
            ? "user=alice\u{1}auth=Bearer tok\u{1}\u{1}"
            : "n,a=alice,\u{1}host=imap.example.org\u{1}port=993\u{1}auth=Bearer tok\u{1}\u{1}"
        try player.play(
            """
            !credentials
            C: A1 AUTHENTICATE \(mechanism) \(LoginTests.base64(message))
            S: + eyJzdGF0dXMiOiI0MDEifQ==
            C:\(" ")
            S: A1 NO [AUTHENTICATIONFAILED] expired
            !fail refused
            """)
    }

    @Test(
        "refusals that mean later are told apart from wrong credentials",
        arguments: [
            ("A1 NO [AUTHENTICATIONFAILED] no", "refused"), ("A1 NO no", "refused"), ("A1 BAD what", "refused"),
            ("A1 NO [UNAVAILABLE] db", "throttled"), ("A1 NO [LIMIT] many", "throttled"),
            ("A1 NO [INUSE] locked", "throttled"),
            ("A1 NO Login denied. Suggested Backoff Time: 1500 milliseconds", "throttled 2"),
            ("* BYE shutdown", "ended"),
            ("* BYE [UNAVAILABLE] shutdown", "throttled"), ("A2 OK other", "violation"),
            ("A1 PREAUTH what", "unreadable"),
            ("+ AAAA", "violation"),
        ])
    func refusals(line: String, failure: String) throws {
        var player = LoginTests.player("SASL-IR AUTH=PLAIN AUTH=LOGIN")
        _ = player.record(player.opening.credentialsProvided(player.secret, kind: .password))
        player.opening.readBegan()
        guard let parsed = try? response(line) else {
            #expect(failure == "unreadable")
            return
        }
        let expected = failure == "unreadable" ? "refused" : failure
        #expect(player.record(player.opening.responseReceived(parsed)) == ["!fail \(expected)"])
    }

    @Test("the LOGIN command sends a literal only after the server's word, and nothing after a NO")
    func literal() throws {
        var player = LoginTests.player("IMAP4rev1", user: "al\u{e9}", secret: "p\u{e4}ss")
        var sent = player.record(player.opening.credentialsProvided(player.secret, kind: .password))
        #expect(sent == ["C: A1 LOGIN {4}"])
        player.opening.readBegan()
        sent = player.record(player.opening.responseReceived(try response("+ more")))
        #expect(sent == ["C: al\u{e9} {5}"])
        player.opening.readBegan()
        sent = player.record(player.opening.responseReceived(try response("A1 NO no")))
        #expect(sent == ["!fail refused"])
    }

    @Test("an OK in the middle of the LOGIN command is not believed")
    func earlyOK() throws {
        var player = LoginTests.player("IMAP4rev1", user: "al\u{e9}", secret: "x")
        _ = player.record(player.opening.credentialsProvided(player.secret, kind: .password))
        player.opening.readBegan()
        #expect(player.record(player.opening.responseReceived(try response("A1 OK in"))) == ["!fail violation"])
    }

    @Test(
        "credentials that no way can carry are refused here",
        arguments: [
            ("SASL-IR LOGINDISABLED AUTH=PLAIN", "a\0b"), ("IMAP4rev1", "a\r\nA2 LOGOUT"), ("LOGINDISABLED", "x"),
        ])
    func impossible(names: String, secret: String) {
        var player = LoginTests.player(names, secret: secret)
        #expect(
            player.record(player.opening.credentialsProvided(player.secret, kind: .password)).last == "!fail impossible"
        )
    }

    @Test("no description shows a secret")
    func secrets() {
        var player = LoginTests.player("SASL-IR AUTH=PLAIN", secret: "hunter2")
        let actions = player.opening.credentialsProvided(player.secret, kind: .password)
        let all = "\(actions) \(String(reflecting: actions)) \(player.opening)"
        #expect(!all.contains("hunter2") && !all.contains(LoginTests.base64("\0alice\0hunter2")))
    }

    static func base64(_ text: String) -> String { String(decoding: Base64.encode(bytes(text)), as: UTF8.self) }

    /// A player that stands where credentials are wanted.
    static func player(
        _ capabilities: String, user: String = "alice", secret: String = "wonderland", kind: CredentialKind = .password
    ) -> OpeningPlayer {
        var player = OpeningPlayer(user: user)
        player.secret = Secret(bytes(secret))
        player.kind = kind
        try? player.feed("* OK [CAPABILITY \(capabilities)] ready")
        return player
    }

    /// HAZARD 63.
    @Test("a login without end is ended", arguments: [CredentialKind.token, .password])
    func endless(kind: CredentialKind) throws {
        var player = OpeningPlayer()
        player.kind = kind
        try player.feed("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=LOGIN] ready")
        let first = player.opening.credentialsProvided(player.secret, kind: kind)
        _ = player.record(first)
        var challenges = 0
        while player.failure == nil, challenges < 1_000 {
            try player.feed("+ e30=")
            challenges += 1
        }
        #expect(player.failure.map(name) == "violation")
        #expect(challenges <= 17)
    }

    @Test("talk that moves nothing on is ended", arguments: ["* OK wait", "* CAPABILITY IMAP4rev1", "* 1 EXISTS"])
    func endlessTalk(line: String) throws {
        var player = OpeningPlayer()
        try player.feed("* OK ready")
        var lines = 0
        while player.failure == nil, lines < 10_000 {
            try player.feed(line)
            lines += 1
        }
        #expect(player.failure.map(name) == "violation")
        #expect(lines <= 1_000)
    }
}
