import MailModel
import Synchronization
import Testing

@testable import MailStore

/// SQLite has committed the index when the state cannot be written: the index is taken back.
@Suite("MailStore: half a commit", .serialized) struct HalfCommitTests {
    private func run(_ body: (MailStore, FolderID) throws -> Void) throws {
        FailingLog.begin()
        defer { FailingLog.end() }
        let store = try Fixture().open()
        try body(store, try store.makeFolder("a"))
    }

    /// - Parameter body: cannot write the state.
    private func failing(_ body: () throws -> Void) {
        FailingLog.fails.store(true, ordering: .sequentiallyConsistent)
        #expect(throws: MailStoreError.self) { try body() }
        FailingLog.fails.store(false, ordering: .sequentiallyConsistent)
    }

    @Test("a folder whose messages were not stored does not count as listed")
    func listing() throws {
        try run { store, folder in
            failing { try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2)) }
            #expect(try store.cursor(folder)?.isListed == false)
            #expect(try store.messageCount(folder) == 0)
            #expect(try store.listing(folder).isEmpty)
            try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2))
            #expect(try store.cursor(folder)?.isListed == true)
            #expect(try store.names(folder) == ["m1.eml"])
        }
    }

    @Test("a message that was moved in the index alone is where it was, and is looked for")
    func move() throws {
        try run { store, folder in
            let other = try store.makeFolder("b")
            let arrived = try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2)).arrived
            let id = try #require(arrived.first?.id)
            let operation = try #require(try store.record(.move(id, to: other, name: bytes("m.eml"))).first)
            failing { try store.settle(operation, .moved(validity(1), uid(1))) }
            #expect(try store.operations().count == 1)
            #expect(try store.cursor(folder)?.isListed == false)
            #expect(try store.names(folder) == ["m1.eml"])
            #expect(try store.names(other).isEmpty)
        }
    }
}
