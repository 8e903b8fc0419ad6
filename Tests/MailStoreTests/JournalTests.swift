import Foundation
import GRDB
import IMAPValue
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: journal")
struct JournalTests {
    static let message = MessageID(rawValue: 3)
    static let folder = FolderID(rawValue: 4)
    static let flags = Flags(system: [.seen, .flagged], keywords: ["$Junk"])
    static let changes: [Change] = [
        .move(message, to: folder, name: bytes("a.eml")),
        .copy(source: message, copy: MessageID(rawValue: 9), to: folder, name: [0xFF, 0x20]),
        .append(
            message, to: folder, name: bytes("b.eml"),
            Upload(size: 1 << 40, sha256: [1, 2, 3], internalDate: -5, flags: flags)),
        .flags(message, .replace(flags)), .flags(message, .add(flags)), .flags(message, .remove(Flags())),
        .labels(message, .add(Labels([#"\Inbox"#, "Äpfel und \"Birnen\"", "x"]))),
        .labels(message, .remove(Labels([]))),
        .delete(message), .expunge(message, due: 99), .expunge(message, due: nil),
        .createFolder(folder), .deleteFolder(folder),
        .renameFolder(folder, rawName: bytes("x&-.y"), path: [bytes("x"), bytes("y")]),
    ]

    @Test("every change comes back as it was recorded, over a crash of the program", arguments: changes)
    func roundTrip(change: Change) throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let recorded = try store.record(change)
        #expect(recorded == [MailModel.Operation(id: OperationID(rawValue: 1), change: change, made: 1_000)])
        #expect(try store.operations() == recorded)
        #expect(try fixture.crashed().open().operations() == recorded)
    }

    @Test("operations name what they wait for, also of the same call, and no other")
    func after() throws {
        let store = try Fixture().open()
        let first = try store.record(.delete(Self.message))[0]
        var recorded: [MailModel.Operation] = []
        try store.record([
            NewOperation(.delete(Self.message), after: .operation(first.id)),
            NewOperation(.delete(Self.message), after: .earlier(0)), NewOperation(.delete(Self.message)),
        ]) { recorded = $0 }
        #expect(recorded.map(\.after) == [first.id, recorded[0].id, nil])
        #expect(try store.operations() == [first] + recorded)
        for index in [-1, 1, 7] {
            #expect(throws: MailStoreError.noSuchOperation(OperationID(rawValue: Int64(index)))) {
                try store.record([
                    NewOperation(.delete(Self.message)), NewOperation(.delete(Self.message), after: .earlier(index)),
                ]) { _ in Issue.record("published") }
            }
        }
        #expect(try store.operations().count == 4)
    }

    @Test("what is held stays so over a crash, until it is released or replaced")
    func held() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        var recorded: [MailModel.Operation] = []
        try store.record([
            NewOperation(.delete(Self.message), needsRelease: true), NewOperation(.delete(Self.message)),
            NewOperation(Self.changes[0], needsRelease: true), NewOperation(.delete(Self.message), needsRelease: true),
        ]) { recorded = $0 }
        #expect(recorded.map(\.needsRelease) == [true, false, true, true])
        #expect(try fixture.crashed().open().operations() == recorded)
        var released: [MailModel.Operation] = []
        try store.release([recorded[3].id, OperationID(rawValue: 99)]) { released = $0 }
        #expect(released.map(\.id) == [recorded[3].id] && released.map(\.needsRelease) == [false])
        let other = Change.move(Self.message, to: FolderID(rawValue: 7), name: bytes("x.eml"))
        try store.replace(recorded[2].id, with: other) { #expect(!$0.needsRelease && $0.change == other) }
        try store.replace(recorded[1].id, with: other, needsRelease: true) { #expect($0.needsRelease) }
        try store.setState([(recorded[0].id, .failed(ChangeFailure(kind: .gone, text: "x")))]) { _ in }
        try store.setState([(recorded[0].id, .waiting)]) { _ in }
        #expect(try fixture.crashed().open().operations().map(\.isHeld) == [true, true, false, false])
    }

    @Test("a journal of before there was anything to hold")
    func heldInAnOlderState() throws {
        let fixture = try Fixture()
        try fixture.open().close()
        let queue = try DatabaseQueue(path: fixture.state + "/state.sqlite")
        try queue.write { db in
            try db.execute(
                sql: """
                    ALTER TABLE operation DROP COLUMN held;
                    DELETE FROM grdb_migrations WHERE identifier = 'deletions that are held';
                    INSERT INTO operation (kind, message, state, attempts, made) VALUES ('delete', 3, 0, 0, 5);
                    """)
        }
        try queue.close()
        let found = try fixture.open().operations()
        #expect(found.map(\.change) == [.delete(Self.message)] && found.map(\.needsRelease) == [false])
    }

    @Test("ids of operations are not given again")
    func ids() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let first = try store.record(.delete(Self.message))[0]
        var gone = false
        try store.removeOperations([first.id]) { gone = true }
        #expect(gone)
        #expect(try store.operations().isEmpty)
        store.close()
        store = try fixture.open()
        #expect(try store.record(.delete(Self.message))[0].id > first.id)
    }

    @Test("states, attempts and the target's next UID, over a crash")
    func states() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let other = FolderID(rawValue: 5)
        let recorded = try store.record(
            Self.changes[0], .move(Self.message, to: other, name: bytes("c.eml")), .delete(Self.message),
            .createFolder(Self.folder))
        try store.markSent(recorded.map(\.id) + [OperationID(rawValue: 99)], arrivesFrom: [Self.folder: uid(7)])
        var found = try fixture.crashed().open().operations()
        #expect(found.map(\.state) == Array(repeating: .sent, count: 4))
        #expect(found.map(\.attempts) == [1, 1, 1, 1])
        #expect(found.map(\.arrivesFrom) == [try uid(7), nil, nil, nil])
        let failed = MailModel.Operation.State.failed(ChangeFailure(kind: .overQuota, text: "no \u{E9}"))
        var published: [MailModel.Operation] = []
        try store.setState([(recorded[1].id, failed), (recorded[0].id, .waiting), (OperationID(rawValue: 99), .sent)]) {
            published = $0
        }
        #expect(published.map(\.id) == [recorded[1].id, recorded[0].id])
        #expect(published.map(\.state) == [failed, .waiting])
        found = try fixture.crashed().open().operations()
        #expect(found.map(\.state) == [.waiting, failed, .sent, .sent])
        // Sent again without an answer, then with one; tried again after a failure.
        try store.markSent([recorded[0].id], arrivesFrom: [:])
        #expect(try store.operations().map(\.attempts) == [2, 1, 1, 1])
        #expect(try store.operations()[0].arrivesFrom == nil)
        try store.setState([(recorded[0].id, .waiting)], answered: true) { _ in }
        try store.setState([(recorded[1].id, .waiting)]) { _ in }
        #expect(try store.operations().map(\.attempts) == [0, 0, 1, 1])
        #expect(try store.operations()[1].state == .waiting)
    }

    @Test("what waits or failed can be asked for otherwise, what was sent cannot")
    func replace() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        var operation = try store.record(Self.changes[2])[0]
        for change in Self.changes {
            var published: MailModel.Operation?
            try store.replace(operation.id, with: change) { published = $0 }
            operation.change = change
            #expect(published == operation)
            #expect(try fixture.crashed().open().operations() == [operation])
        }
        try store.markSent([operation.id], arrivesFrom: [:])
        #expect(throws: MailStoreError.operationIsSent(operation.id)) {
            try store.replace(operation.id, with: Self.changes[0]) { _ in Issue.record("published") }
        }
        try store.setState([(operation.id, .failed(ChangeFailure(kind: .busy, text: "")))]) { _ in }
        try store.replace(operation.id, with: Self.changes[0]) { #expect($0.change == Self.changes[0]) }
        let none = OperationID(rawValue: 99)
        #expect(throws: MailStoreError.noSuchOperation(none)) {
            try store.replace(none, with: Self.changes[0]) { _ in Issue.record("published") }
        }
    }

    @Test("an entry is written whole or not at all")
    func wholeOrNothing() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        var before: [MailModel.Operation] = []
        try store.record([NewOperation(.delete(Self.message))]) { before = $0 }
        let file = try store.makeFile(Self.folder, "a.eml", [1])
        let none = OperationID(rawValue: 99)
        #expect(throws: MailStoreError.noSuchOperation(none)) {
            try store.write(
                JournalEntry(
                    amended: [.init(none, .delete(Self.message))], removed: before.map(\.id), removedFiles: [file.id])
            ) { _ in Issue.record("published") }
        }
        #expect(store.isSpooled(file.id))
        let again = try fixture.crashed().open()
        #expect(try again.operations() == before)
        #expect(try again.localFiles() == [file])
    }

    @Test("recording does not wait for the disk, all that follows does again")
    func durability() throws {
        let store = try Fixture().open()
        func level(_ db: Database) throws -> String? { try String.fetchOne(db, sql: "PRAGMA state.synchronous") }
        for fails in [false, true] {
            var inside: String?
            try? store.inRelaxedTransaction { db in
                inside = try level(db)
                if fails { throw Missing() }
            } then: { _ in
            }
            #expect(inside == "1")
            #expect(try store.onWriter(level) == "2")
            // The cache's is not touched.
            #expect(try store.onWriter { try String.fetchOne($0, sql: "PRAGMA main.synchronous") } == "1")
        }
    }

    @Test("making durable writes to the state, without which it would not be synced")
    func makeDurable() throws {
        let store = try Fixture().open()
        func commits() throws -> Int64? {
            try store.onWriter { try Int64.fetchOne($0, sql: "SELECT value FROM state.meta WHERE key = 'commits'") }
        }
        let before = try #require(try commits())
        try store.makeDurable()
        #expect(try commits() == before + 1)
    }

    @Test("every call that changes the journal is counted in both databases")
    func counted() throws {
        let store = try Fixture().open()
        func commits() throws -> [Int64] {
            try store.onWriter { db in
                try ["state", "main"].compactMap {
                    try Int64.fetchOne(db, sql: "SELECT value FROM \($0).meta WHERE key = 'commits'")
                }
            }
        }
        let folder = try store.makeFolder("a")
        let id = try #require(try store.add(folder, [metadata(1)]).arrived.first).id
        let operation = MailModel.Operation(id: OperationID(rawValue: 1), change: .delete(id), made: 0)
        let file = LocalFile(id: MessageID(rawValue: 9), folder: folder, name: [1], purpose: .scratch, modified: 0)
        let calls: [(MailStore) throws -> Void] = [
            { try $0.record(.delete(id)) }, { try $0.markSent([operation.id], arrivesFrom: [:]) },
            { try $0.setState([(operation.id, .waiting)]) { _ in } },
            { try $0.replace(operation.id, with: .delete(id)) { _ in } },
            { try $0.settle(operation, .deleted(expungeDue: nil)) },
            { try $0.setName([2], of: id) { _ in } }, { _ = try $0.newMessageID() }, { try $0.put(file) {} },
            { try $0.removeLocalFiles([file.id]) {} }, { try $0.removeOperations([operation.id]) {} },
            { _ = try $0.detach(id) { _ in } },
        ]
        var last = try commits()
        for (index, call) in calls.enumerated() {
            try call(store)
            let now = try commits()
            #expect(now[0] > last[0] && now[0] == now[1], "call \(index)")
            last = now
        }
    }

    @Test("a message that arrives gets no name that an operation or a local file has")
    func names() throws {
        let store = try Fixture().open()
        let (folder, other) = (try store.makeFolder("a"), try store.makeFolder("b"))
        let message = try #require(try store.add(other, [metadata(8)]).arrived.first).id
        try store.record(.move(message, to: folder, name: bytes("m1.eml")))
        _ = try store.makeFile(folder, "m2.eml", [1], .scratch)
        try store.add(folder, [metadata(1), metadata(2), metadata(3)])
        try store.add(other, [metadata(1), metadata(2)])
        #expect(try store.names(folder) == ["m1-2.eml", "m2-2.eml", "m3.eml"])
        #expect(try store.names(other) == ["m8.eml", "m1.eml", "m2.eml"])
    }
}
