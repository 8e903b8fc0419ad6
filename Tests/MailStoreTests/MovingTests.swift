import Foundation
import GRDB
import IMAPValue
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: settled moves and copies")
struct MovingTests {
    /// Two listed folders; a message with a body in the first.
    private struct Setting {
        let fixture: Fixture
        let store: MailStore
        let source: FolderID
        let target: FolderID
        let message: MessageSummary

        init(proof: Bool = false, targetEpoch: Bool = true) throws {
            fixture = try Fixture()
            store = try fixture.open()
            source = try store.makeFolder("a")
            if targetEpoch {
                target = try store.makeFolder("b", epoch: 2)
                try store.add(target, epoch: 2, [metadata(1, identity: 90)], cursor: cursor(2, next: 2))
            } else {
                target =
                    try store.insertFolder(
                        rawName: [0x62], separator: nil, attributes: [], specialUse: nil, mailboxID: nil,
                        path: [[0x62]],
                        displayName: "b"
                    ).id
            }
            let id = try store.add(
                source, [metadata(5, size: 9, flags: Flags(system: .seen), proof: proof), metadata(6)],
                cursor: cursor(1, next: 7)
            ).arrived[0].id
            try store.adopt(id, [1, 2, 3])
            message = try store.message(id)?.summary ?? { throw Missing() }()
        }

        func move(name: String = "new.eml") throws -> MailModel.Operation {
            let operation = try store.record(.move(message.id, to: target, name: bytes(name)))[0]
            try store.markSent([operation.id], arrivesFrom: [target: uid(2)])
            return operation
        }

        /// The message as the target has it.
        func moved(_ uid: UInt32?, name: String = "new.eml") -> MessageSummary {
            var moved = message
            moved.uid = uid.flatMap { UID($0) }
            moved.name = bytes(name)
            return moved
        }
    }

    @Test("a moved message keeps id, flags, size, header and body, and both listings tell it")
    func moved() throws {
        let setting = try Setting()
        let (store, id) = (setting.store, setting.message.id)
        let operation = try setting.move()
        setting.fixture.clock.advance(50)
        let changes = try store.settle(operation, .moved(validity(2), uid(7)))
        #expect(
            changes.batches == [
                AppliedBatch(folder: setting.source, removed: [id], listingChanged: 1_050_000_000_000),
                AppliedBatch(folder: setting.target, arrived: [setting.moved(7)], listingChanged: 1_050_000_000_000),
            ])
        #expect(changes.followers.isEmpty)
        for store in [store, try setting.fixture.crashed().open()] {
            #expect(try store.operations().isEmpty)
            #expect(try store.listing(setting.source).map(\.uid) == [uid(6)])
            #expect(try store.listing(setting.target).contains(setting.moved(7)))
            #expect(try store.messageCount(setting.source) == 1)
            #expect(try store.messageCount(setting.target) == 2)
            #expect(try store.header(of: id) == metadata(5).header)
            #expect(try store.body(id) == [1, 2, 3])
            #expect(try store.uids(of: [id], in: setting.target, epoch: validity(2)) == [id: uid(7)])
            #expect(try store.stored(UIDSet([7]), in: setting.target) == UIDSet([7]))
        }
        // The listing that follows knows it.
        #expect(
            try store.add(setting.target, epoch: 2, [metadata(7, identity: 5, flags: Flags(system: .seen))]).isEmpty)
    }

    @Test("a second settlement of the same operation changes nothing, nor does one of another kind")
    func again() throws {
        let setting = try Setting()
        let operation = try setting.move()
        #expect(try setting.store.settle(operation, .deleted(expungeDue: 3)).batches.isEmpty)
        #expect(try setting.store.settle(operation, .folder).batches.isEmpty)
        #expect(try setting.store.operations().count == 1)
        try setting.store.settle(operation, .moved(validity(2), uid(7)))
        let listing = try setting.store.listing(setting.target)
        #expect(try setting.store.settle(operation, .moved(validity(2), uid(8))).batches.isEmpty)
        #expect(try setting.store.listing(setting.target) == listing)
    }

    @Test("a listing that found the message first: its row goes, flags are the later ones", arguments: [false, true])
    func foundFirst(hasBody: Bool) throws {
        let setting = try Setting()
        let (store, id) = (setting.store, setting.message.id)
        let operation = try setting.move()
        let flags = Flags(system: [.seen, .flagged])
        let found = try #require(
            try store.add(setting.target, epoch: 2, [metadata(7, identity: 5, flags: flags)]).arrived.first)
        if hasBody { try store.adopt(found.id, [9, 9, 9]) }
        let other = try store.record(.flags(found.id, .add(flags)))[0]
        let changes = try store.settle(operation, .moved(validity(2), uid(7)))
        #expect(changes.batch(setting.target)?.removed == [found.id])
        var expected = setting.moved(7)
        expected.flags = flags
        #expect(changes.batch(setting.target)?.arrived == [expected])
        #expect(changes.followers.map(\.id) == [other.id])
        #expect(changes.followers.map(\.change.message) == [id])
        #expect(try store.messageCount(setting.target) == 2)
        #expect(try store.message(found.id) == nil)
        #expect(try store.header(of: found.id) == nil)
        #expect(try store.body(id) == [1, 2, 3])
        #expect(try store.openBody(found.id) == nil)
        #expect(store.cachedSize == 3)
        #expect(!FileManager.default.fileExists(atPath: setting.fixture.path(found.id)))
    }

    @Test("a body that only the found row has is the message's")
    func foundBody() throws {
        let setting = try Setting()
        let store = setting.store
        let other = try #require(try store.listing(setting.source).first { $0.uid?.rawValue == 6 }).id
        let operation = try store.record(.move(other, to: setting.target, name: bytes("x.eml")))[0]
        let found = try #require(try store.add(setting.target, epoch: 2, [metadata(7, identity: 6)]).arrived.first)
        try store.adopt(found.id, [4, 5])
        let arrived = try store.settle(operation, .moved(validity(2), uid(7))).batch(setting.target)?.arrived.first
        #expect(arrived?.id == other)
        #expect(arrived?.isCached == true && arrived?.sizeIsProven == true && arrived?.size == 2)
        #expect(try store.body(other) == [4, 5])
        #expect(store.cachedSize == 5)
    }

    @Test(
        "a sent message that its folder has lost stays, without a UID, until the move ends", arguments: [false, true])
    func lostBySource(newEpoch: Bool) throws {
        let setting = try Setting()
        let (store, id) = (setting.store, setting.message.id)
        let operation = try setting.move()
        let lost: AppliedBatch
        if newEpoch {
            try store.beginEpoch(setting.source, uidValidity: validity(3))
            try store.add(setting.source, epoch: 3, [metadata(1, identity: 6)])
            lost = try store.finish(setting.source, cursor(3, next: 2))
        } else {
            lost = try store.add(setting.source, vanished: [5])
        }
        #expect(lost.removed.isEmpty)
        #expect(lost.updated.map(\.id) == [id])
        #expect(lost.updated.map(\.uid) == [nil])
        #expect(try store.messageCount(setting.source) == 1)
        #expect(try store.knownFlags(setting.source).count == 1)
        // What recovery looks for, before and after a restart.
        try store.add(setting.target, epoch: 2, [metadata(7, identity: 5, size: 9, flags: setting.message.flags)])
        let again = try setting.fixture.crashed().open()
        for store in [store, again] {
            let known = try #require(try store.message(id))
            #expect(known.uidValidity == nil && known.folder == setting.source)
            try store.dropUnmatched(in: setting.source) { #expect($0.isEmpty) }
            let arrivals = try store.messages(with: known.identity, in: setting.target, from: uid(2))
            #expect(try arrivals.map(\.summary.uid) == [uid(7)])
            #expect(try store.messages(with: known.identity, in: setting.target, from: uid(8)).isEmpty)
            let changes = try store.settle(operation, .moved(validity(2), uid(7)))
            #expect(changes.batch(setting.source)?.removed == [id])
            #expect(changes.batch(setting.target)?.removed == arrivals.map(\.summary.id))
            #expect(try store.message(id)?.summary == setting.moved(7))
            #expect(try store.messageCount(setting.source) == 1)
            #expect(try store.messageCount(setting.target) == 2)
            #expect(try store.body(id) == [1, 2, 3])
        }
    }

    @Test("a sent message that turned up nowhere is dropped once its move has failed")
    func lostForGood() throws {
        let setting = try Setting()
        let store = setting.store
        let operation = try setting.move()
        try store.add(setting.source, vanished: [5])
        try store.setState([(operation.id, .failed(ChangeFailure(kind: .gone, text: "")))]) { _ in }
        var dropped: AppliedBatch?
        try store.dropUnmatched(in: setting.source) { dropped = $0 }
        #expect(dropped?.removed == [setting.message.id])
        #expect(try store.message(setting.message.id) == nil)
        #expect(try store.messageCount(setting.source) == 1)
        #expect(try store.statistics().limboBodies == 1)
    }

    @Test("a waiting move does not keep a message that its folder lost")
    func vanishedWaiting() throws {
        let setting = try Setting()
        try setting.store.record(.move(setting.message.id, to: setting.target, name: [1]))
        #expect(try setting.store.add(setting.source, vanished: [5]).removed == [setting.message.id])
    }

    @Test("a message that was gone already comes back from what the target's listing found, with its body")
    func cameBack() throws {
        let setting = try Setting()
        let (store, id) = (setting.store, setting.message.id)
        let operation = try store.record(.move(id, to: setting.target, name: bytes("new.eml")))[0]
        try store.add(setting.source, vanished: [5])
        #expect(try store.statistics().limboBodies == 1)
        let found = try #require(
            try store.add(setting.target, epoch: 2, [metadata(7, identity: 5, flags: setting.message.flags)]).arrived
                .first)
        let batch = try store.settle(operation, .moved(validity(2), uid(7))).batch(setting.target)
        #expect(batch?.arrived == [setting.moved(7)])
        #expect(batch?.removed == [found.id])
        #expect(try store.body(id) == [1, 2, 3])
        #expect(try store.header(of: id) == metadata(7).header)
        #expect(try store.messageCount(setting.source) == 1)
        #expect(try store.messageCount(setting.target) == 2)
    }

    enum Rival: CaseIterable { case shown, takenAway, deleted, comingBack }

    @Test("names: another message's is not taken; one that is not shown gives way", arguments: Rival.allCases)
    func names(kind: Rival) throws {
        let hidden = kind == .takenAway || kind == .deleted
        let setting = try Setting()
        let store = setting.store
        let rival = try store.listing(setting.target)[0]
        #expect(rival.name == bytes("m90.eml"))
        let operation = try setting.move(name: "m90.eml")
        switch kind {
        case .shown: break
        case .takenAway: try store.record(.delete(rival.id))
        case .deleted, .comingBack: try store.add(setting.target, epoch: 2, flags: [(1, Flags(system: .deleted))])
        }
        if kind == .comingBack { try store.record(.flags(rival.id, .remove(Flags(system: .deleted)))) }
        let batch = try store.settle(operation, .moved(validity(2), uid(7))).batch(setting.target)
        let names = [bytes("m90.eml"), bytes("m90-2.eml")]
        #expect(batch?.arrived.map(\.name) == [names[hidden ? 0 : 1]])
        #expect(batch?.updated.map(\.name) == (hidden ? [names[1]] : []))
        #expect(try store.message(rival.id)?.summary.name == names[hidden ? 1 : 0])
    }

    @Test("without MOVE: the message is the copy, the original gets an id and is to be deleted")
    func byCopy() throws {
        let setting = try Setting()
        let (store, id) = (setting.store, setting.message.id)
        let operation = try setting.move()
        var dependent: [MailModel.Operation] = []
        try store.record([NewOperation(.delete(id), after: .operation(operation.id))]) { dependent = $0 }
        let changes = try store.settle(operation, .movedByCopy(validity(2), uid(7)))
        let original = try #require(changes.batch(setting.source)?.arrived.first)
        #expect(changes.batch(setting.source)?.removed == [id])
        #expect(original.id > id && original.uid?.rawValue == 5)
        #expect(original.flags == setting.message.flags && original.name == setting.message.name)
        #expect(!original.isCached)
        #expect(changes.batch(setting.target)?.arrived == [setting.moved(7)])
        #expect(changes.followers.map(\.id) == [operation.id, dependent[0].id])
        #expect(changes.followers[0].change == .delete(original.id))
        #expect(changes.followers[0].state == .waiting && changes.followers[0].attempts == 0)
        #expect(changes.followers[0].arrivesFrom == nil)
        #expect(changes.followers[1].after == nil)
        for store in [store, try setting.fixture.crashed().open()] {
            #expect(try store.operations() == changes.followers)
            #expect(try store.messageCount(setting.source) == 2)
            #expect(try store.messageCount(setting.target) == 2)
            #expect(try store.body(id) == [1, 2, 3])
            #expect(try store.openBody(original.id) == nil)
            #expect(try store.header(of: original.id) == metadata(5).header)
            #expect(try store.message(original.id)?.identity == metadata(5).identity)
        }
        let deleted = try store.settle(operation, .deleted(expungeDue: 1))
        #expect(deleted.followers.map(\.change) == [.expunge(original.id, due: 1)])
        #expect(try store.settle(operation, .expunged).batch(setting.source)?.removed == [original.id])
        #expect(try store.listing(setting.source).map(\.uid) == [uid(6)])
    }

    @Test("a copy has all of its source, and its body", arguments: [false, true])
    func copied(linkedBefore: Bool) throws {
        let setting = try Setting()
        let (store, source) = (setting.store, setting.message.id)
        let copy = try store.newMessageID()
        if linkedBefore {
            #expect(try store.linkBody(of: source, to: copy))
            #expect(try !store.linkBody(of: MessageID(rawValue: 99), to: copy.next))
            #expect(try store.body(copy) == [1, 2, 3])
            #expect(store.cachedSize == 6)
        }
        let operation = try store.record(
            .copy(source: source, copy: copy, to: setting.target, name: bytes("new.eml")))[0]
        let changes = try store.settle(operation, .copied(validity(2), uid(7)))
        #expect(changes.batches.map(\.folder) == [setting.target])
        var expected = setting.moved(7)
        expected = MessageSummary(
            id: copy, uid: expected.uid, name: expected.name, size: 3, sizeIsProven: true,
            internalDate: expected.internalDate, flags: expected.flags, flagsChanged: 0, isCached: true)
        #expect(changes.batches.first?.arrived == [expected])
        for store in [store, try setting.fixture.crashed().open()] {
            #expect(try store.listing(setting.source).count == 2)
            #expect(try store.body(copy) == [1, 2, 3])
            #expect(try store.body(source) == [1, 2, 3])
            #expect(try store.header(of: copy) == metadata(5).header)
            #expect(store.cachedSize == 6)
            #expect(try store.messageCount(setting.target) == 2)
        }
    }

    @Test("a copy whose source went meanwhile is what the listing found, or nothing yet", arguments: [false, true])
    func copyOfGone(found: Bool) throws {
        let setting = try Setting()
        let store = setting.store
        let copy = try store.newMessageID()
        #expect(try store.linkBody(of: setting.message.id, to: copy))
        let operation = try store.record(
            .copy(source: setting.message.id, copy: copy, to: setting.target, name: bytes("new.eml")))[0]
        try store.add(setting.source, vanished: [5])
        if found { try store.add(setting.target, epoch: 2, [metadata(7, identity: 5)]) }
        let changes = try store.settle(operation, .copied(validity(2), uid(7)))
        #expect(changes.batch(setting.target)?.arrived.map(\.id) == (found ? [copy] : nil))
        #expect(try store.body(copy) == (found ? [1, 2, 3] : nil))
        #expect(try store.operations().isEmpty)
        #expect(try store.messageCount(setting.target) == (found ? 2 : 1))
        #expect(try store.statistics().limboBodies == (found ? 1 : 2))
    }

    @Test("a copy that is given up leaves its body to the cache's care")
    func copyGivenUp() throws {
        let setting = try Setting()
        let store = setting.store
        let copy = try store.newMessageID()
        #expect(try store.linkBody(of: setting.message.id, to: copy))
        let operation = try store.record(
            .copy(source: setting.message.id, copy: copy, to: setting.target, name: bytes("new.eml")))[0]
        // The body waits with its operation, over a crash that lost commits.
        let crashed = try setting.fixture.crashed()
        var again = try crashed.open()
        try again.onWriter { try $0.execute(sql: "UPDATE main.meta SET value = 0 WHERE key = 'commits'") }
        again.close()
        again = try crashed.open()
        #expect(try again.body(copy) == [1, 2, 3])
        try store.removeOperations([operation.id]) {}
        #expect(try store.statistics().limboBodies == 1)
        #expect(try store.openBody(copy) == nil)
    }

    // MARK: - Without a UID

    enum Unknown: CaseIterable { case uid, epoch, unlisted }

    @Test(
        "a message without a known UID is shown, does not count, and is known again when it arrives",
        arguments: Unknown.allCases)
    func expected(unknown: Unknown) throws {
        let setting = try Setting(targetEpoch: unknown != .unlisted)
        let (store, id) = (setting.store, setting.message.id)
        let operation = try setting.move()
        let changes = try store.settle(
            operation, .moved(validity(unknown == .uid ? 2 : 3), unknown == .uid ? nil : uid(7)))
        #expect(changes.batch(setting.target)?.arrived == [setting.moved(nil)])
        var count = unknown == .unlisted ? 0 : 1
        #expect(try store.messageCount(setting.target) == count)
        #expect(try store.knownFlags(setting.target).count == count)
        #expect(try store.uids(of: [id], in: setting.target, epoch: validity(2)).isEmpty)
        #expect(try store.message(id)?.uidValidity == nil)
        let again = try setting.fixture.crashed().open()
        for store in [store, again] {
            count = unknown == .unlisted ? 0 : 1
            let epoch: UInt32 = unknown == .uid ? 2 : 3
            if unknown != .uid {
                try store.beginEpoch(setting.target, uidValidity: validity(3))
                if unknown == .epoch {
                    try store.add(setting.target, epoch: 3, [metadata(1, identity: 90)])
                }
            }
            // An equal one that was there before, another date, a known size that is no claim.
            let arrived = try store.add(
                setting.target, epoch: epoch,
                [
                    metadata(unknown == .uid ? 1 : 6, identity: 5, size: 9, date: 500),
                    metadata(7, identity: 5, size: 9, date: 501, flags: Flags(system: .seen)),
                ])
            var expected = setting.moved(7)
            expected.internalDate = 501
            #expect(arrived.updated.contains(expected))
            #expect(try store.listing(setting.target).filter { $0.id == id } == [expected])
            if unknown != .uid { try _ = store.finish(setting.target, cursor(3, next: 8)) }
            try store.dropUnmatched(in: setting.target) { #expect($0.isEmpty) }
            #expect(try store.messageCount(setting.target) == (try store.listing(setting.target).count))
            #expect(try store.body(id) == [1, 2, 3])
        }
    }

    @Test("what arrived before the move is not taken for it")
    func arrivesFrom() throws {
        let setting = try Setting()
        let (store, id) = (setting.store, setting.message.id)
        let operation = try store.record(.move(id, to: setting.target, name: bytes("new.eml")))[0]
        try store.markSent([operation.id], arrivesFrom: [setting.target: uid(10)])
        try store.settle(operation, .moved(validity(2), nil))
        #expect(try store.add(setting.target, epoch: 2, [metadata(9, identity: 5)]).arrived.count == 1)
        #expect(try store.add(setting.target, epoch: 2, [metadata(10, identity: 5)]).updated.map(\.id) == [id])
        #expect(try store.messageCount(setting.target) == 3)
    }

    @Test("of two equal ones the one of the same date comes first, and each is taken once")
    func twoExpected() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let (source, target) = (try store.makeFolder("a"), try store.makeFolder("b", epoch: 2))
        let ids = try store.add(
            source, [metadata(1, identity: 5, date: 10), metadata(2, identity: 5, date: 20)]
        ).arrived.map(\.id)
        for id in ids {
            let operation = try store.record(.move(id, to: target, name: bytes("\(id.rawValue).eml")))[0]
            try store.settle(operation, .moved(validity(2), nil))
        }
        let batch = try store.add(
            target, epoch: 2,
            [
                metadata(1, identity: 5, date: 20), metadata(2, identity: 5, date: 10),
                metadata(3, identity: 5, date: 10),
            ])
        #expect(
            batch.updated.map { [$0.id.rawValue, Int64($0.uid?.rawValue ?? 0)] } == [
                [ids[0].rawValue, 2], [ids[1].rawValue, 1],
            ])
        #expect(batch.arrived.count == 1)
        #expect(try store.messageCount(target) == 3)
    }

    @Test("a message that never arrived stays over listings and epochs, and is dropped when that is asked for")
    func unmatched() throws {
        let setting = try Setting()
        let (store, id) = (setting.store, setting.message.id)
        try store.settle(try setting.move(), .moved(validity(2), nil))
        try store.beginEpoch(setting.target, uidValidity: validity(3))
        try store.add(setting.target, epoch: 3, [metadata(1, identity: 90)])
        #expect(try store.finish(setting.target, cursor(3, next: 2)).removed.isEmpty)
        #expect(try store.listing(setting.target).map(\.id).contains(id))
        var dropped: AppliedBatch?
        try store.dropUnmatched(in: setting.target) { dropped = $0 }
        #expect(dropped?.removed == [id])
        #expect(try store.listing(setting.target).count == 1)
        #expect(try store.messageCount(setting.target) == 1)
        // Its name is free, and it is expected no more.
        let late = try store.add(setting.target, epoch: 3, [metadata(9, identity: 5)])
        #expect(late.updated.isEmpty && late.arrived.count == 1)
    }

    @Test("a message that is expected survives the loss of the index with id and name")
    func indexLost() throws {
        let setting = try Setting()
        let id = setting.message.id
        try setting.store.settle(try setting.move(), .moved(validity(2), nil))
        let copy = try setting.fixture.crashed()
        try copy.removeDatabase(copy.cache + "/index.sqlite")
        let store = try copy.open()
        try store.beginEpoch(setting.target, uidValidity: validity(2))
        let batch = try store.add(setting.target, epoch: 2, [metadata(7, identity: 5), metadata(1, identity: 90)])
        #expect(batch.arrived.first { $0.uid?.rawValue == 7 }?.id == id)
        #expect(batch.arrived.first { $0.uid?.rawValue == 7 }?.name == bytes("new.eml"))
        #expect(try store.messageCount(setting.target) == 2)
    }

    @Test("a move whose target went away meanwhile leaves nothing behind")
    func targetGone() throws {
        let setting = try Setting()
        let operation = try setting.move()
        try setting.store.removeFolder(setting.target)
        let changes = try setting.store.settle(operation, .moved(validity(2), uid(7)))
        #expect(changes.batches.map(\.folder) == [setting.source])
        #expect(try setting.store.message(setting.message.id) == nil)
        #expect(try setting.store.messageCount(setting.source) == 1)
    }
}

extension MessageID {
    fileprivate var next: MessageID { MessageID(rawValue: rawValue + 1) }
}
