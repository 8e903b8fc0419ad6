import Foundation
import GRDB
import IMAPValue
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: losses and crashes")
struct LossTests {
    /// Three messages of which the second was removed and the third has a body.
    private func filled() throws -> (Fixture, FolderID, [MessageSummary]) {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(
            folder, [metadata(1, identity: 5), metadata(2, identity: 5), metadata(3, identity: 5)],
            cursor: cursor(1, next: 4)
        ).arrived.map(\.id)
        try store.add(folder, vanished: [2])
        try store.adopt(ids[2], [1, 2, 3])
        let listing = try store.listing(folder)
        store.close()
        return (fixture, folder, listing)
    }

    private func damage(_ path: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in bytes.indices where index % 3 == 0 { bytes[index] ^= 0x5A }
        try bytes.write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
    }

    enum CacheLoss: CaseIterable { case index, directory, damaged, empty }

    @Test("a lost cache is filled again with the same ids and names", arguments: CacheLoss.allCases)
    func cacheLost(loss: CacheLoss) throws {
        let (fixture, folder, before) = try filled()
        let index = fixture.cache + "/index.sqlite"
        switch loss {
        case .index: try fixture.removeDatabase(index)
        case .directory: try FileManager.default.removeItem(atPath: fixture.cache)
        case .damaged: try damage(index)
        case .empty: truncate(index, 0)
        }
        let store = try fixture.open()
        #expect(FileManager.default.fileExists(atPath: index + ".damaged") == (loss == .damaged))
        #expect(try store.folders().map(\.folder.id) == [folder])
        #expect(try store.folders().first?.cursor == nil)
        #expect(try store.listing(folder).isEmpty)
        #expect(store.cachedSize == 0)
        try store.beginEpoch(folder, uidValidity: validity(1))
        #expect(try store.knownFlags(folder).count == 0)
        let listed = try store.add(
            folder, [metadata(3, identity: 5), metadata(1, identity: 5), metadata(9, identity: 5)])
        #expect(listed.arrived.prefix(2).map(\.id) == before.map(\.id))
        #expect(listed.arrived.prefix(2).map(\.name) == before.map(\.name))
        #expect(listed.arrived.map(\.isCached) == [false, false, false])
        #expect(listed.arrived.last?.id.rawValue == 4)
        #expect(try store.openBody(before[1].id) == nil)
        #expect(!FileManager.default.fileExists(atPath: fixture.path(before[1].id)))
    }

    @Test("after a lost cache, what is not listed again is forgotten at the end of the listing")
    func forgotten() throws {
        let (fixture, folder, _) = try filled()
        try fixture.removeDatabase(fixture.cache + "/index.sqlite")
        let store = try fixture.open()
        try store.beginEpoch(folder, uidValidity: validity(1))
        try store.add(folder, [metadata(3, identity: 5)])
        #expect(try store.finish(folder, cursor(1, next: 4)).isEmpty)
        try store.add(folder, [metadata(4, identity: 5)])
        #expect(try store.names(folder) == ["m5-3.eml", "m5.eml"])
    }

    @Test("a lost state loses ids and names, and the cache with them")
    func stateLost() throws {
        let (fixture, _, before) = try filled()
        try fixture.removeDatabase(fixture.state + "/state.sqlite")
        let store = try fixture.open()
        #expect(try store.folders().isEmpty)
        #expect(store.cachedSize == 0)
        let folder = try store.makeFolder("b")
        let arrived = try store.add(folder, (1...3).map { try metadata($0) }).arrived
        #expect(arrived.map(\.isCached) == [false, false, false])
        #expect(try store.openBody(before[1].id) == nil)
    }

    @Test("both lost")
    func bothLost() throws {
        let (fixture, _, _) = try filled()
        try fixture.removeDatabase(fixture.state + "/state.sqlite")
        try fixture.removeDatabase(fixture.cache + "/index.sqlite")
        let store = try fixture.open()
        #expect(try store.folders().isEmpty)
        #expect(try store.statistics().messages == 0)
    }

    @Test("hazard 115: a damaged state is an error and is left as it is")
    func stateDamaged() throws {
        let (fixture, _, _) = try filled()
        let path = fixture.state + "/state.sqlite"
        try damage(path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for _ in 0..<2 {
            let error = #expect(throws: MailStoreError.self) { try fixture.open() }
            guard case .damagedState(path, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        #expect(FileManager.default.fileExists(atPath: fixture.cache + "/index.sqlite"))
    }

    /// What no version of the program has written, in a file that SQLite takes for whole.
    private static let foreign = [
        "UPDATE grdb_migrations SET identifier = NULL", "DROP TABLE meta", "DELETE FROM grdb_migrations",
    ]

    private func execute(_ sql: String, in path: String) throws {
        let loose = """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'grdb_migrations'
            """
        for text in [loose, sql] {
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { try $0.execute(sql: text) }
            try queue.close()
        }
    }

    /// As a bit does that flips in a name of the schema.
    private static let foreignIndexes = [
        "ALTER TABLE folder RENAME COLUMN is_listed TO is_listef", "ALTER TABLE listing RENAME TO mistinc",
        "DROP INDEX body_size",
    ]
    private static let foreignStates = [
        "ALTER TABLE message RENAME COLUMN uid TO uie", "ALTER TABLE operation RENAME TO operatiom",
    ]

    @Test("an index with what it cannot have is set aside and filled again", arguments: foreign + foreignIndexes)
    func foreignIndex(_ sql: String) throws {
        let (fixture, _, _) = try filled()
        let path = fixture.cache + "/index.sqlite"
        try execute(sql, in: path)
        let store = try fixture.open()
        defer { store.close() }
        #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
        #expect(try store.folders().count == 1)
    }

    @Test("a state with what it cannot have is an error and is left as it is", arguments: foreign + foreignStates)
    func foreignState(_ sql: String) throws {
        let (fixture, _, _) = try filled()
        let path = fixture.state + "/state.sqlite"
        try execute(sql, in: path)
        for _ in 0..<2 {
            let error = #expect(throws: MailStoreError.self) { try fixture.open() }
            guard case .damagedState(path, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(FileManager.default.fileExists(atPath: fixture.cache + "/index.sqlite"))
    }

    @Test("an index whose inside is damaged is found in use, set aside at the next start and filled again")
    func insideDamaged() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        try store.add(folder, (1...3_000).map { try metadata($0) })
        store.close()
        let path = fixture.cache + "/index.sqlite"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // The first pages, which are read to open it, stay.
        for index in (16 * 8_192)..<bytes.count { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        store = try fixture.open()
        #expect(throws: MailStoreError.damagedCache(path: path)) { try store.loadListing(folder) { _ in } }
        store.close()
        store = try fixture.open()
        #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
        try store.beginEpoch(folder, uidValidity: validity(1))
        let arrived = try store.add(folder, (1...3_000).map { try metadata($0) }).arrived
        #expect(arrived.map(\.id.rawValue) == Array(1...3_000))
        store.close()
        #expect(throws: Never.self) { try fixture.open() }
    }

    @Test("a later schema is refused", arguments: ["cache/index.sqlite", "state/state.sqlite"])
    func newerSchema(name: String) throws {
        let (fixture, _, _) = try filled()
        let path = fixture.root + "/" + name
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
        try queue.close()
        #expect(throws: MailStoreError.newerSchema(path: path)) { try fixture.open() }
    }

    @Test("a row of the index whose message the state lost is dropped, and its folder listed again")
    func stateCommitLost() throws {
        let (fixture, folder, before) = try filled()
        let backup = fixture.root + "/backup"
        try FileManager.default.copyItem(atPath: fixture.state + "/state.sqlite", toPath: backup)
        var store = try fixture.open()
        let later = try #require(try store.add(folder, [metadata(4)], cursor: cursor(1, next: 5)).arrived.first)
        try store.adopt(later.id, [4])
        try store.add(folder, [metadata(5)], cursor: cursor(1, next: 6))
        try store.add(folder, vanished: [4])
        let words = store.searchIndexPath
        _ = try SearchIndex(path: words, listed: ["subject"], told: ["copy"])
        store.close()
        store = try fixture.open()
        #expect(FileManager.default.fileExists(atPath: words))
        store.close()
        try fixture.removeDatabase(fixture.state + "/state.sqlite")
        try FileManager.default.moveItem(atPath: backup, toPath: fixture.state + "/state.sqlite")
        store = try fixture.open()
        #expect(!FileManager.default.fileExists(atPath: words))
        #expect(try store.listing(folder) == before)
        #expect(try store.folders().first?.cursor == cursor(1, next: 1, listed: false))
        #expect(try store.folders().first?.messages == 2)
        // Its id is given again, its body is not.
        let other = try #require(try store.add(folder, [metadata(5)]).arrived.first)
        #expect(other.id == later.id)
        #expect(try store.openBody(other.id) == nil)
        #expect(store.cachedSize == 3)
        #expect(try store.body(before[1].id) == [1, 2, 3])
    }

    @Test("the index's lost commits are made good by listing again")
    func cacheCommitLost() throws {
        let (fixture, folder, before) = try filled()
        let backup = fixture.root + "/backup"
        try FileManager.default.copyItem(atPath: fixture.cache + "/index.sqlite", toPath: backup)
        var store = try fixture.open()
        let later = try #require(try store.add(folder, [metadata(4)], cursor: cursor(1, next: 5)).arrived.first)
        try store.add(folder, vanished: [1])
        store.close()
        try fixture.removeDatabase(fixture.cache + "/index.sqlite")
        try FileManager.default.moveItem(atPath: backup, toPath: fixture.cache + "/index.sqlite")
        store = try fixture.open()
        #expect(try store.listing(folder) == [before[1]])
        let again = try store.add(folder, [metadata(4), metadata(1, identity: 5)])
        #expect(again.arrived.map(\.id.rawValue) == [later.id.rawValue, later.id.rawValue + 1])
        #expect(again.arrived.first?.name == later.name)
    }

    @Test("rows without files and files without rows, after an end without close")
    func strays() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        try store.adopt(ids[0], [1, 2, 3])
        try store.adopt(ids[1], [4])
        let copy = try fixture.crashed()
        unlink(copy.path(ids[1]))
        let stray = MessageID(rawValue: 0x1_0001)
        try Data([9]).write(to: URL(fileURLWithPath: copy.path(stray)))
        try Data([9]).write(to: URL(fileURLWithPath: copy.cache + "/bodies/01/garbage"))
        try Data([9]).write(to: URL(fileURLWithPath: copy.cache + "/bodies/tmp/77"))
        // A change time of an earlier second than the next run's.
        var now = time_t(0)
        let start = time(nil)
        repeat { now = time(nil) } while now <= start
        let again = try copy.open()
        #expect(!FileManager.default.fileExists(atPath: copy.cache + "/bodies/tmp/77"))
        #expect(try again.body(ids[0]) == [1, 2, 3])
        #expect(try again.openBody(ids[1]) == nil)
        try again.evict()
        #expect(!FileManager.default.fileExists(atPath: copy.path(stray)))
        #expect(!FileManager.default.fileExists(atPath: copy.cache + "/bodies/01/garbage"))
        #expect(try again.body(ids[0]) == [1, 2, 3])
    }

    @Test("stopped after every step and started again, the same end is reached")
    func everyStep() throws {
        typealias Step = (MailStore, FolderID) throws -> Void
        let steps: [Step] = [
            { store, folder in try store.beginEpoch(folder, uidValidity: validity(1)) },
            { store, folder in
                try store.add(
                    folder, [metadata(1, identity: 5), metadata(2, identity: 5)],
                    cursor: cursor(1, next: 3, listed: false))
            },
            { store, folder in try store.add(folder, [metadata(3)], cursor: cursor(1, next: 4, listed: false)) },
            { store, folder in _ = try store.finish(folder, cursor(1, next: 4, modSeq: 10)) },
            { store, folder in try store.adopt(MessageID(rawValue: 1), [1, 2]) },
            { store, folder in
                try store.add(
                    folder, [metadata(4)], flags: [(1, Flags(system: .seen))], vanished: [2],
                    cursor: cursor(1, next: 5, modSeq: 20))
            },
            { store, folder in try store.adopt(MessageID(rawValue: 4), [3]) },
        ]
        func end(_ store: MailStore, _ folder: FolderID) throws -> [MessageSummary] {
            #expect(try store.folders().first?.cursor == cursor(1, next: 5, modSeq: 20))
            #expect(try store.folders().first?.messages == 3)
            #expect(store.cachedSize == 3)
            #expect(try store.body(MessageID(rawValue: 1)) == [1, 2])
            return try store.listing(folder)
        }
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.insertFolder(
            rawName: [0x61], separator: nil, attributes: [], specialUse: nil, mailboxID: nil, path: [[0x61]],
            displayName: "a"
        ).id
        var copies: [(Int, Fixture)] = []
        for (index, step) in steps.enumerated() {
            copies.append((index, try fixture.crashed()))
            try step(store, folder)
        }
        copies.append((steps.count, try fixture.crashed()))
        let expected = try end(store, folder)
        for (done, copy) in copies {
            let store = try copy.open()
            // The last step before the end may have been done without having been reported: done again, it changes nothing.
            for step in steps[max(0, done - 1)...] { try step(store, folder) }
            #expect(try end(store, folder) == expected, "after step \(done)")
        }
    }

    @Test("commits of the state are waited for, those of the cache are not; both write ahead")
    func durability() throws {
        let store = try Fixture().open()
        let found = try store.onWriter { db in
            try ["main", "state"].map { name in
                try [
                    String.fetchOne(db, sql: "PRAGMA \(name).synchronous"),
                    String.fetchOne(db, sql: "PRAGMA \(name).journal_mode"),
                ]
            }
        }
        #expect(found == [["1", "wal"], ["2", "wal"]])
    }

    @Test(
        "hazard 116: a full disk in the middle of a transaction is told apart and leaves nothing",
        arguments: ["main", "state"])
    func diskFull(database: String) throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        try store.onWriter { try $0.execute(sql: "PRAGMA \(database).max_page_count = 20") }
        let error = #expect(throws: MailStoreError.self) { try store.add(folder, (1...5_000).map { try metadata($0) }) }
        guard case .noSpace? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try store.listing(folder).isEmpty)
        try store.onWriter { try $0.execute(sql: "PRAGMA \(database).max_page_count = 1000000") }
        #expect(try store.add(folder, (1...5_000).map { try metadata($0) }).arrived.count == 5_000)
    }

    @Test("a transaction that fails halfway leaves nothing, not even in memory")
    func rollback() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let odd = Flags(keywords: ["odd"])
        // The cursor is checked last.
        #expect(throws: MailStoreError.self) {
            try store.add(folder, [metadata(1, flags: odd)], cursor: cursor(2, next: 2))
        }
        #expect(try store.listing(folder).isEmpty)
        #expect(try store.folders().first?.messages == 0)
        try store.add(folder, [metadata(1, flags: odd)])
        store.close()
        #expect(try fixture.open().listing(folder).map(\.flags) == [odd])
    }
}
