import Foundation
import IMAPValue
import MailModel
import PosixFile
import Synchronization
import Testing

@testable import MailStore

@Suite("MailStore: local files")
struct LocalFileTests {
    @Test("a local file comes back as it was put, over a crash")
    func roundTrip() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        var file = LocalFile(
            id: try store.newMessageID(), folder: .root, name: [0x2E, 0xFF], purpose: .scratch, size: 1 << 33,
            modified: -7, modifiedWasSet: true, flags: Flags(), ownName: [0x61, 0xFF])
        var published = 0
        try store.put(file) { published += 1 }
        let empty = try store.makeFile(FolderID(rawValue: 3), "a.eml", [], .empty)
        #expect(try fixture.crashed().open().localFiles() == [file, empty])
        file.purpose = .upload
        file.folder = FolderID(rawValue: 2)
        file.name = bytes("b.eml")
        file.size = 3
        file.modifiedWasSet = false
        file.flags = Flags(system: [.seen, .draft], keywords: ["$x"])
        file.ownName = nil
        try store.put(file) { published += 1 }
        #expect(try fixture.crashed().open().localFiles() == [file, empty])
        try store.removeLocalFiles([empty.id]) { published += 1 }
        #expect(!store.isSpooled(empty.id))
        #expect(try fixture.crashed().open().localFiles() == [file])
        #expect(published == 3)
    }

    @Test("what is said to be on the disk was waited for: the octets, and the names")
    func durable() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let file = try store.makeFile(FolderID(rawValue: 3), "a.eml", [], .upload)
        let spool = fixture.state + "/spool"
        let waited = Mutex<Set<String>>([])
        try FileFaults.injecting(under: spool) { call, path in
            if call == .synchronise { waited.withLock { _ = $0.insert(path) } }
            return nil
        } _: {
            try store.makeDurable(spool: [file.id])
        }
        #expect(waited.withLock(\.self) == [spool, "\(spool)/\(file.id.rawValue)"])
    }

    @Test("several are taken away in one transaction")
    func removeSeveral() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let files = try (1...3).map { try store.makeFile(FolderID(rawValue: 3), "\($0).eml", [], .upload) }
        var published = 0
        try store.removeLocalFiles([]) { published += 1 }
        try store.removeLocalFiles(files.prefix(2).map(\.id)) { published += 1 }
        #expect(published == 1)
        #expect(files.map { store.isSpooled($0.id) } == [false, false, true])
        #expect(try store.localFiles() == [files[2]])
    }

    @Test("ids are new, whatever messages there are, and stay so over a crash")
    func ids() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        var given = [try store.newMessageID(), try store.newMessageID()]
        given += try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        try store.add(folder, vanished: [1, 2])
        given.append(try store.newMessageID())
        let again = try fixture.crashed().open()
        given.append(try again.newMessageID())
        given += try again.add(folder, [metadata(3)]).arrived.map(\.id)
        #expect(Set(given).count == given.count)
        #expect(given == given.sorted())
    }

    @Test("the spool is private, and a link in it is not followed")
    func isPrivate() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let file = try store.makeFile(.root, "x", [1, 2])
        #expect(store.spoolPath(of: file.id) == fixture.state + "/spool/\(file.id.rawValue)")
        func mode(_ path: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        }
        #expect(try mode(fixture.state + "/spool") == 0o700)
        #expect(try mode(store.spoolPath(of: file.id)) == 0o600)
        let id = try store.newMessageID()
        let victim = fixture.root + "/victim"
        try Data([1]).write(to: URL(fileURLWithPath: victim))
        symlink(victim, store.spoolPath(of: id))
        #expect(throws: MailStoreError.io(path: store.spoolPath(of: id), code: ELOOP)) { try store.createSpool(of: id) }
        #expect(throws: MailStoreError.io(path: store.spoolPath(of: id), code: ELOOP)) {
            try store.makeDurable(spool: [id])
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: victim)) == Data([1]))
        unlink(store.spoolPath(of: id))
        // What is gone needs no disk.
        try store.makeDurable(spool: [id, file.id])
    }

    @Test("empty spool files without a row are removed at the start, all else stays")
    func strays() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let kept = [
            try store.makeFile(folder, "a", [1], .scratch), try store.makeFile(folder, "b.eml", [], .empty),
            try store.makeFile(folder, "c.eml", [2]), try store.makeFile(folder, "d.eml", [3], .unfinished),
            try store.makeFile(folder, "e.eml", [4], .unfinished),
        ]
        let stray = try store.newMessageID()
        try store.createSpool(of: stray)
        try Data().write(to: URL(fileURLWithPath: fixture.state + "/spool/notes"))
        let upload = Upload(size: 1, sha256: [], internalDate: 0, flags: Flags())
        try store.record(.append(kept[3].id, to: folder, name: kept[3].name, upload))
        let bare = try store.newMessageID()
        try store.createSpool(of: bare)
        try store.record(.append(bare, to: folder, name: bytes("f.eml"), upload))
        #expect(try store.localFiles().count == 5)
        let again = try fixture.crashed().open()
        #expect(try again.localFiles() == kept)
        for file in kept { #expect(again.isSpooled(file.id)) }
        #expect(again.isSpooled(bare))
        #expect(!again.isSpooled(stray))
        #expect(!FileManager.default.fileExists(atPath: again.spoolPath(of: stray) + "/../notes"))
    }

    @Test("octets of a journal that was lost are found, and their ids not given again")
    func journalLost() throws {
        let fixture = try Fixture()
        var files: [MessageID] = []
        for number in 1...2 {
            let store = try fixture.open()
            files.append(try store.makeFile(.root, "a.eml", [UInt8(number)]).id)
            store.close()
            try fixture.removeDatabase(fixture.state + "/state.sqlite")
        }
        let again = try fixture.open()
        #expect(try again.localFiles().isEmpty)
        #expect(again.strandedSpool == files)
        for (number, id) in files.enumerated() {
            let octets = try Data(contentsOf: URL(fileURLWithPath: again.spoolPath(of: id)))
            #expect(octets == Data([UInt8(number + 1)]))
        }
        let next = try again.newMessageID()
        #expect(next > files[1])
        #expect(Set(files).count == 2)
    }

    @Test("octets of a row that was lost are found; those of one that was taken away are not")
    func rowLost() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let older = try fixture.crashed()
        let file = try store.makeFile(folder, "a.eml", [1])
        let taken = try store.makeFile(folder, "b.eml", [2])
        try store.removeLocalFiles([taken.id]) {}
        // It could not be removed.
        try Data([2]).write(to: URL(fileURLWithPath: store.spoolPath(of: taken.id)))
        let crashed = try fixture.crashed().open()
        #expect(crashed.strandedSpool == [])
        #expect(!crashed.isSpooled(taken.id) && crashed.isSpooled(file.id))
        // The database is older than the spool.
        let spool = older.state + "/spool/\(file.id.rawValue)"
        try Data([1]).write(to: URL(fileURLWithPath: spool))
        let again = try older.open()
        #expect(again.strandedSpool == [file.id])
        let adopted = try again.adoptSpool(of: file.id)
        #expect(adopted > file.id && again.isSpooled(adopted) && !again.isSpooled(file.id))
        #expect(again.strandedSpool == [])
    }

    @Test("what a file was before it is written anew stays with it, over the end of the program")
    func earlier() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let files = try (1...2).map { try store.makeFile(folder, "\($0).eml", [UInt8($0)]) }
        for file in files {
            try store.keepEarlier(of: file.id)
            try Data().write(to: URL(fileURLWithPath: store.spoolPath(of: file.id)))
        }
        try store.removeLocalFiles([files[1].id]) {}
        #expect(!FileManager.default.fileExists(atPath: store.earlierSpoolPath(of: files[1].id)))
        let again = try fixture.crashed().open()
        #expect(again.strandedSpool == [])
        try again.restoreEarlier(of: files[0].id)
        #expect(try Data(contentsOf: URL(fileURLWithPath: again.spoolPath(of: files[0].id))) == Data([1]))
        #expect(throws: MailStoreError.self) { try again.restoreEarlier(of: files[0].id) }
    }

    @Test("what a file was before goes with it, where only its name is left")
    func earlierOfNone() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let file = try store.makeFile(folder, "a.eml", [1])
        try store.keepEarlier(of: file.id)
        try FileManager.default.removeItem(atPath: store.spoolPath(of: file.id))
        let again = try fixture.crashed().open()
        #expect(!FileManager.default.fileExists(atPath: again.earlierSpoolPath(of: file.id)))
    }

    @Test("operations and local files of a removed folder stay")
    func removedFolder() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let file = try store.makeFile(folder, "a.eml", [1])
        let operations = try store.record(.deleteFolder(folder), .delete(MessageID(rawValue: 1)))
        try store.removeFolder(folder)
        #expect(try store.localFiles() == [file])
        #expect(try store.operations() == operations)
    }
}
