import Foundation
import GRDB
import IMAPValue
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: crashes of changes, and older schemas")
struct HealingTests {
    private let fixture: Fixture
    private let source: FolderID
    private let target: FolderID
    private let message: MessageSummary
    private let operation: MailModel.Operation
    /// Before and after a move with a UID was settled.
    private let before: Fixture
    private let after: Fixture

    init() throws {
        fixture = try Fixture()
        let store = try fixture.open()
        source = try store.makeFolder("a")
        target = try store.makeFolder("b", epoch: 2)
        message = try store.add(source, [metadata(5), metadata(6)], cursor: cursor(1, next: 7)).arrived[0]
        try store.add(target, epoch: 2, [metadata(1, identity: 90)], cursor: cursor(2, next: 2))
        try store.adopt(message.id, [1, 2, 3])
        operation = try store.record(.move(message.id, to: target, name: bytes("new.eml")))[0]
        try store.markSent([operation.id], arrivesFrom: [target: uid(2)])
        before = try fixture.crashed()
        try store.settle(operation, .moved(validity(2), uid(7)))
        after = try fixture.crashed()
    }

    /// One fixture's cache with the other's state.
    private func mixed(cache: Fixture, state: Fixture) throws -> Fixture {
        let mixed = try Fixture()
        try FileManager.default.copyItem(atPath: cache.cache, toPath: mixed.cache)
        try FileManager.default.copyItem(atPath: state.state, toPath: mixed.state)
        return mixed
    }

    private func check(_ store: MailStore, isMoved: Bool) throws {
        let place = isMoved ? target : source
        #expect(try store.message(message.id)?.folder == place)
        #expect(try store.listing(place).map(\.id).contains(message.id))
        #expect(try !store.listing(isMoved ? source : target).map(\.id).contains(message.id))
        for folder in try store.folders() {
            // Both are listed again from the start.
            #expect(folder.cursor?.uidNext == 1 && folder.cursor?.isListed == false)
            #expect(folder.messages == (try store.listing(folder.folder.id).count))
        }
        #expect(try store.body(message.id) == [1, 2, 3])
        #expect(try store.header(of: message.id) == metadata(5).header)
        #expect(try store.operations().isEmpty == isMoved)
    }

    @Test("a move of which only the state has the end is in the target")
    func stateFirst() throws {
        try check(try mixed(cache: before, state: after).open(), isMoved: true)
    }

    @Test("a move of which only the index has the end has not ended, and can be settled again")
    func cacheFirst() throws {
        let store = try mixed(cache: after, state: before).open()
        try check(store, isMoved: false)
        try store.settle(operation, .moved(validity(2), uid(7)))
        #expect(try store.listing(target).map(\.id).contains(message.id))
        #expect(try store.listing(source).count == 1)
        #expect(try store.messageCount(target) == 2)
    }

    @Test("a row of the listing that stands in another folder than its message, made by hand")
    func byHand() throws {
        let crashed = try fixture.crashed()
        var store = try crashed.open()
        try store.onWriter { db in
            try db.execute(
                sql: """
                    UPDATE main.listing SET folder = ? WHERE id = ?;
                    UPDATE main.meta SET value = value - 1 WHERE key = 'commits'
                    """, arguments: [source.rawValue, message.id.rawValue])
        }
        store.close()
        store = try crashed.open()
        try check(store, isMoved: true)
        // Listed again it changes nothing, and both agree now.
        try store.add(
            target, epoch: 2, [metadata(1, identity: 90), metadata(7, identity: 5)], cursor: cursor(2, next: 8))
        #expect(try store.listing(target).count == 2)
        store.close()
        #expect(try crashed.open().folders().last?.cursor == cursor(2, next: 8))
    }

    @Test(
        "an upload of which only the index has the end keeps its file, its operation and its octets",
        arguments: [true, false])
    func upload(cacheFirst: Bool) throws {
        let store = try fixture.open()
        let file = try store.makeFile(target, "u.eml", [1, 2])
        let upload = Upload(size: 2, sha256: [], internalDate: 0, flags: Flags())
        let operation = try store.record(.append(file.id, to: target, name: file.name, upload))[0]
        let before = try fixture.crashed()
        try store.settle(operation, .appended(validity(2), uid(8), metadata(8), body: true))
        let after = try fixture.crashed()
        if cacheFirst {
            // The spool file goes only after both commits.
            let store = try mixed(cache: after, state: before).open()
            #expect(try store.operations() == [operation])
            #expect(try store.localFiles() == [file])
            #expect(store.isSpooled(file.id))
            #expect(try store.message(file.id) == nil)
            #expect(try store.openBody(file.id) == nil)
            try store.settle(operation, .appended(validity(2), uid(8), metadata(8), body: true))
            #expect(try store.message(file.id)?.summary.isCached == true)
        } else {
            let store = try mixed(cache: before, state: after).open()
            #expect(try store.operations().isEmpty && store.localFiles().isEmpty)
            #expect(try store.add(target, epoch: 2, [metadata(8)]).arrived.map(\.id) == [file.id])
            #expect(try store.names(target).contains("u.eml"))
        }
    }

    @Test("a message without a UID does not count after healing either")
    func countsAfterHealing() throws {
        let fixture = try before.crashed()
        var store = try fixture.open()
        try store.settle(operation, .moved(validity(2), nil))
        try store.onWriter { try $0.execute(sql: "UPDATE main.meta SET value = 0 WHERE key = 'commits'") }
        store.close()
        store = try fixture.open()
        #expect(try store.messageCount(target) == 1)
        #expect(try store.listing(target).count == 2)
    }

    @Test("databases of the first schema are taken over with all that is in them")
    func migration() throws {
        let old = try Fixture()
        for (directory, name, migrator) in [
            (old.state, "state.sqlite", StateSchema.migrator), (old.cache, "index.sqlite", CacheSchema.migrator),
        ] {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let queue = try DatabaseQueue(path: directory + "/" + name)
            try migrator.migrate(queue, upTo: "1")
            try queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO meta VALUES ('account', 'me@example.org:993'), ('token', 5);
                        UPDATE meta SET value = 3 WHERE key = 'commits'
                        """)
                try db.execute(
                    sql: name == "state.sqlite"
                        ? """
                        INSERT INTO folder VALUES (4, x'61', 47, 0, NULL, NULL, x'61', 'a');
                        INSERT INTO message VALUES (9, 4, 1, 5, \(NameGiver.hash(bytes("n.eml"))), x'6e2e656d6c');
                        """
                        : """
                        INSERT INTO folder VALUES (4, 1, 6, NULL, 1, 1, 50);
                        INSERT INTO flag_set VALUES (1, '\\Seen');
                        INSERT INTO listing VALUES (4, 9, 100, 500, 1, 0, 0, x'00000000000000050000000000000009');
                        INSERT INTO body VALUES (9, 1, x'00', 0, NULL, NULL);
                        """)
            }
            try queue.close()
        }
        let store = try old.open()
        let folder = FolderID(rawValue: 4)
        let listing = try store.listing(folder)
        #expect(listing.map(\.id.rawValue) == [9])
        #expect(listing.map(\.flags) == [Flags(system: .seen)])
        #expect(try store.names(folder) == ["n.eml"])
        #expect(try store.folders().first?.cursor == cursor(1, next: 6))
        #expect(try store.operations().isEmpty && store.localFiles().isEmpty)
        #expect(try store.newMessageID().rawValue == 10)
        #expect(try store.message(withBody: [0], size: 1)?.summary.id.rawValue == 9)
        #expect(try store.record(.delete(MessageID(rawValue: 9))).count == 1)
    }

    @Test("stopped after every step of a change and started again, the same end is reached")
    func everyStep() throws {
        typealias Step = (MailStore) throws -> Void
        let (id, target, operation) = (message.id, target, operation)
        let steps: [Step] = [
            { try $0.markSent([operation.id], arrivesFrom: [target: uid(2)]) },
            { try $0.settle(operation, .movedByCopy(validity(2), nil)) },
            { try $0.markSent([operation.id], arrivesFrom: [:]) },
            { try $0.settle(operation, .deleted(expungeDue: 0)) },
            { try $0.settle(operation, .expunged) },
            { try $0.add(target, epoch: 2, [metadata(7, identity: 5)], cursor: cursor(2, next: 8)) },
            { try $0.dropUnmatched(in: target) { _ in } },
        ]
        func end(_ store: MailStore) throws -> [[MessageSummary]] {
            #expect(try store.operations().isEmpty)
            #expect(try store.body(id) == [1, 2, 3])
            return try store.folders().map { try store.listing($0.folder.id) }
        }
        let store = try before.open()
        var copies: [(Int, Fixture)] = []
        for (index, step) in steps.enumerated() {
            copies.append((index, try before.crashed()))
            try step(store)
        }
        copies.append((steps.count, try before.crashed()))
        let expected = try end(store)
        #expect(expected.map { $0.map(\.uid?.rawValue) } == [[6], [7, 1]])
        for (done, copy) in copies {
            let store = try copy.open()
            for step in steps[done...] { try step(store) }
            #expect(try end(store) == expected, "after step \(done)")
        }
    }
}
