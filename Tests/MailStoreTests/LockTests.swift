import Foundation
import GRDB
import MailModel
import Synchronization
import Testing

@testable import MailStore

@Suite("Files that are locked for a moment")
struct LockTests {
    enum File: String, CaseIterable { case index = "cache/index.sqlite", state = "state/state.sqlite" }

    /// Whether the store has said something.
    private final class Answer: Sendable {
        let error = Mutex<(any Error)??>(nil)
        let isThere = DispatchSemaphore(value: 0)

        func give(_ found: (any Error)?) {
            error.withLock { $0 = .some(found) }
            isThere.signal()
        }
    }

    /// As a reader does for a moment where it finds the log's header half written.
    @Test("a change waits for who holds the lock of a file", arguments: File.allCases)
    func waits(for file: File) throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        defer { store.close() }
        let folder = try store.makeFolder("INBOX")
        try store.add(folder, [try metadata(1)], cursor: try cursor(1, next: 2))
        let message = try #require(try store.listing(folder).first)

        let other = try DatabaseQueue(path: fixture.root + "/" + file.rawValue)
        let answer = Answer()
        try other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            DispatchQueue.global().async {
                do {
                    try store.record([NewOperation(.delete(message.id))]) { _ in }
                    answer.give(nil)
                } catch {
                    answer.give(error)
                }
            }
            // What does not wait has its answer at once.
            let hasWaited = answer.isThere.wait(timeout: .now() + .milliseconds(200)) == .timedOut
            try db.execute(sql: "ROLLBACK")
            if hasWaited { answer.isThere.wait() }
            #expect(hasWaited)
        }
        #expect(answer.error.withLock { $0.map { $0 == nil } } == true)
        #expect(try store.operations().count == 1)
    }
}
