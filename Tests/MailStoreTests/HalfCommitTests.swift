import IMAPValue
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

    /// Where the index has it already nothing changes in it when that is stored again, and what is in memory was told nothing.
    @Test("flags that the index alone had are told when they are stored again")
    func flags() throws {
        try run { store, folder in
            let arrived = try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2)).arrived
            let id = try #require(arrived.first?.id)
            let operation = try #require(try store.record(.delete(id)).first)
            failing { try store.settle(operation, .deleted(expungeDue: 7)) }
            let settled = try store.settle(operation, .deleted(expungeDue: 7))
            #expect(settled.batches.flatMap(\.updated).map(\.flags.isDeleted) == [true])
            #expect(try store.settle(operation, .deleted(expungeDue: 7)).batches.isEmpty)
        }
    }

    @Test("flags that the index alone had are told when the folder is looked at next")
    func flagsOfAListing() throws {
        try run { store, folder in
            try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2))
            let seen = Flags(system: .seen)
            failing { try store.add(folder, [metadata(2)], flags: [(1, seen)], cursor: cursor(1, next: 3)) }
            let applied = try store.add(folder, [metadata(2)], flags: [(1, seen)], cursor: cursor(1, next: 3))
            #expect(applied.arrived.map(\.uid?.rawValue) == [2])
            #expect(applied.updated.map(\.flags) == [seen])
        }
    }

    @Test("a message that left the index alone is looked for, and told to be gone")
    func removal() throws {
        try run { store, folder in
            let arrived = try store.add(folder, [metadata(1), metadata(2)], cursor: cursor(1, next: 3)).arrived
            failing { try store.add(folder, vanished: [1], cursor: cursor(1, next: 3)) }
            #expect(try store.cursor(folder)?.isListed == false)
            var removed: [MessageID] = []
            try store.finishEpoch(folder, cursor: cursor(1, next: 3)) { removed = $0.removed }
            #expect(removed == arrived.prefix(1).map(\.id))
            #expect(try store.messageCount(folder) == 1)
        }
    }

    @Test("an expunged message that left the index alone is told to be gone")
    func expunge() throws {
        try run { store, folder in
            let arrived = try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2)).arrived
            let id = try #require(arrived.first?.id)
            let operation = try #require(try store.record(.expunge(id, due: 7)).first)
            failing { try store.settle(operation, .expunged) }
            #expect(try store.settle(operation, .expunged).batches.flatMap(\.removed) == [id])
        }
    }

    /// A name that is given meanwhile, and anything else that is told of the folder, does not stand for what is owed of another.
    @Test("what is owed of one folder is told with what changes in another")
    func another() throws {
        try run { store, folder in
            let other = try store.makeFolder("b")
            let arrived = try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2)).arrived
            let id = try #require(arrived.first?.id)
            let later = try #require(try store.add(other, [metadata(1)], cursor: cursor(1, next: 2)).arrived.first?.id)
            let first = try #require(try store.record(.delete(id)).first)
            let second = try #require(try store.record(.flags(later, .add(Flags(system: .seen)))).first)
            failing { try store.settle(first, .deleted(expungeDue: nil)) }
            let settled = try store.settle(second, .flagged(Flags(system: .seen)))
            #expect(settled.batches.map(\.folder) == [folder, other])
        }
    }
}
