import Foundation
import IMAPClient
import IMAPCodec
import Logging
import Testing

@Suite("Opening a connection")
struct OpeningTests {
    @Test("logs in, learns and settles")
    func whole() async throws {
        let peer = try ScriptedPeer(
            """
            S: * OK hello
            C: A1 CAPABILITY
            S: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN
            S: A1 OK done
            C: A2 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
            S: A2 OK in
            C: A3 CAPABILITY
            S: * CAPABILITY IMAP4rev1 ID ENABLE CONDSTORE
            S: A3 OK done
            C: A4 ID ("name" "mailmount")
            C: A5 ENABLE CONDSTORE
            S: * ID ("Name" "Peer" "os" NIL)
            S: A4 OK
            S: * ENABLED CONDSTORE
            S: A5 OK
            C: A6 NOOP
            S: A6 OK done
            C: A7 LOGOUT
            S: * BYE bye
            S: A7 OK bye
            """)
        let witness = Witness()
        let connection = try await open(configuration(peer), witness)
        await connection.settled()
        #expect(connection.capabilities.has(.condstore) && !connection.capabilities.names.contains("AUTH=PLAIN"))
        #expect(connection.enabled == ["CONDSTORE"])
        #expect(connection.serverID == ["name": "Peer"])
        #expect(!connection.isClosed)
        #expect(try await connection.perform(.noop).kind == .ok)
        await connection.logout()
        #expect(await witness.closed() == [nil])
        #expect(connection.isClosed)
        #expect(try await peer.problems() == [])
    }

    @Test("commands follow the login in one breath, and what CAPABILITY says counts in the end")
    func oneBreath() async throws {
        let peer = try ScriptedPeer(
            """
            S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello
            C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
            S: A1 OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE MADEUP] in
            C: A2 CAPABILITY
            C: A3 ENABLE CONDSTORE
            C: A4 NAMESPACE
            S: * CAPABILITY IMAP4rev1 ENABLE CONDSTORE
            S: A2 OK done
            S: * ENABLED CONDSTORE
            S: A3 BAD what
            S: A4 OK done
            """)
        let connection = try await open(configuration(peer))
        #expect(connection.capabilities.names.contains("MADEUP"))
        #expect(try await connection.perform(.namespace).kind == .ok)
        await connection.settled()
        #expect(!connection.capabilities.names.contains("MADEUP") && connection.enabled == ["CONDSTORE"])
        connection.close()
        #expect(try await peer.problems() == [])
    }

    /// Up to the answers to what a session begins with.
    private static let utf8Login = """
        S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello
        C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
        S: A1 OK [CAPABILITY IMAP4rev1 LITERAL+ ENABLE UTF8=ACCEPT] in
        C: A2 CAPABILITY
        C: A3 ENABLE UTF8=ACCEPT

        """

    @Test("what is written otherwise with UTF8=ACCEPT waits until that is known", arguments: [true, false])
    func utf8(isEnabled: Bool) async throws {
        let peer = try ScriptedPeer(
            Self.utf8Login + """
                C: A4 DELETE "plain"
                S: A4 OK done
                S: * CAPABILITY IMAP4rev1 LITERAL+ ENABLE UTF8=ACCEPT
                S: A2 OK done
                """
                + (isEnabled
                    ? "\nS: * ENABLED UTF8=ACCEPT\nS: A3 OK\nC: A5 DELETE \"a\u{e9}\""
                    : "\nS: A3 NO\nC: A5 DELETE {3+}\nC: a\u{e9}")
                + "\nS: A5 OK\nC: A6 NOOP\nS: A6 OK")
        let connection = try await open(configuration(peer))
        let plain = connection.submit(.delete(bytes("plain")))
        let other = connection.submit(.delete(bytes("a\u{e9}")))
        let last = connection.submit(.noop)
        for command in [plain, other, last] { #expect(try await command.outcome().kind == .ok) }
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("who waits for what a session begins with is told when the connection ends", arguments: ["EOF", "HOLD"])
    func unsettled(how: String) async throws {
        let peer = try ScriptedPeer(Self.utf8Login + how)
        let connection = try await open(configuration(peer, timeout: .seconds(2)))
        let held = connection.submit(.delete(bytes("a\u{e9}")))
        await connection.settled()
        #expect(connection.isClosed)
        await #expect(throws: IMAPClientError.self) { try await held.outcome() }
    }

    @Test("a dialogue cut at any octet is the same dialogue", arguments: 0..<8)
    func cut(part: Int) async throws {
        let said = login.split(separator: "\n").filter { $0.hasPrefix("S: ") }.reduce(0) { $0 + $1.utf8.count - 1 }
        for cut in stride(from: part + 1, to: said, by: 8) {
            let peer = try ScriptedPeer(login + "C: A3 NOOP\nS: A3 OK done", break: .init(kind: .pause, octets: cut))
            let connection = try await open(configuration(peer))
            #expect(try await connection.perform(.noop).kind == .ok)
            connection.close()
            #expect(try await peer.problems() == [], "cut at \(cut)")
        }
    }

    @Test("a connection that ends at any step is told, never waited for", arguments: ["EOF", "RST"], 0..<7)
    func ended(how: String, after count: Int) async throws {
        let lines = login.split(separator: "\n").prefix(count).joined(separator: "\n")
        let peer = try ScriptedPeer(lines + "\n" + how)
        let result = await outcome(configuration(peer))
        if count == 6 {
            #expect(["opened", "disconnected"].contains(result))
        } else {
            #expect(["disconnected", "unreachable"].contains(result))
        }
    }

    @Test("silence at any step is told", arguments: [0, 2, 4, 5])
    func silent(after count: Int) async throws {
        let lines = login.split(separator: "\n").prefix(count).joined(separator: "\n")
        let peer = try ScriptedPeer(lines + "\nHOLD")
        #expect(await outcome(configuration(peer, timeout: .seconds(2))) == "silent")
    }

    @Test("silence in the TLS handshake is told")
    func silentTLS() async throws {
        let peer = try ScriptedPeer("HOLD")
        #expect(await outcome(configuration(peer, security: .implicit, timeout: .seconds(2))) == "silent")
    }

    @Test(
        "what a server may say instead of letting us in",
        arguments: [
            ("S: * PREAUTH welcome", "protocolViolation"), ("S: * BYE full", "disconnected"),
            ("S: * BYE [LIMIT] full", "throttled"), ("S: SSH-2.0-OpenSSH_9.2", "protocolViolation"),
            ("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x", "loginImpossible"),
            ("S: * OK [CAPABILITY LOGINDISABLED AUTH=XOAUTH2] x", "loginImpossible"),
            (
                "S: * OK [CAPABILITY IMAP4rev1] x\nC: A1 LOGIN \"alice\" \"wonderland\"\nS: A1 NO [AUTHENTICATIONFAILED] x",
                "loginRefused"
            ),
            (
                "S: * OK [CAPABILITY IMAP4rev1] x\nC: A1 LOGIN \"alice\" \"wonderland\"\nS: A1 NO [UNAVAILABLE] x",
                "throttled"
            ),
            (
                "S: * OK [CAPABILITY IMAP4rev1] x\nC: A1 LOGIN \"alice\" \"wonderland\"\nS: * BYE Suggested Backoff Time: 2500 milliseconds",
                "throttled 3"
            ),
        ])
    func refused(script: String, expected: String) async throws {
        let peer = try ScriptedPeer(script)
        #expect(await outcome(configuration(peer)) == expected)
        #expect(try await peer.problems() == [])
    }

    @Test("without TLS only this machine is talked to")
    func loopback() async throws {
        let peer = try ScriptedPeer("HOLD")
        var far = configuration(peer, host: "192.0.2.1")
        #expect(await outcome(far) == "loginImpossible")
        far.endpoint.host = "2001:db8::1"
        #expect(await outcome(far) == "loginImpossible")
        far.endpoint.host = "127.0.0.1"
        far.timeout = .seconds(2)
        #expect(await outcome(far) == "silent")
    }

    @Test("a name without address and a port without server are unreachable")
    func unreachable() async throws {
        let peer = try ScriptedPeer("EOF")
        var configuration = configuration(peer, host: "no-such-host.invalid", security: .implicit)
        #expect(await outcome(configuration) == "unreachable")
        configuration.endpoint.host = "127.0.0.1"
        configuration.endpoint.port = 1
        #expect(await outcome(configuration) == "unreachable")
        configuration.endpoint.port = peer.port
        _ = await outcome(configuration)
    }

    struct NoKeyring: Error {}

    @Test("what the credentials' source throws comes out")
    func credentials() async throws {
        let peer = try ScriptedPeer("S: * OK [CAPABILITY IMAP4rev1] x")
        var configuration = configuration(peer)
        configuration.credentials = FixedCredentials { throw NoKeyring() }
        await #expect(throws: NoKeyring.self) { try await open(configuration) }
        #expect(try await peer.problems() == [])
    }

    @Test("the source of the credentials is told of the refusal before")
    func refusal() async throws {
        let peer = try ScriptedPeer(
            """
            S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR] x
            C: A1 AUTHENTICATE PLAIN AGFsaWNlADMgdGltZXMgZXhwaXJlZA==
            S: A1 NO again
            EOF
            """)
        var configuration = configuration(peer)
        configuration.credentials = Echo()
        configuration.refusal = LoginRefusal(text: "expired", count: 3)
        #expect(await outcome(configuration) == "loginRefused")
        #expect(try await peer.problems() == [])
    }

    /// Its password says what it was told.
    struct Echo: CredentialSource {
        let renewal = CredentialRenewal.renewable
        let remedy = ""

        func credentials(after refusal: LoginRefusal?) async throws -> Credentials {
            .password(octets: bytes(refusal.map { "\($0.count) times \($0.text)" } ?? "none"))
        }
    }

    @Test("a cancelled task does not go on opening")
    func cancelled() async throws {
        let peer = try ScriptedPeer("HOLD")
        let configuration = configuration(peer)
        let task = Task { try await open(configuration) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await peer.problems() == [])
    }

    @Test(
        "no log shows what the login is made with",
        arguments: [
            ("PLAIN", "hunter2"), ("LOGIN", "hunter2"), ("command", "hunter2"), ("literal", "hunter2\u{e9}"),
            ("XOAUTH2", "tok3n"), ("OAUTHBEARER", "tok3n"),
        ])
    func secrets(way: String, secret: String) async throws {
        let offer = ["command", "literal"].contains(way) ? "IMAP4rev1" : "SASL-IR LOGINDISABLED AUTH=\(way)"
        let rest = way == "literal" ? "\nS: + go" : way == "LOGIN" ? "\nS: + VXNlcjo=\nS: + UGFzczo=" : ""
        let peer = try ScriptedPeer("S: * OK [CAPABILITY \(offer)] x\nOCTETS 10\(rest)\nS: A1 NO wrong \(secret)")
        let book = LogBook()
        let isToken = secret == "tok3n"
        let configuration = configuration(
            peer, credentials: isToken ? .token(octets: bytes(secret)) : .password(octets: bytes(secret)),
            logger: book.logger)
        #expect(await outcome(configuration) == "loginRefused")
        #expect(book.text.contains("C: A1 "), "the wire is logged")
        #expect(!book.text.contains(secret))
        let encoded = [
            "\0alice\0\(secret)", secret, "user=alice\u{1}auth=Bearer \(secret)\u{1}\u{1}",
        ].map { Data($0.utf8).base64EncodedString() }
        for text in encoded { #expect(!book.text.contains(text)) }
        #expect(!"\(configuration)".contains(secret))
    }
}
