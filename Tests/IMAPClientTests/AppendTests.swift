import Foundation
import IMAPClient
import IMAPCodec
import IMAPValue
import PosixFile
import Testing

@Suite("APPEND")
struct AppendTests {
    private func file(_ octets: [UInt8]) throws -> FileDescriptor {
        let place = FileManager.default.temporaryDirectory.appending(path: "append-\(UUID().uuidString)")
        try Data(octets).write(to: place)
        defer { try? FileManager.default.removeItem(at: place) }
        return try FileDescriptor(reading: place.path)
    }

    @Test("messages leave from their files, octet for octet", arguments: [0, 1, 65_536, 3_000_000])
    func content(count: Int) async throws {
        let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
        let peer = try ScriptedPeer(
            login
                + "C: A3 APPEND \"x\" () {\(count)}\nS: + go\nOCTETS \(count)\nC:  () {3}\nS: + go\nOCTETS 3\nC: \nS: A3 OK\nC: A4 NOOP\nS: A4 OK"
        )
        let connection = try await open(configuration(peer))
        let source = try file([1, 2, 3] + octets)
        let messages = [count, 3].map { AppendMessage(flags: Flags(), internalDate: nil, octets: UInt64($0)) }
        let answer = connection.submit(
            .append(bytes("x"), messages),
            contents: [
                AppendSource(source, offset: 3),
                AppendSource(source),
            ])
        let next = connection.submit(.noop)
        #expect(try await answer.outcome().kind == .ok)
        #expect(try await next.outcome().kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
        #expect(peer.octets == octets + [1, 2, 3])
    }

    @Test("a file that is too short ends the connection rather than the message's limits")
    func short() async throws {
        let peer = try ScriptedPeer(login + "C: A3 APPEND \"x\" () {10}\nS: + go\nHOLD")
        let connection = try await open(configuration(peer))
        let source = try file([1, 2, 3])
        await #expect(throws: IMAPClientError.self) {
            try await connection.perform(
                .append(bytes("x"), [AppendMessage(flags: Flags(), internalDate: nil, octets: 10)]),
                contents: [AppendSource(source)])
        }
    }

    @Test("an APPEND without its contents is not sent")
    func missing() async throws {
        let peer = try ScriptedPeer(login + "C: A3 NOOP\nS: A3 OK")
        let connection = try await open(configuration(peer))
        await #expect(throws: EncodingError.self) {
            try await connection.perform(
                .append(bytes("x"), [AppendMessage(flags: Flags(), internalDate: nil, octets: 10)]))
        }
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.close()
    }

    @Test("a connection that ends in the middle of a message lets go of its file")
    func ended() async throws {
        // Nobody reads: the socket takes no more than its buffers hold.
        let peer = try ScriptedPeer(login + "C: A3 APPEND \"x\" () {50000000}\nS: + go\nHOLD")
        let connection = try await open(configuration(peer))
        var source: FileDescriptor? = try file([UInt8](repeating: 7, count: 50_000_000))
        weak let watched = source
        let answer = connection.submit(
            .append(bytes("x"), [AppendMessage(flags: Flags(), internalDate: nil, octets: 50_000_000)]),
            contents: try [AppendSource(#require(source))])
        source = nil
        connection.close()
        await #expect(throws: IMAPClientError.self) { try await answer.outcome() }
        while watched != nil { await Task.yield() }
        // Whoever has the connection still has nothing of the message.
        connection.close()
    }
}
