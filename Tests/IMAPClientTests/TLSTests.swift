import Foundation
import IMAPClient
import IMAPCodec
import Testing

@Suite("TLS")
struct TLSTests {
    @Test("a certificate that fits opens the connection", arguments: ["localhost", "127.0.0.1", "LOCALHOST"])
    func good(host: String) async throws {
        let made = try TestCertificates.made.get()
        let name = host == "127.0.0.1" ? "-" : host
        let peer = try ScriptedPeer("TLS\nSNI \(name)\n" + login + "C: A3 NOOP\nS: A3 OK done", tls: made.good)
        let connection = try await open(
            configuration(peer, host: host, security: .implicit, caFile: made.authority))
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    struct BadCase: Sendable, CustomTestStringConvertible {
        var name: String
        var server: @Sendable (TestCertificates.Made) -> String
        var authority: @Sendable (TestCertificates.Made) -> String?
        var host = "localhost"
        var word: String
        var testDescription: String { name }
    }

    static let badCases: [BadCase] = [
        BadCase(name: "expired", server: \.expired, authority: { $0.authority }, word: "expired"),
        BadCase(name: "wrong host", server: \.wrongHost, authority: { $0.authority }, word: "another host"),
        BadCase(
            name: "wrong address", server: \.wrongHost, authority: { $0.authority }, host: "127.0.0.1",
            word: "another host"),
        BadCase(
            name: "the host in the subject alone", server: \.subjectOnly, authority: { $0.authority },
            word: "another host"),
        BadCase(name: "unknown issuer", server: \.good, authority: { _ in nil }, word: "issuer is unknown"),
        BadCase(name: "other issuer", server: \.good, authority: { $0.otherAuthority }, word: "issuer is unknown"),
        BadCase(name: "signed by itself", server: \.selfSigned, authority: { _ in nil }, word: "signed by itself"),
        BadCase(name: "no CA file", server: \.good, authority: { _ in "/nonexistent/ca.pem" }, word: "cannot be used"),
        BadCase(name: "no PEM in it", server: \.good, authority: { _ in "/etc/hostname" }, word: "cannot be used"),
    ]

    @Test("a certificate that does not fit is refused, and the text says why", arguments: badCases)
    func bad(test: BadCase) async throws {
        let made = try TestCertificates.made.get()
        for script in ["TLS\nS: * OK hello\nHOLD", "S: * OK hello\nC: A1 STARTTLS\nS: A1 OK go\nTLS\nS: * OK\nHOLD"] {
            let peer = try ScriptedPeer(script, tls: test.server(made))
            let configuration = configuration(
                peer, host: test.host, security: script.hasPrefix("TLS") ? .implicit : .startTLS,
                caFile: test.authority(made))
            do {
                _ = try await open(configuration)
                Issue.record("accepted")
            } catch IMAPClientError.untrusted(let text) {
                #expect(text.contains(test.word))
                if test.word == "issuer is unknown" { #expect(text.contains("--ca-file")) }
            }
            if test.word == "cannot be used" {
                // Nobody connected: let the peer go.
                var other = configuration
                other.caFile = nil
                _ = await outcome(other)
            }
            _ = try await peer.problems()
        }
    }

    @Test("a certificate signed by itself is trusted where it is named")
    func selfSigned() async throws {
        let made = try TestCertificates.made.get()
        let peer = try ScriptedPeer("TLS\n" + login, tls: made.selfSigned)
        #expect(
            await outcome(
                configuration(peer, host: "localhost", security: .implicit, caFile: made.selfSigned)) == "opened")
    }

    @Test("STARTTLS, then everything anew")
    func startTLS() async throws {
        let made = try TestCertificates.made.get()
        let peer = try ScriptedPeer(
            """
            S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR XFAKE] hello
            C: A1 STARTTLS
            S: A1 OK go
            TLS
            C: A2 CAPABILITY
            S: * CAPABILITY IMAP4rev1
            S: A2 OK
            C: A3 LOGIN "alice" "wonderland"
            S: A3 OK
            C: A4 CAPABILITY
            S: * CAPABILITY IMAP4rev1 IDLE
            S: A4 OK
            """, tls: made.good)
        let connection = try await open(
            configuration(peer, host: "localhost", security: .startTLS, caFile: made.authority))
        #expect(connection.capabilities == Capabilities(["IMAP4rev1", "IDLE"]))
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("STARTTLS cut at any octet", arguments: 1..<38)
    func cut(at cut: Int) async throws {
        let made = try TestCertificates.made.get()
        let peer = try ScriptedPeer(
            "S: * OK hello there\nC: A1 STARTTLS\nS: A1 OK go on\nTLS\nC: A2 CAPABILITY\nS: * BYE enough",
            tls: made.good, break: .init(kind: .pause, octets: cut))
        #expect(
            await outcome(configuration(peer, host: "localhost", security: .startTLS, caFile: made.authority))
                == "disconnected")
        #expect(try await peer.problems() == [])
    }

    @Test(
        "octets injected before TLS end the connection, and no credentials leave",
        arguments: [
            "S~ A1 OK go\\r\\n* CAPABILITY IMAP4rev1\\r\\n", "S~ A1 OK go\\r\\nA2 OK\\r\\n", "S~ A1 OK go\\r\\n*",
            "S~ A1 OK go\\r\\n\\r\\n", "S~ * OK x\\r\\nA1 OK go\\r\\n ", "S~ * PREAUTH x\\r\\n", "S~ A1 NO go\\r\\n",
            "S~ A2 OK in\\r\\n", "S~ * BYE\\r\\n", "S~ + \\r\\n",
        ])
    func injection(line: String) async throws {
        let made = try TestCertificates.made.get()
        let peer = try ScriptedPeer(
            "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hello\nC: A1 STARTTLS\n" + line, tls: made.good)
        let result = await outcome(
            configuration(peer, host: "localhost", security: .startTLS, caFile: made.authority))
        let expected =
            line.contains("BYE") ? "disconnected" : line.contains("A1 NO") ? "loginImpossible" : "protocolViolation"
        #expect(result == expected)
        #expect(try await peer.problems() == [])
    }

    @Test("an answer to STARTTLS in one piece with the greeting is an injection")
    func early() async throws {
        let peer = try ScriptedPeer("S~ * OK hello\\r\\nA1 OK go\\r\\n")
        #expect(await outcome(configuration(peer, host: "localhost", security: .startTLS)) == "protocolViolation")
    }

    @Test("what is no TLS is told", arguments: ["S: * OK hello", "S~ \u{15}\u{3}\u{1}\\n", "EOF", "RST"])
    func noTLS(line: String) async throws {
        let peer = try ScriptedPeer(line)
        let result = await outcome(
            configuration(peer, host: "localhost", security: .implicit, timeout: .seconds(2)))
        #expect(result == "unreachable" || (result == "silent" && line.hasPrefix("S~")))
    }

    @Test("much data passes whole")
    func bulk() async throws {
        let made = try TestCertificates.made.get()
        let peer = try ScriptedPeer(
            "TLS\n" + login + "C: A3 NOOP\n" + String(repeating: "S: * OK %100000%\n", count: 40) + "S: A3 OK",
            tls: made.good)
        let witness = Witness()
        let connection = try await open(
            configuration(peer, host: "localhost", security: .implicit, caFile: made.authority), witness)
        #expect(try await connection.perform(.noop).kind == .ok)
        let seen = await witness.unsolicited(40)
        let whole = Untagged.status(StatusResponse(kind: .ok, text: String(repeating: "x", count: 100_000)))
        #expect(seen.count == 40 && seen.allSatisfy { $0 == whole })
        connection.close()
    }
}
