import IMAPValue
import MailModel
import MailStore
import Testing

@Suite("MailStore: folders, listings and flags")
struct ListingTests {
    @Test("a folder comes back as it was stored, and keeps its id when it is renamed")
    func folders() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        var folder = try store.insertFolder(
            rawName: Array("A&AOQ-/b".utf8), separator: 0x2F, attributes: [.noInferiors], specialUse: .sent,
            mailboxID: Array("id1".utf8), path: [Array("A\u{E4}".utf8), Array("b".utf8)], displayName: "A\u{E4}/b")
        let between = try store.insertFolder(
            rawName: [], separator: nil, attributes: [], specialUse: nil, mailboxID: nil, path: [[0x78]],
            displayName: "x")
        let other = try store.insertFolder(
            rawName: [], separator: nil, attributes: [], specialUse: nil, mailboxID: nil, path: [], displayName: "")
        #expect(between.id != other.id)
        try store.beginEpoch(folder.id, uidValidity: validity(9))
        try store.add(folder.id, epoch: 9, [metadata(4)], cursor: cursor(9, next: 5, modSeq: 77))
        store.close()
        store = try fixture.open()
        #expect(
            try store.folders() == [
                StoredFolder(
                    folder: folder, cursor: try cursor(9, next: 5, modSeq: 77), messages: 1,
                    listingChanged: 1_000_000_000_000),
                StoredFolder(folder: between, cursor: nil, messages: 0, listingChanged: 0),
                StoredFolder(folder: other, cursor: nil, messages: 0, listingChanged: 0),
            ])
        folder.rawName = Array("new".utf8)
        folder.path = [Array("new".utf8)]
        try store.updateFolder(folder)
        #expect(try store.folders().first?.folder == folder)
        #expect(try store.listing(folder.id).count == 1)
        let again = try store.insertFolder(
            rawName: folder.rawName, separator: nil, attributes: [], specialUse: nil, mailboxID: nil, path: [[0x79]],
            displayName: "y")
        #expect(again.id == folder.id)
        let rival = try store.makeFolder("rival")
        folder.rawName = Array("rival".utf8)
        #expect(throws: MailStoreError.folderExists(rival)) { try store.updateFolder(folder) }
    }

    @Test("a removed folder takes its messages along, and its id is not given again")
    func removeFolder() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        try store.adopt(ids[0], [1, 2, 3])
        #expect(try store.removeFolder(folder) == ids)
        #expect(try store.folders().isEmpty)
        #expect(try store.message(ids[0]) == nil)
        #expect(try store.openBody(ids[0]) == nil)
        #expect(try store.statistics().limboBodies == 1)
        let next = try store.makeFolder("a")
        #expect(next > folder)
        #expect(try store.listing(next).isEmpty)
        #expect(throws: MailStoreError.noSuchFolder(folder)) { try store.add(folder, [metadata(1)]) }
    }

    @Test("a message comes back with all that was known, over a restart")
    func roundTrip() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        let flags = Flags(system: [.seen, .flagged], keywords: ["$Forwarded", "caf\u{E9}"])
        let message = try metadata(4_294_967_295, size: 1 << 40, date: -5, flags: flags, proof: true)
        let applied = try store.add(folder, [message])
        let summary = try #require(applied.arrived.first)
        #expect(summary.flags == flags)
        #expect(summary.size == 1 << 40)
        #expect(!summary.sizeIsProven && !summary.isCached && summary.flagsChanged == 0)
        for _ in 0..<2 {
            #expect(try store.listing(folder) == [summary])
            #expect(try store.header(of: summary.id) == message.header)
            #expect(
                try store.message(summary.id)
                    == StoredMessage(
                        folder: folder, uidValidity: try validity(1), summary: summary, identity: message.identity,
                        identityIsProof: true))
            store.close()
            store = try fixture.open()
        }
        #expect(try store.header(of: MessageID(rawValue: 99)) == nil)
        #expect(try store.message(MessageID(rawValue: 99)) == nil)
    }

    @Test("flags change with a time, are published once, and move the mtime only with \\Deleted")
    func flags() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        try store.add(folder, [metadata(1), metadata(2)])
        fixture.clock.advance(5)
        let seen = Flags(system: .seen)
        var applied = try store.add(folder, flags: [(1, seen), (2, Flags()), (77, seen)])
        #expect(applied.updated.map(\.uid?.rawValue) == [1])
        #expect(applied.updated.first?.flags == seen)
        #expect(applied.updated.first?.flagsChanged == 1_005)
        #expect(applied.listingChanged == 1_000_000_000_000)
        #expect(try store.add(folder, flags: [(1, seen)]).isEmpty)
        applied = try store.add(folder, flags: [(1, Flags(system: .deleted))])
        #expect(applied.listingChanged == 1_005_000_000_000)
        #expect(try store.listing(folder).map(\.flags.isDeleted) == [true, false])
    }

    @Test("an empty folder has the time at which it was listed first")
    func emptyFolder() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let listed = FolderBatch(
            folder: folder, uidValidity: try validity(1), cursor: try cursor(1, next: 1, modSeq: 1))
        for _ in 1...2 {
            try store.apply(listed) { #expect($0.listingChanged == 1_000_000_000_000) }
            fixture.clock.advance(5)
        }
        #expect(try fixture.crashed().open().folders().first?.listingChanged == 1_000_000_000_000)
    }

    @Test("known flags are ascending by UID, with each set of flags once")
    func knownFlags() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let seen = Flags(system: .seen)
        try store.add(folder, [metadata(7, flags: seen), metadata(9)])
        try store.add(folder, [metadata(3, flags: seen), metadata(8)])
        let known = try store.knownFlags(folder)
        #expect(known.uids == [3, 7, 8, 9])
        #expect(known.ids == [3, 1, 4, 2])
        #expect(known.table.count == 2)
        #expect((0..<4).map(known.flags(at:)) == [seen, seen, Flags(), Flags()])
        #expect(known.index(of: try uid(8)) == 2)
        #expect(known.index(of: try uid(4)) == nil)
        #expect(known.index(of: try uid(10)) == nil)
        #expect(known.flags(at: 4) == Flags())
        let empty = try store.makeFolder("b")
        #expect(try store.knownFlags(empty).count == 0)
    }

    @Test("vanished ranges of any width, of known and unknown UIDs")
    func vanished() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, (1...5).map { try metadata($0) }).arrived.map(\.id)
        fixture.clock.advance(3)
        #expect(try store.add(folder, vanished: [2, 4, 90]).removed == [ids[1], ids[3]])
        #expect(try store.folders().first?.messages == 3)
        #expect(try store.folders().first?.listingChanged == 1_003_000_000_000)
        var removed: [MessageID] = []
        let all = FolderBatch(folder: folder, uidValidity: try validity(1), vanished: UIDSet(UID.min...UID.max))
        try store.apply(all) { removed = $0.removed }
        #expect(removed == [ids[0], ids[2], ids[4]])
        #expect(try store.listing(folder).isEmpty)
        #expect(try store.header(of: ids[0]) == nil)
    }

    @Test("within a batch: vanished wins, duplicates count once, later flags reach the arrival")
    func batch() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let seen = Flags(system: .seen)
        let applied = try store.add(
            folder, [metadata(5), metadata(1), metadata(3), metadata(3), metadata(4)],
            flags: [(5, seen), (4, seen)], vanished: [4])
        #expect(applied.arrived.map(\.uid?.rawValue) == [1, 3, 5])
        #expect(applied.arrived.map(\.flags) == [Flags(), Flags(), seen])
        #expect(applied.updated.isEmpty && applied.removed.isEmpty)
        #expect(try store.listing(folder) == applied.arrived)
        let again = try store.add(folder, [metadata(1, size: 7, flags: seen), metadata(3)])
        #expect(again.arrived.isEmpty)
        #expect(again.updated.map(\.size) == [7])
        #expect(again.updated.map(\.flags) == [seen])
    }

    @Test("a batch of another epoch changes nothing")
    func wrongEpoch() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a", epoch: 3)
        let wrong = MailStoreError.wrongEpoch(folder, expected: try validity(3), found: try validity(2))
        #expect(throws: wrong) { try store.add(folder, epoch: 2, [metadata(1)]) }
        #expect(throws: wrong) { try store.add(folder, epoch: 3, [metadata(1)], cursor: cursor(2, next: 2)) }
        #expect(throws: wrong) { try store.finish(folder, cursor(2, next: 2)) }
        #expect(try store.listing(folder).isEmpty)
        #expect(try store.add(folder, epoch: 3, [metadata(1, flags: Flags(keywords: ["x"]))]).arrived.count == 1)
        #expect(try store.listing(folder).first?.flags == Flags(keywords: ["x"]))
    }

    @Test("what is published is in the order of commits, and a listing lies between two of them")
    func order() async throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let shown = Shown()
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for step in 0..<25 {
                        let number = UInt32(worker * 100 + step + 1)
                        _ = try? store.apply(
                            FolderBatch(
                                folder: folder, uidValidity: validity(1), arrived: [metadata(number)],
                                vanished: step % 3 == 2 ? UIDSet([number - 1]) : UIDSet())
                        ) { shown.apply($0) }
                        if step % 5 == 0 {
                            var ids: Set<MessageID> = []
                            // Compared while the writer is held: nothing may have been committed but not published.
                            let expected = Box<Set<MessageID>?>(nil)
                            try? store.loadListing(folder) { row in
                                if expected.value == nil { expected.value = shown.ids }
                                ids.insert(row.id)
                            }
                            if let expected = expected.value, expected != ids { shown.fail() }
                        }
                    }
                }
            }
        }
        #expect(shown.isConsistent)
        #expect(try Set(store.listing(folder).map(\.id)) == shown.ids)
        #expect(shown.ids.count == 68)
    }

    @Test("100,000 messages")
    func many() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        for start in stride(from: UInt32(1), to: 100_000, by: 5_000) {
            let batch = try (start..<start + 5_000).map {
                try metadata($0, flags: Flags(system: $0 % 2 == 0 ? .seen : []))
            }
            try store.add(folder, batch, cursor: cursor(1, next: start + 5_000, listed: false))
        }
        store.close()
        store = try fixture.open()
        var count = 0
        var last: Int64 = 0
        try store.loadListing(folder) { row in
            if row.id.rawValue == last + 1 { count += 1 }
            last = row.id.rawValue
        }
        #expect(count == 100_000)
        #expect(try store.knownFlags(folder).table.count == 2)
        #expect(try store.folders().first?.messages == 100_000)
    }

    @Test("settings outlive the run")
    func settings() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        #expect(try store.setting("connections") == nil)
        try store.setSetting("connections", "8")
        try store.setSetting("connections", "7")
        try store.setSetting("empty", "")
        try store.setSetting("gone", "1")
        try store.setSetting("gone", nil)
        store.close()
        #expect(throws: MailStoreError.closed) { try store.setting("connections") }
        #expect(throws: MailStoreError.closed) { try store.setSetting("connections", "1") }
        store = try fixture.open()
        #expect(try store.setting("connections") == "7")
        #expect(try store.setting("empty") == "")
        #expect(try store.setting("gone") == nil)
    }
}
