import Foundation
import IMAPClient
import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import Synchronization
import Testing

@testable import MailService

/// What comes from the wire is written elsewhere, whole and in order, and never too much waits.
@Suite("Body sink") struct BodySinkTests {
    /// In the place of the threads: work waits until it is asked for.
    private final class Bench: Sendable {
        private let work = Mutex<[@Sendable () -> Void]>([])
        func put(_ closure: @escaping @Sendable () -> Void) { work.withLock { $0.append(closure) } }
        var count: Int { work.withLock { $0.count } }
        func runAll() {
            while let next = work.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { next() }
        }
    }

    private final class Outcome: Sendable {
        let results = Mutex<[Result<(ReceivedBody.Content, UInt64), ServiceError>]>([])
        func take(_ result: Result<BodySink.Body, any Error>) {
            results.withLock { $0.append(result.map { ($0.content, $0.octets) }.mapError { ServiceError($0) }) }
        }
        var count: Int { results.withLock { $0.count } }
    }

    private func run(
        limit: Int = 1_000, _ body: (MailStore, BodyQueue, Bench) async throws -> Void
    ) async throws {
        let rig = try Rig()
        let service = try rig.makeService()
        let bench = Bench()
        try await body(service.store, BodyQueue(limit: limit) { bench.put($0) }, bench)
        await service.stop()
    }

    private func write(_ text: String, to sink: BodySink) { Array(text.utf8).withUnsafeBytes { sink.write($0) } }

    @Test("pieces become one file, told of when all is written") func whole() async throws {
        try await run { store, queue, bench in
            let sink = BodySink(store: store, queue: queue, isAwaited: true)
            let outcome = Outcome()
            write("one ", to: sink)
            write("two ", to: sink)
            #expect(bench.count == 1)
            bench.runAll()
            write("three", to: sink)
            sink.finish()
            sink.whenWritten { outcome.take($0) }
            #expect(outcome.count == 0)
            bench.runAll()
            let (content, octets) = try #require(outcome.results.withLock { $0.first }).get()
            #expect(octets == 13)
            #expect(content.prefix(100) == Array("one two three".utf8))
            if case .file = content {} else { Issue.record("not a file") }
            // What is written already is told of at once.
            sink.whenWritten { outcome.take($0) }
            #expect(outcome.count == 2)
        }
    }

    @Test("what was cut is no body") func cut() async throws {
        try await run { store, queue, bench in
            for isWritten in [false, true] {
                let sink = BodySink(store: store, queue: queue, isAwaited: true)
                let outcome = Outcome()
                write("one ", to: sink)
                if isWritten { bench.runAll() }
                sink.abort()
                sink.whenWritten { outcome.take($0) }
                bench.runAll()
                #expect(outcome.count == 1)
                #expect(throws: ServiceError.offline) { try outcome.results.withLock { $0[0] }.get() }
            }
            #expect(!queue.holdsUp {})
        }
    }

    @Test("connections stop at the bound, all of them together, and go on at half of it") func bound() async throws {
        try await run(limit: 100) { store, queue, bench in
            let sinks = (0..<2).map { _ in BodySink(store: store, queue: queue, isAwaited: true) }
            write(String(repeating: "x", count: 60), to: sinks[0])
            #expect(!sinks[0].holdsUp {})
            write(String(repeating: "y", count: 60), to: sinks[1])
            let resumed = Mutex(0)
            for sink in sinks { #expect(sink.holdsUp { resumed.withLock { $0 += 1 } }) }
            #expect(resumed.withLock { $0 } == 0)
            bench.runAll()
            #expect(resumed.withLock { $0 } == 2)
            #expect(!sinks[0].holdsUp {})
        }
    }
}
