import Digest
import Foundation
import GRDB
import IMAPValue
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: settled uploads, flags, deletions and folders")
struct SettlingTests {
    private let fixture: Fixture
    private let store: MailStore
    private let folder: FolderID
    private let messages: [MessageSummary]

    init() throws {
        fixture = try Fixture()
        store = try fixture.open()
        folder = try store.makeFolder("a")
        messages = try store.add(
            folder, [metadata(1), metadata(2, flags: Flags(system: .seen, keywords: ["x"]))], cursor: cursor(1, next: 3)
        ).arrived
    }

    private func upload(_ content: [UInt8], name: String = "up.eml") throws -> (MailModel.Operation, LocalFile) {
        let file = try store.makeFile(folder, name, content)
        let upload = Upload(
            size: UInt64(content.count), sha256: SHA256.hash(content), internalDate: 5, flags: Flags(system: .draft))
        return (try store.record(.append(file.id, to: folder, name: file.name, upload))[0], file)
    }

    // MARK: - Uploads

    @Test("a copy that is done has no file here any more")
    func copied() throws {
        let file = try store.makeFile(folder, "copy.eml", [1, 2, 3])
        let copy = Change.copy(source: messages[0].id, copy: file.id, to: folder, name: file.name)
        try store.settle(try store.record(copy)[0], .copied(validity(1), uid(3)))
        for store in [store, try fixture.crashed().open()] {
            #expect(!store.isSpooled(file.id))
            #expect(try store.localFiles().isEmpty)
            #expect(try store.operations().isEmpty)
            #expect(try store.message(file.id)?.summary.uid == uid(3))
        }
    }

    @Test(
        "an upload is a message with the id of its file; its octets are the body where the server has them",
        arguments: [true, false])
    func appended(body: Bool) throws {
        let (operation, file) = try upload([1, 2, 3])
        let metadata = try metadata(9, size: 4, flags: Flags(system: .draft), proof: true)
        let changes = try store.settle(operation, .appended(validity(1), uid(3), metadata, body: body))
        let expected = MessageSummary(
            id: file.id, uid: try uid(3), name: file.name, size: body ? 3 : 4, sizeIsProven: body, internalDate: 500,
            flags: Flags(system: .draft), flagsChanged: 0, isCached: body)
        #expect(changes.batches.map(\.arrived) == [[expected]])
        let crashed = try fixture.crashed()
        for store in [store, try crashed.open()] {
            #expect(!store.isSpooled(file.id))
            #expect(try store.localFiles().isEmpty)
            #expect(try store.operations().isEmpty)
            #expect(try store.listing(folder) == messages + [expected])
            #expect(try store.body(file.id) == (body ? [1, 2, 3] : nil))
            #expect(try store.header(of: file.id) == metadata.header)
            #expect(try store.message(file.id)?.identity == metadata.identity)
            #expect(try store.messageCount(folder) == 3)
            #expect(store.cachedSize == (body ? 3 : 0))
        }
    }

    @Test(
        "a spool file that is not what was sent, or finds no room, is no body, and the upload is settled all the same")
    func noBody() throws {
        let (operation, file) = try upload([1, 2, 3])
        truncate(store.spoolPath(of: file.id), 2)
        try store.settle(operation, .appended(validity(1), uid(3), metadata(3), body: true))
        #expect(try store.message(file.id)?.summary.isCached == false)
        #expect(try store.openBody(file.id) == nil)
        #expect(!store.isSpooled(file.id))
        // The place of the body is a directory that nothing can take away.
        let (second, other) = try upload([4], name: "b.eml")
        try FileManager.default.createDirectory(
            atPath: fixture.path(other.id) + "/x", withIntermediateDirectories: true)
        try store.settle(second, .appended(validity(1), uid(4), metadata(4), body: true))
        #expect(try store.message(other.id)?.summary.isCached == false)
        #expect(try store.operations().isEmpty)
    }

    @Test("a listing that found the upload first: its row goes", arguments: [true, false])
    func appendedFound(body: Bool) throws {
        let (operation, file) = try upload([1, 2, 3])
        let found = try store.add(folder, [metadata(3, flags: Flags(system: .seen))]).arrived[0]
        try store.adopt(found.id, [1, 2, 3])
        let changes = try store.settle(operation, .appended(validity(1), uid(3), metadata(3), body: body))
        #expect(changes.batch(folder)?.removed == [found.id])
        #expect(changes.batch(folder)?.arrived.map(\.flags) == [Flags(system: .seen)])
        #expect(changes.batch(folder)?.arrived.map(\.isCached) == [true])
        #expect(try store.body(file.id) == [1, 2, 3])
        #expect(store.cachedSize == 3)
        #expect(try store.messageCount(folder) == 3)
        #expect(try store.names(folder) == ["m1.eml", "m2.eml", "up.eml"])
    }

    @Test("an upload without a UID is known again when it arrives")
    func appendedUnknown() throws {
        let (operation, file) = try upload([1, 2, 3])
        try store.settle(operation, .appended(validity(1), nil, metadata(77), body: true))
        #expect(try store.messageCount(folder) == 2)
        let batch = try store.add(folder, [metadata(3, identity: 77)])
        #expect(batch.updated.map(\.id) == [file.id])
        #expect(batch.updated.first?.isCached == true && batch.updated.first?.size == 3)
        #expect(try store.messageCount(folder) == 3)
    }

    // MARK: - Flags and deletions

    @Test("flags are as the server said")
    func flagged() throws {
        let operation = try store.record(.flags(messages[0].id, .add(Flags(system: .seen))))[0]
        let flags = Flags(system: [.seen, .answered], keywords: ["$Forwarded"])
        fixture.clock.advance(10)
        let batch = try store.settle(operation, .flagged(flags)).batch(folder)
        #expect(batch?.updated.map(\.flags) == [flags])
        #expect(batch?.updated.map(\.flagsChanged) == [1_010])
        #expect(batch?.listingChanged == 1_000_000_000_000)
        #expect(try fixture.crashed().open().listing(folder).map(\.flags) == [flags, messages[1].flags])
        #expect(try store.operations().isEmpty)
    }

    @Test("a deletion stores the flag and becomes the expunge, which takes the message away")
    func deleted() throws {
        let id = messages[1].id
        try store.adopt(id, [1])
        let operation = try store.record(.delete(id))[0]
        try store.markSent([operation.id], arrivesFrom: [:])
        fixture.clock.advance(10)
        let changes = try store.settle(operation, .deleted(expungeDue: 7))
        #expect(changes.batch(folder)?.updated.map(\.flags) == [Flags(system: [.seen, .deleted], keywords: ["x"])])
        #expect(changes.batch(folder)?.listingChanged == 1_010_000_000_000)
        #expect(
            changes.followers == [
                MailModel.Operation(
                    id: operation.id, change: .expunge(id, due: 7), made: operation.made, place: operation.place)
            ])
        #expect(try fixture.crashed().open().operations() == changes.followers)
        let expunged = try store.settle(operation, .expunged)
        #expect(expunged.batch(folder)?.removed == [id])
        #expect(try store.operations().isEmpty)
        #expect(try store.message(id) == nil)
        #expect(try store.header(of: id) == nil)
        #expect(try store.openBody(id) == nil)
        #expect(try store.statistics().limboBodies == 1)
        #expect(try store.messageCount(folder) == 1)
    }

    @Test("what is gone ends every operation on it")
    func gone() throws {
        let id = messages[0].id
        let operations = try store.record(
            .delete(id), .flags(id, .add(Flags(system: .seen))), .expunge(id, due: nil),
            .move(id, to: folder, name: bytes("x")))
        try store.add(folder, vanished: [1])
        let outcomes: [Settlement.Outcome] = [.deleted(expungeDue: 5), .flagged(Flags()), .expunged, .expunged]
        try store.settle(zip(operations, outcomes).map { Settlement($0.id, $1) }) { changes in
            #expect(changes.batches.isEmpty && changes.followers.isEmpty)
        }
        #expect(try store.operations().isEmpty)
    }

    @Test("what came after a settled operation waits for nothing any more")
    func after() throws {
        let first = try store.record(.flags(messages[0].id, .add(Flags(system: .seen))))[0]
        var later: [MailModel.Operation] = []
        try store.record([NewOperation(.delete(messages[1].id), after: .operation(first.id))]) { later = $0 }
        let changes = try store.settle(first, .flagged(Flags()))
        later[0].after = nil
        #expect(changes.followers == later)
        #expect(try store.operations() == later)
    }

    @Test("a settlement that fails leaves all as it was")
    func rollback() throws {
        let operations = try store.record(
            .delete(messages[0].id), .flags(messages[1].id, .add(Flags(keywords: ["new"]))))
        let listing = try store.listing(folder)
        try store.onWriter {
            try $0.execute(
                sql: """
                    CREATE TEMP TRIGGER refuse BEFORE UPDATE ON state.operation WHEN NEW.kind = 'expunge'
                    BEGIN SELECT RAISE(ABORT, 'refused'); END
                    """)
        }
        #expect(throws: MailStoreError.self) {
            try store.settle([
                Settlement(operations[1].id, .flagged(Flags(keywords: ["new"]))),
                Settlement(operations[0].id, .deleted(expungeDue: 1)),
            ]) { _ in Issue.record("published") }
        }
        try store.onWriter { try $0.execute(sql: "DROP TRIGGER temp.refuse") }
        #expect(try store.listing(folder) == listing)
        #expect(try store.operations() == operations)
        try store.settle(operations[1], .flagged(Flags(keywords: ["new"])))
        #expect(try fixture.crashed().open().listing(folder).last?.flags == Flags(keywords: ["new"]))
    }

    // MARK: - Folders

    private func folder(_ rawName: String, _ path: String, attributes: Folder.Attributes = []) throws -> Folder {
        try store.insertFolder(
            rawName: bytes(rawName), separator: 0x2E, attributes: attributes, specialUse: nil, mailboxID: nil,
            path: path.split(separator: "/").map { bytes(String($0)) }, displayName: path.replacing("/", with: "."))
    }

    @Test("a folder made here is pending until the server has it")
    func created() throws {
        #expect(Folder.Attributes.pending.rawValue == 128)
        var made = try folder("n", "n", attributes: [.pending, .noInferiors])
        #expect(made.holdsMessages)
        #expect(try fixture.crashed().open().folders().last?.folder == made)
        made.displayName = "other"
        try store.updateFolder(made)
        #expect(try store.folders().last?.folder == made)
        let operation = try store.record(.createFolder(made.id))[0]
        made.attributes = .noInferiors
        #expect(try store.settle(operation, .folder).folders == [made])
        #expect(try fixture.crashed().open().folders().last?.folder == made)
        #expect(try store.operations().isEmpty)
    }

    @Test("a deleted folder takes its messages along")
    func deletedFolder() throws {
        try store.adopt(messages[0].id, [1])
        let operation = try store.record(.deleteFolder(folder))[0]
        let changes = try store.settle(operation, .folder)
        #expect(changes.removedFolders == [folder] && changes.batches.isEmpty && changes.folders.isEmpty)
        #expect(try store.folders().isEmpty)
        #expect(try store.message(messages[0].id) == nil)
        #expect(try store.openBody(messages[0].id) == nil)
        #expect(try store.operations().isEmpty)
    }

    @Test("a renamed folder takes all below it along, and no other", arguments: [false, true])
    func renamedFolder(decoding: Bool) throws {
        let old = try folder("x.y", "x/y")
        let below = [try folder("x.y.a", "x/y/a"), try folder("x.y.a.b", "x/y/a/b")]
        let beside = [try folder("x.yz", "x/yz"), try folder("x", "x"), try folder("X.Y.a", "X/Y/a")]
        // Found by a LIST before the rename was settled: the same folder.
        let found = try folder("p.q.a", "p/q/a")
        let file = try store.makeFile(found.id, "f.eml", [1])
        let operation = try store.record(
            .renameFolder(old.id, rawName: bytes("p.q"), path: [bytes("p"), bytes("q!")]))[0]
        var changes = SettledChanges()
        try store.settle(
            [Settlement(operation.id, .folder)],
            decoding: decoding ? { String(decoding: $0, as: UTF8.self).uppercased() } : nil
        ) { changes = $0 }
        #expect(changes.folders.map(\.id) == [old.id] + below.map(\.id))
        #expect(
            changes.folders.map { String(decoding: $0.rawName, as: UTF8.self) } == ["p.q", "p.q.a", "p.q.a.b"])
        #expect(
            changes.folders.map { String(decoding: Array($0.path.joined(separator: [0x2F])), as: UTF8.self) }
                == ["p/q!", "p/q!/a", "p/q!/a/b"])
        #expect(
            changes.folders.map(\.displayName)
                == (decoding ? ["P.Q", "P.Q.A", "P.Q.A.B"] : ["p.q!", "p.q!.a", "p.q!.a.b"]))
        #expect(changes.removedFolders == [found.id])
        let stored = try fixture.crashed().open().folders().map(\.folder)
        #expect(stored.filter { changes.folders.map(\.id).contains($0.id) } == changes.folders)
        for folder in beside { #expect(stored.contains(folder)) }
        #expect(!stored.map(\.id).contains(found.id))
        #expect(try store.localFiles().map(\.folder) == [below[0].id])
        #expect(try store.localFiles().map(\.id) == [file.id])
    }
}
