import IMAPValue
import MailModel
import MailStore
import Testing

@Suite("MailStore: epochs")
struct EpochTests {
    @Test("hazards 1, 22: a new epoch keeps id, name, body and proven size of equal messages, and nothing else")
    func change() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let old = try store.add(
            folder, [metadata(1), metadata(2), metadata(3), metadata(4, identity: 3)], cursor: cursor(1, next: 5)
        ).arrived
        try store.adopt(old[0].id, [1, 2, 3])
        fixture.clock.advance(10)
        try store.beginEpoch(folder, uidValidity: validity(2))
        #expect(try store.folders().first?.cursor == cursor(2, next: 1, listed: false))
        #expect(try store.knownFlags(folder).count == 0)
        var candidates = 0
        try store.loadListing(folder) { candidates += $0.isCandidate ? 1 : 0 }
        #expect(candidates == 4)

        // 11 is 1; 12 differs from 2 in its date; 13 and 14 are 3 and 4, which are equal; 15 is a third like them.
        let applied = try store.add(
            folder, epoch: 2,
            [
                metadata(11, identity: 1, flags: Flags(system: .seen)), metadata(12, identity: 2, date: 501),
                metadata(13, identity: 3), metadata(14, identity: 3), metadata(15, identity: 3),
            ], cursor: cursor(2, next: 16, listed: false))
        #expect(applied.updated.map(\.id) == [old[0].id, old[2].id, old[3].id])
        #expect(applied.updated.map(\.uid?.rawValue) == [11, 13, 14])
        #expect(applied.updated.map(\.name) == [old[0].name, old[2].name, old[3].name])
        let kept = try #require(applied.updated.first)
        #expect(kept.isCached && kept.sizeIsProven && kept.size == 3 && kept.flags == Flags(system: .seen))
        #expect(applied.arrived.map { String(decoding: $0.name, as: UTF8.self) } == ["m2-2.eml", "m3-3.eml"])
        #expect(applied.removed.isEmpty)
        #expect(try store.body(old[0].id) == [1, 2, 3])

        fixture.clock.advance(10)
        let finished = try store.finish(folder, cursor(2, next: 16))
        #expect(finished.removed == [old[1].id])
        #expect(finished.listingChanged == 1_020_000_000_000)
        #expect(try store.folders().first?.messages == 5)
        #expect(try store.folders().first?.cursor == cursor(2, next: 16))
        #expect(try store.knownFlags(folder).uids == [11, 12, 13, 14, 15])
        #expect(try store.finish(folder, cursor(2, next: 16)).isEmpty)
    }

    @Test("a folder that is doubted under its new name keeps what its messages equal, and no UID is believed")
    func doubted() throws {
        let store = try Fixture().open()
        let id = try store.makeFolder("a")
        let old = try store.add(id, [metadata(1), metadata(2)], cursor: cursor(1, next: 3)).arrived
        try store.adopt(old[0].id, [1, 2, 3])
        var folder = try #require(try store.folders().first).folder
        folder.rawName = Array("b".utf8)
        try store.updateFolder(folder, isDoubted: true)
        #expect(try store.folders().first?.cursor?.uidValidity != validity(1))
        try store.beginEpoch(id, uidValidity: validity(1))
        // 1 is 2 of before, and 2 is a stranger.
        let applied = try store.add(id, [metadata(1, identity: 2), metadata(2, identity: 9)])
        #expect(applied.updated.map(\.id) == [old[1].id])
        #expect(applied.arrived.map(\.id) != [old[0].id])
        #expect(try store.finish(id, cursor(1, next: 3)).removed == [old[0].id])
        #expect(try store.folders().first?.cursor == cursor(1, next: 3))
    }

    @Test("an epoch that is begun again goes on, and one that comes back knows its messages")
    func again() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2), metadata(3)], cursor: cursor(1, next: 4)).arrived
            .map(\.id)
        try store.beginEpoch(folder, uidValidity: validity(1))
        #expect(try store.folders().first?.cursor == cursor(1, next: 4))
        try store.beginEpoch(folder, uidValidity: validity(2))
        try store.add(folder, epoch: 2, [metadata(7, identity: 1), metadata(8)])
        try store.beginEpoch(folder, uidValidity: validity(1))
        #expect(try store.knownFlags(folder).uids == [2, 3])
        let applied = try store.add(folder, [metadata(1), metadata(2)], cursor: cursor(1, next: 4))
        #expect(applied.updated.map(\.id) == [ids[0]])
        #expect(applied.updated.map(\.uid?.rawValue) == [1])
        #expect(try store.finish(folder, cursor(1, next: 4)).removed.map(\.rawValue) == [4])
        #expect(try store.listing(folder).map(\.id) == ids)
    }

    @Test("equal UIDs of two epochs are not confused")
    func sameUIDs() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let old = try store.add(folder, [metadata(1, identity: 10), metadata(2, identity: 20)]).arrived
        try store.beginEpoch(folder, uidValidity: validity(2))
        let applied = try store.add(folder, epoch: 2, [metadata(1, identity: 20), metadata(2, identity: 10)])
        #expect(applied.updated.map { [$0.id.rawValue, Int64($0.uid?.rawValue ?? 0)] } == [[1, 2], [2, 1]])
        #expect(applied.updated.map(\.name) == old.map(\.name))
        try store.beginEpoch(folder, uidValidity: validity(3))
        #expect(try store.add(folder, epoch: 3, vanished: [1, 2]).isEmpty)
        #expect(try store.finish(folder, cursor(3, next: 1)).removed.count == 2)
    }

    @Test("an epoch change survives a crash between its transactions")
    func crash() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2)], cursor: cursor(1, next: 3)).arrived.map(\.id)
        var copies: [Fixture] = []
        try store.beginEpoch(folder, uidValidity: validity(2))
        copies.append(try fixture.crashed())
        try store.add(folder, epoch: 2, [metadata(5, identity: 1)], cursor: cursor(2, next: 6, listed: false))
        copies.append(try fixture.crashed())
        for copy in copies {
            let store = try copy.open()
            try store.beginEpoch(folder, uidValidity: validity(2))
            try store.add(folder, epoch: 2, [metadata(5, identity: 1), metadata(6)])
            #expect(try store.finish(folder, cursor(2, next: 7)).removed == [ids[1]])
            #expect(try store.listing(folder).map(\.uid?.rawValue) == [5, 6])
            #expect(try store.listing(folder).first?.id == ids[0])
        }
    }

    @Test("from which UID on something came is known as long as its folder's epoch, and not where it had none yet")
    func arrivalPoints() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.insertFolder(
            rawName: bytes("a"), separator: nil, attributes: [], specialUse: nil, mailboxID: nil, path: [bytes("a")],
            displayName: "a"
        ).id
        let listed = try store.makeFolder("b", epoch: 1)
        let moves = try store.record(
            .move(MessageID(rawValue: 3), to: folder, name: bytes("a.eml")),
            .move(MessageID(rawValue: 4), to: listed, name: bytes("b.eml")))
        try store.markSent(moves.map(\.id), arrivesFrom: [folder: uid(7), listed: uid(8)])
        try store.beginEpoch(folder, uidValidity: validity(5))
        try store.beginEpoch(listed, uidValidity: validity(1))
        #expect(try store.operations().map(\.arrivesFrom) == [try uid(7), try uid(8)])
        try store.beginEpoch(listed, uidValidity: validity(2))
        #expect(try store.operations().map(\.arrivesFrom) == [try uid(7), nil])
    }
}
