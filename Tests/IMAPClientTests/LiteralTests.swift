import Foundation
import IMAPClient
import IMAPCodec
import IMAPValue
import Synchronization
import Testing

/// Collects streamed literals.
private final class Receiver: LiteralReceiver {
    final class Sink: StreamedSink {
        struct State {
            var octets: [UInt8] = []
            var ends: [String] = []
            /// Octets after which it holds up, once.
            var patience = Int.max
            var resume: (@Sendable () -> Void)?
            var waiting: CheckedContinuation<Void, Never>?
        }
        let state = Mutex(State())
        func write(_ bytes: UnsafeRawBufferPointer) { state.withLock { $0.octets += bytes } }
        func finish() { state.withLock { $0.ends.append("finish") } }
        func abort() { state.withLock { $0.ends.append("abort") } }

        func holdsUp(_ resume: @escaping @Sendable () -> Void) -> Bool {
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>?? in
                guard state.octets.count > state.patience else { return nil }
                state.patience = .max
                state.resume = resume
                return state.waiting
            }
            waiting??.resume()
            return waiting != nil
        }

        /// Returns when it holds up.
        func heldUp() async {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.resume == nil { state.waiting = continuation }
                    return state.resume != nil
                }
                if isThere { continuation.resume() }
            }
        }
    }

    let wants: Bool
    let patience: Int
    let sinks = Mutex<[Sink]>([])
    let prefixes = Mutex<[String]>([])

    init(wants: Bool = true, patience: Int = .max) {
        self.wants = wants
        self.patience = patience
    }

    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? {
        prefixes.withLock { $0.append("\(literal.octets) \(String(decoding: literal.prefix, as: UTF8.self))") }
        guard wants else { return nil }
        let sink = Sink()
        sink.state.withLock { $0.patience = patience }
        sinks.withLock { $0.append(sink) }
        return sink
    }
}

@Suite("Literals")
struct LiteralTests {
    private var limits: Limits {
        var limits = Limits()
        limits.inlineLiteral = 100
        return limits
    }

    @Test("long literals go to the sink of the command that wants them, short ones stay inside")
    func streamed() async throws {
        let peer = try ScriptedPeer(
            login
                + "C: A3 NOOP\nC: A4 NOOP\nS~ * 1 FETCH (UID 7 BODY[] {200000}\\r\\n%200000%)\\r\\n\nS~ * 2 FETCH (UID 8 BODY[] {5}\\r\\nhello)\\r\\n\nS: A3 OK\nS: A4 OK"
        )
        let connection = try await open(configuration(peer, limits: limits))
        let refusing = Receiver(wants: false)
        let wanting = Receiver()
        let seen = Mutex<[String]>([])
        let first = connection.submit(.noop, literals: refusing) { _ in .passed }
        let second = connection.submit(.noop, literals: wanting) { incoming in
            guard case .fetch(let fetch) = incoming.response, let content = fetch.section?.content else {
                return .passed
            }
            let inline = incoming.withBytes(of: content) { String(decoding: $0, as: UTF8.self) }
            let sink = incoming.streamed as? Receiver.Sink
            let octets = sink?.state.withLock { $0.octets.count }
            seen.withLock { $0.append("\(inline ?? "-") \(octets ?? -1)") }
            return .taken
        }
        _ = try await first.outcome()
        _ = try await second.outcome()
        #expect(seen.withLock { $0 } == ["- 200000", "hello -1"])
        #expect(wanting.prefixes.withLock { $0 } == ["200000 * 1 FETCH (UID 7 BODY[] {200000}"])
        #expect(refusing.prefixes.withLock { $0.count } == 1)
        let sink = try #require(wanting.sinks.withLock { $0.first })
        #expect(sink.state.withLock { $0.ends } == ["finish"])
        #expect(sink.state.withLock { $0.octets.allSatisfy { $0 == UInt8(ascii: "x") } })
        connection.close()
    }

    @Test("a literal cut by the end of the connection is aborted, not finished", arguments: ["EOF", "RST", "HOLD"])
    func aborted(how: String) async throws {
        let peer = try ScriptedPeer(login + "C: A3 NOOP\nS~ * 1 FETCH (UID 7 BODY[] {200}\\r\\n%100%\n" + how)
        let connection = try await open(
            configuration(peer, timeout: how == "HOLD" ? .seconds(2) : .seconds(60), limits: limits))
        let receiver = Receiver()
        do {
            _ = try await connection.perform(.noop, literals: receiver)
            Issue.record("answered")
        } catch {
            #expect(kind(error) == (how == "HOLD" ? "silent" : "disconnected"))
        }
        // A reset may overtake what was sent before it.
        let sink = receiver.sinks.withLock { $0.first }
        #expect(sink != nil || how == "RST")
        if let sink { #expect(sink.state.withLock { $0.ends } == ["abort"]) }
    }

    @Test("nothing is read while a sink holds up, and the silence is not the server's", .timeLimit(.minutes(1)))
    func heldUp() async throws {
        let octets = 32 << 20
        let peer = try ScriptedPeer(
            login + "C: A3 NOOP\nS~ * 1 FETCH (UID 7 BODY[] {\(octets)}\\r\\n%\(octets)%)\\r\\n\nS: A3 OK")
        let connection = try await open(configuration(peer, timeout: .seconds(1), limits: limits))
        let receiver = Receiver(patience: 1_000_000)
        let command = connection.submit(.noop, literals: receiver) { _ in .taken }
        while receiver.sinks.withLock({ $0.isEmpty }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        let sink = try #require(receiver.sinks.withLock { $0.first })
        await sink.heldUp()
        // Longer than the client waits for a silent server: two others, one after the other, are given up meanwhile.
        for _ in 0..<2 {
            let silent = try ScriptedPeer(login + "C: A3 NOOP\nHOLD")
            let other = try await open(configuration(silent, timeout: .seconds(1), limits: limits))
            do {
                _ = try await other.perform(.noop)
                Issue.record("answered")
            } catch {
                #expect(kind(error) == "silent")
            }
        }
        let held = sink.state.withLock { $0.octets.count }
        #expect(held < octets / 4)
        #expect(sink.state.withLock { $0.ends } == [])
        sink.state.withLock { $0.resume }?()
        #expect(try await command.outcome().kind == .ok)
        #expect(sink.state.withLock { $0.octets.count } == octets)
        connection.close()
    }

    @Test("a literal that nobody wants is dropped")
    func unwanted() async throws {
        let peer = try ScriptedPeer(
            login + "C: A3 NOOP\nS~ * 1 FETCH (UID 7 BODY[] {200}\\r\\n%200%)\\r\\n\nS: A3 OK")
        let witness = Witness()
        let connection = try await open(configuration(peer, limits: limits), witness)
        #expect(try await connection.perform(.noop).kind == .ok)
        #expect(await witness.unsolicited(1).count == 1)
        connection.close()
    }
}
