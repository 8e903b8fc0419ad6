import Foundation
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: bodies")
struct BodyTests {
    @Test("a body in pieces and a body at once are read again, and the listing knows", arguments: [0, 1, 70_000])
    func roundTrip(count: Int) throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let writer = try store.beginBody()
        for start in stride(from: 0, to: count, by: 999) {
            try bytes[start..<min(count, start + 999)].withUnsafeBytes { try writer.write($0) }
        }
        #expect(writer.size == UInt64(count))
        #expect(try store.openBody(ids[0]) == nil)
        var published: [AppliedBatch] = []
        try store.adoptBodies([
            FinishedBody(id: ids[0], content: .file(writer)), FinishedBody(id: ids[1], content: .bytes(bytes)),
        ]) { published.append($0) }
        #expect(published.map(\.folder) == [folder])
        #expect(published.first?.updated == (try store.listing(folder)))
        for _ in 0..<2 {
            for summary in try store.listing(folder) {
                #expect(summary.isCached && summary.sizeIsProven && summary.size == UInt64(count))
                #expect(try store.body(summary.id) == bytes)
            }
            #expect(store.cachedSize == UInt64(2 * count))
            store.close()
            store = try fixture.open()
        }
    }

    @Test("one call stores bodies of several folders and passes over messages that are gone")
    func folders() throws {
        let store = try Fixture().open()
        let (a, b) = (try store.makeFolder("a"), try store.makeFolder("b"))
        let first = try #require(try store.add(a, [metadata(1)]).arrived.first).id
        let second = try #require(try store.add(b, [metadata(1)]).arrived.first).id
        var published: [AppliedBatch] = []
        try store.adoptBodies(
            [first, MessageID(rawValue: 99), second].map { FinishedBody(id: $0, content: .bytes([1])) }
        ) { published.append($0) }
        #expect(published.map(\.folder) == [a, b])
        #expect(store.cachedSize == 2)
        #expect(try store.openBody(MessageID(rawValue: 99)) == nil)
        // A second copy takes the place of the first.
        try store.adopt(first, [1, 2, 3])
        #expect(store.cachedSize == 4)
        #expect(try store.body(first) == [1, 2, 3])
    }

    @Test("hazard 59: a body that was aborted or dropped leaves nothing")
    func abort() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let writer = try store.beginBody()
        try [1, 2].withUnsafeBytes { try writer.write($0) }
        writer.abort()
        #expect(throws: MailStoreError.closed) { try [UInt8(1)].withUnsafeBytes { try writer.write($0) } }
        #expect(throws: MailStoreError.closed) {
            try store.adoptBodies([FinishedBody(id: MessageID(rawValue: 1), content: .file(writer))]) { _ in }
        }
        _ = try store.beginBody()
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.cache + "/bodies/tmp").isEmpty)
    }

    enum Damage: CaseIterable { case torn, longer, bit, swapped, missing, directory }

    @Test(
        "hazard 115: damage of a file is found at the first open of a run, and costs a fetch",
        arguments: Damage.allCases)
    func damage(_ damage: Damage) throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        try store.adopt(ids[0], [1, 2, 3, 4])
        try store.adopt(ids[1], [5, 6, 7, 8])
        store.close()
        let path = fixture.path(ids[0])
        switch damage {
        case .torn: truncate(path, 2)
        case .longer: try Data([1, 2, 3, 4, 0]).write(to: URL(fileURLWithPath: path))
        case .bit: try Data([1, 2, 3, 5]).write(to: URL(fileURLWithPath: path))
        case .swapped: try Data([5, 6, 7, 8]).write(to: URL(fileURLWithPath: path))
        case .missing: unlink(path)
        case .directory:
            unlink(path)
            mkdir(path, 0o700)
        }
        store = try fixture.open()
        #expect(try store.openBody(ids[0]) == nil)
        #expect(try store.listing(folder).map(\.isCached) == [false, true])
        #expect(try store.listing(folder).first?.sizeIsProven == true)
        #expect(store.cachedSize == 4)
        #expect(try store.body(ids[1]) == [5, 6, 7, 8])
        if damage != .directory {
            try store.adopt(ids[0], [9])
            #expect(try store.body(ids[0]) == [9])
        }
    }

    @Test("a file that goes away while the store is open costs a fetch")
    func missing() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let id = try #require(try store.add(folder, [metadata(1)]).arrived.first).id
        try store.adopt(id, [1, 2])
        unlink(fixture.path(id))
        #expect(try store.openBody(id) == nil)
        #expect(store.cachedSize == 0)
        #expect(try store.listing(folder).first?.isCached == false)
    }

    @Test("hazard 19: an open body stays readable when its message vanishes and when it is evicted")
    func openHandle() throws {
        let fixture = try Fixture()
        fixture.limits.bodies = 0
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let id = try #require(try store.add(folder, [metadata(1)]).arrived.first).id
        try store.adopt(id, [1, 2])
        let file = try #require(try store.openBody(id))
        try store.add(folder, vanished: [1])
        #expect(try store.statistics().limboBodies == 1)
        #expect(try store.openBody(id) == nil)
        try store.evict()
        #expect(!FileManager.default.fileExists(atPath: fixture.path(id)))
        #expect(try read(file) == [1, 2])
    }

    @Test("hazard 116: below the reserve nothing is stored, and it is told apart")
    func noSpace() throws {
        let fixture = try Fixture()
        fixture.limits.reserve = .max
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let id = try #require(try store.add(folder, [metadata(1)]).arrived.first).id
        let full = MailStoreError.noSpace(path: fixture.cache + "/bodies")
        #expect(throws: full) { try store.beginBody() }
        #expect(throws: full) { try store.adopt(id, [1]) }
        #expect(try store.listing(folder).first?.isCached == false)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.cache + "/bodies/tmp").isEmpty)
    }

    @Test("equal proof and size give a body to another message, without a download", arguments: [false, true])
    func proof(vanishedBefore: Bool) throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let (a, b) = (try store.makeFolder("a"), try store.makeFolder("b"))
        let first = try #require(try store.add(a, [metadata(1, identity: 7, size: 3, proof: true)]).arrived.first).id
        try store.adopt(first, [1, 2, 3])
        if vanishedBefore { try store.add(a, vanished: [1]) }
        let arrived = try store.add(
            b,
            [
                metadata(1, identity: 7, size: 3, proof: true), metadata(2, identity: 7, size: 4, proof: true),
                metadata(3, identity: 8, size: 3, proof: true), metadata(4, identity: 7, size: 3),
            ]
        ).arrived
        #expect(arrived.map(\.isCached) == [true, false, false, false])
        #expect(arrived.map(\.sizeIsProven) == [true, false, false, false])
        #expect(try store.body(arrived[0].id) == [1, 2, 3])
        #expect(store.cachedSize == (vanishedBefore ? 3 : 6))
        #expect(FileManager.default.fileExists(atPath: fixture.path(first)) != vanishedBefore)
        #expect(try store.listing(b) == arrived)
        store.close()
        let again = try fixture.open()
        #expect(try again.body(arrived[0].id) == [1, 2, 3])
    }

    @Test("without proof a body is never given to another message")
    func noProof() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let id = try #require(try store.add(folder, [metadata(1, identity: 7, size: 3)]).arrived.first).id
        try store.adopt(id, [1, 2, 3])
        let arrived = try store.add(folder, [metadata(2, identity: 7, size: 3, proof: true)]).arrived
        #expect(arrived.map(\.isCached) == [false])
    }
}

@Suite("MailStore: eviction")
struct EvictionTests {
    @Test("the least recently used go first, down to the limit, and what is kept stays")
    func order() throws {
        let fixture = try Fixture()
        fixture.limits.bodies = 540
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, (1...10).map { try metadata($0) }).arrived.map(\.id)
        for id in ids {
            try store.adopt(id, [UInt8](repeating: 1, count: 100))
            fixture.clock.advance(1)
        }
        #expect(try store.openBody(ids[1]) != nil)
        fixture.clock.advance(1)
        var published: [AppliedBatch] = []
        #expect(try store.evict(keeping: [ids[0]]) { published.append($0) } == 500)
        #expect(store.cachedSize == 500)
        let gone = [2, 3, 4, 5, 6].map { ids[$0] }
        #expect(published.flatMap(\.updated).map(\.id) == gone)
        #expect(published.flatMap(\.updated).allSatisfy { !$0.isCached && $0.sizeIsProven && $0.size == 100 })
        for id in ids {
            #expect(try (store.openBody(id) == nil) == gone.contains(id))
            #expect(FileManager.default.fileExists(atPath: fixture.path(id)) == !gone.contains(id))
        }
        #expect(try store.evict() == 0)
    }

    @Test("use is remembered over a restart")
    func useIsKept() throws {
        let fixture = try Fixture()
        fixture.limits.bodies = 1
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        for id in ids {
            try store.adopt(id, [1])
            fixture.clock.advance(1)
        }
        _ = try store.openBody(ids[0])
        store.close()
        store = try fixture.open()
        try store.evict()
        #expect(try store.listing(folder).map(\.isCached) == [true, false])
    }

    @Test("bodies of vanished messages go first, and after a week in any case")
    func limbo() throws {
        let fixture = try Fixture()
        fixture.limits.bodies = 22
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2), metadata(3)]).arrived.map(\.id)
        for id in ids {
            try store.adopt(id, [UInt8](repeating: 1, count: 10))
            fixture.clock.advance(1)
        }
        try store.add(folder, vanished: [3])
        #expect(store.cachedSize == 30)
        #expect(try store.evict() == 10)
        #expect(try store.listing(folder).map(\.isCached) == [true, true])
        try store.add(folder, vanished: [2])
        fixture.clock.advance(7 * 86_400)
        #expect(try store.evict() == 0)
        fixture.clock.advance(1)
        #expect(try store.evict() == 10)
        #expect(try store.statistics().limboBodies == 0)
    }

    @Test("more bodies than one transaction takes")
    func many() throws {
        let fixture = try Fixture()
        fixture.limits.bodies = 7
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, (1...1_200).map { try metadata($0) }).arrived.map(\.id)
        try store.adoptBodies(ids.map { FinishedBody(id: $0, content: .bytes([1])) }) { _ in }
        #expect(try store.evict() == 1_193)
        #expect(store.cachedSize == 7)
        #expect(try store.statistics().bodies == 7)
    }
}
