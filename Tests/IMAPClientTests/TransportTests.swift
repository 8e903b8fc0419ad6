import COpenSSL
import Foundation
import Glibc
import NIOCore
import Testing

@testable import IMAPClient

@Suite("Transport")
struct TransportTests {
    @Test(
        "only addresses of this machine are loopback",
        arguments: [
            ("127.0.0.1", true), ("127.255.255.254", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("128.0.0.1", false), ("10.0.0.1", false), ("0.0.0.0", false), ("::", false), ("::2", false),
            ("::ffff:10.0.0.1", false), ("127::1", false), ("fe80::1", false),
        ])
    func loopback(address: String, expected: Bool) throws {
        #expect(NetworkAddress.isLoopback(try SocketAddress(ipAddress: address, port: 143)) == expected)
    }

    @Test("a socket file is no loopback address")
    func socketFile() throws {
        #expect(!NetworkAddress.isLoopback(try SocketAddress(unixDomainSocketPath: "/tmp/127.0.0.1")))
    }

    @Test(
        "literals are told from names",
        arguments: [
            ("127.0.0.1", true), ("::1", true), ("2001:db8::7", true), ("localhost", false), ("127.1.example", false),
            ("", false), ("1.2.3.4.5", false),
        ])
    func literal(host: String, expected: Bool) {
        #expect(NetworkAddress.isLiteral(host) == expected)
    }

    @Test("every TLS context verifies, from TLS 1.2 on")
    func context() throws {
        let context = try TLSContext(caFile: nil)
        #expect(SSL_CTX_get_verify_mode(context.context) == SSL_VERIFY_PEER)
        #expect(SSL_CTX_ctrl(context.context, SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nil) == Int(TLS1_2_VERSION))
    }

    @Test("connections in quick succession share a TLS context, until the CA file is renewed")
    func recent() throws {
        let made = try TestCertificates.made.get()
        let file = FileManager.default.temporaryDirectory.path + "/authority-\(UUID().uuidString).pem"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try FileManager.default.copyItem(atPath: made.authority, toPath: file)
        let context = try TLSContext.recent(caFile: file)
        #expect(try TLSContext.recent(caFile: file) === context)
        try FileManager.default.removeItem(atPath: file)
        #expect(throws: IMAPClientError.self) { try TLSContext.recent(caFile: file) }
        try FileManager.default.copyItem(atPath: made.selfSigned, toPath: file)
        let renewed = try TLSContext.recent(caFile: file)
        #expect(renewed !== context)
        #expect(try TLSContext.recent(caFile: nil) !== renewed)
    }

    @Test("a host that no certificate can be for is refused", arguments: ["", ".", "a\0b"])
    func host(name: String) throws {
        let context = try TLSContext(caFile: nil)
        #expect(throws: IMAPClientError.self) { try TLSSession(context: context, host: name) }
    }

    @Test("sockets notice a dead peer and do not wait to fill segments")
    func options() async throws {
        let peer = try ScriptedPeer("HOLD")
        let endpoint = Endpoint(host: "127.0.0.1", port: peer.port, security: .none)
        let channel = try await Connector.connect(to: endpoint, timeout: .seconds(10))
        let level = Int(IPPROTO_TCP)
        #expect(try await channel.getOption(.socket(level, TCP_USER_TIMEOUT)).get() == 30_000)
        #expect(try await channel.getOption(.socket(level, TCP_KEEPIDLE)).get() == 60)
        #expect(try await channel.getOption(.socket(level, TCP_NODELAY)).get() == 1)
        #expect(try await channel.getOption(.socketOption(.so_keepalive)).get() != 0)
        try await channel.close().get()
        #expect(try await peer.problems() == [])
    }

    @Test(
        "durations become nanoseconds without overflow",
        arguments: [
            (Duration.seconds(15), 15_000_000_000), (.milliseconds(1), 1_000_000), (.zero, 1), (.seconds(-5), 1),
            (.seconds(Int64.max), Int64.max), (.seconds(9_223_372_036) + .milliseconds(900), .max),
        ] as [(Duration, Int64)])
    func durations(duration: Duration, nanoseconds: Int64) {
        #expect(duration.nanosecondsClamped == nanoseconds)
    }
}
