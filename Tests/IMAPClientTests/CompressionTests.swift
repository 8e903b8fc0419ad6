import IMAPCodec
import Testing

@testable import IMAPClient

@Suite("COMPRESS=DEFLATE")
struct CompressionTests {
    static let login = """
        S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
        C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
        S: A1 OK in
        C: A2 CAPABILITY
        S: * CAPABILITY IMAP4rev1 COMPRESS=DEFLATE
        S: A2 OK done
        C: A3 COMPRESS DEFLATE

        """

    @Test("both ways, from the octet after the answer on", arguments: [nil, 250, 251, 252, 253, 254, 255, 256, 260])
    func compressed(cut: Int?) async throws {
        let peer = try ScriptedPeer(
            CompressionTests.login
                + "S: A3 OK active\nDEFLATE\nS: * OK pushed at once\nC: A4 NOOP\nS: * OK %50000%\nS: A4 OK\nC: A5 LOGOUT\nS: A5 OK",
            break: cut.map { .init(kind: .pause, octets: $0) })
        let witness = Witness()
        let connection = try await open(configuration(peer, compress: true), witness)
        #expect(try await connection.perform(.noop).kind == .ok)
        #expect(await witness.unsolicited(1).first == .status(StatusResponse(kind: .ok, text: "pushed at once")))
        await connection.logout()
        #expect(try await peer.problems() == [])
    }

    @Test("what a session begins with is compressed too", arguments: [nil, 200, 210])
    func settling(cut: Int?) async throws {
        let peer = try ScriptedPeer(
            """
            S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
            C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
            S: A1 OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE ENABLE QRESYNC] in
            C: A2 COMPRESS DEFLATE
            S: A2 OK active
            DEFLATE
            C: A3 CAPABILITY
            C: A4 ENABLE QRESYNC
            S: * CAPABILITY IMAP4rev1 COMPRESS=DEFLATE ENABLE QRESYNC
            S: A3 OK
            S: * ENABLED QRESYNC
            S: A4 OK
            C: A5 NOOP
            S: A5 OK
            """, break: cut.map { .init(kind: .pause, octets: $0) })
        let connection = try await open(configuration(peer, compress: true))
        await connection.settled()
        #expect(connection.enabled == ["QRESYNC"])
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("a refused COMPRESS leaves the connection in clear")
    func refused() async throws {
        let peer = try ScriptedPeer(CompressionTests.login + "S: A3 NO no\nC: A4 NOOP\nS: A4 OK")
        let connection = try await open(configuration(peer, compress: true))
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("damage is told")
    func damaged() async throws {
        let peer = try ScriptedPeer(CompressionTests.login + "S~ A3 OK active\\r\\n\u{7f}\u{7f}\u{7f}\u{7f}\nHOLD")
        let witness = Witness()
        do {
            let connection = try await open(configuration(peer, compress: true), witness)
            #expect(await witness.closed().map { $0.map { kind($0) } } == ["protocolViolation"])
            #expect(connection.isClosed)
        } catch {
            // The damage came in one read with the answer.
            #expect(kind(error) == "protocolViolation")
        }
    }

    @Test("a server may end its stream, which ends the connection")
    func ended() throws {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
        defer { scratch.deallocate() }
        let inflate = InflateStream()
        // An empty final block of fixed codes, and something after it.
        try ([0x03, 0x00, 0x55] as [UInt8]).withUnsafeBytes { bytes in
            try inflate.inflate(bytes, scratch: scratch) { _ in Issue.record("there is nothing in it") }
        }
        #expect(inflate.isEnded)
    }

    @Test("what one read expands to is bounded")
    func bomb() throws {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)
        defer { scratch.deallocate() }
        let piece = [UInt8](repeating: 0, count: 80 << 20)
        var compressed: [UInt8] = []
        piece.withUnsafeBytes { DeflateStream().deflate($0, scratch: scratch) { compressed += $0 } }
        var most = 0
        var total = 0
        #expect(throws: IMAPClientError.self) {
            try compressed.withUnsafeBytes { bytes in
                try InflateStream().inflate(bytes, scratch: scratch) { piece in
                    most = max(most, piece.count)
                    total += piece.count
                }
            }
        }
        #expect(most <= 65_536 && total <= InflateStream.mostOctets(from: compressed.count))
    }

    @Test("any text comes out as it went in, in pieces of any size", arguments: [1, 2, 3, 7, 64, 1_000])
    func pieces(size: Int) throws {
        let text = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 4) }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128, alignment: 1)
        defer { scratch.deallocate() }
        let deflate = DeflateStream()
        let inflate = InflateStream()
        var compressed: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 5_000) {
            Array(text[start..<(start + 5_000)]).withUnsafeBytes { bytes in
                deflate.deflate(bytes, scratch: scratch) { compressed += $0 }
            }
        }
        var result: [UInt8] = []
        for start in stride(from: 0, to: compressed.count, by: size) {
            try Array(compressed[start..<min(start + size, compressed.count)]).withUnsafeBytes { bytes in
                try inflate.inflate(bytes, scratch: scratch) { result += $0 }
            }
        }
        #expect(result == text && !inflate.isEnded)
    }
}
