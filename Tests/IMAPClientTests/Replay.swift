import Foundation
import IMAPClient
import IMAPCodec
import PosixFile
import Synchronization

/// What this side saw of a recorded dialogue, played again.
struct Replay: Sendable {
    /// Of a response or a finished literal.
    struct Event: Equatable {
        let text: String
        /// nil: a literal.
        let response: Untagged?
    }

    /// In order.
    var events: [Event] = []
    var outcomes: [StatusResponse] = []
    /// Why a command, or the opening, had no answer; each once.
    var failures: [String] = []
    var didOpen = false
    /// How often the end of the connection was told.
    var endings = 0
    /// What the peer heard otherwise than it was recorded.
    var problems: [String] = []

    /// - Parameter breaking: nil: the dialogue as it was.
    init(_ dialogue: RecordedDialogue, script: String, breaking: ScriptedPeer.Break?) async throws {
        let peer = try ScriptedPeer(script, break: breaking)
        let record = Record()
        var limits = Limits()
        limits.inlineLiteral = 256
        let witness = Witness()
        do {
            let connection = try await IMAPConnection.open(
                configuration(
                    peer, timeout: breaking?.kind == .silence ? .milliseconds(400) : .seconds(60), limits: limits),
                unsolicited: { record.saw($0) }, closed: { witness.ended($0) })
            didOpen = true
            for command in dialogue.commands {
                do {
                    let answer = try await connection.perform(
                        command, contents: try Self.contents(of: command), literals: record
                    ) { incoming in
                        record.saw(incoming)
                        return .taken
                    }
                    outcomes.append(answer)
                } catch {
                    failures.append(kind(error))
                }
            }
            connection.close()
            endings = await witness.closed().count
        } catch {
            failures.append(kind(error))
        }
        events = record.events.withLock { $0 }
        problems = try await peer.problems()
    }

    private static func contents(of command: Command) throws -> [AppendSource] {
        guard case .append(_, let messages) = command else { return [] }
        let place = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID().uuidString)")
        try Data(RecordedDialogue.upload).write(to: place)
        defer { try? FileManager.default.removeItem(at: place) }
        let file = try FileDescriptor(reading: place.path)
        return messages.map { _ in AppendSource(file) }
    }
}

/// Writes down what a connection delivers.
private final class Record: LiteralReceiver {
    let events = Mutex<[Replay.Event]>([])

    func saw(_ incoming: Incoming) {
        let text = String(decoding: incoming.frame.bytes, as: UTF8.self)
        let response = incoming.response
        events.withLock { $0.append(Replay.Event(text: text, response: response)) }
    }

    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? { Sink(self) }

    private final class Sink: StreamedSink {
        private let record: Record
        private let octets = Mutex<[UInt8]>([])

        init(_ record: Record) { self.record = record }

        func write(_ bytes: UnsafeRawBufferPointer) { octets.withLock { $0 += bytes } }

        func finish() {
            let text = String(decoding: octets.withLock { $0 }, as: UTF8.self)
            record.events.withLock { $0.append(Replay.Event(text: text, response: nil)) }
        }

        func abort() {}
    }
}
