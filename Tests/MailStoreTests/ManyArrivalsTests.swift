import IMAPValue
import MailModel
import Testing

@testable import MailStore

/// What comes in large batches is stored several messages at a time.
@Suite("MailStore: many at once")
struct ManyArrivalsTests {
    private func flags(_ number: UInt32) -> Flags { Flags(system: number % 3 == 0 ? .seen : [], keywords: []) }

    private func some(_ numbers: ClosedRange<UInt32>) throws -> [MessageMetadata] {
        try numbers.map {
            try metadata($0, size: UInt64($0) * 10, date: Int64($0) - 40, flags: flags($0), proof: $0 % 2 == 0)
        }
    }

    @Test("every row is as it would be alone", arguments: [31, 32, 33, 64, 100] as [UInt32])
    func rows(count: UInt32) throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let applied = try store.add(folder, try some(1...count).shuffled())
        let listing = try store.listing(folder)
        #expect(applied.arrived == listing)
        #expect(listing.map(\.uid?.rawValue) == (1...count).map { $0 })
        #expect(listing.map(\.id.rawValue) == (0..<Int64(count)).map { listing[0].id.rawValue + $0 })
        for (message, number) in zip(listing, 1...count) {
            #expect(message.size == UInt64(number) * 10)
            #expect(message.internalDate == Int64(number) - 40)
            #expect(message.flags == flags(number))
            #expect(message.name == Array("m\(number).eml".utf8))
            let stored = try #require(try store.message(message.id))
            #expect(stored.identity == MessageIdentity(high: UInt64(number), low: UInt64(number) * 31))
            #expect(stored.identityIsProof == (number % 2 == 0))
            #expect(try store.header(of: message.id) == Array("Subject: \(number)\r\n\r\n".utf8))
            #expect(try store.message(named: message.name, in: folder) == message.id)
        }
        #expect(try store.messageCount(folder) == Int(count))
    }

    @Test("names that are taken, in the batch or before it, are given to nobody else")
    func names() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        try store.add(folder, [metadata(1, identity: 50)])
        var messages = try some(2...200)
        messages[100] = try metadata(102, identity: 120)
        try store.add(folder, messages)
        let names = try store.listing(folder).map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names.count == 200)
        #expect(Set(names).count == 200)
        #expect(names.contains("m50.eml"))
        #expect(names.contains("m50-2.eml"))
        #expect(names.contains("m120-2.eml"))
    }

    @Test("a name that a file of this mount has is left to it")
    func localFile() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let id = try store.newMessageID()
        try store.put(
            LocalFile(
                id: id, folder: folder, name: Array("m20.eml".utf8), purpose: .upload, size: 3, modified: 5,
                modifiedWasSet: false)
        ) {}
        try store.add(folder, try some(1...64))
        let names = try store.listing(folder).map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names.count == 64)
        #expect(!names.contains("m20.eml"))
        #expect(names.contains("m20-2.eml"))
    }

    @Test("known, repeated and vanished ones among them")
    func mixed() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        try store.add(folder, try some(1...40))
        let before = try store.listing(folder)
        try store.add(folder, try some(20...120) + some(30...60), vanished: [90, 91])
        let after = try store.listing(folder)
        #expect(Array(after.prefix(40)) == before)
        #expect(after.compactMap(\.uid?.rawValue) == (1...120).filter { $0 != 90 && $0 != 91 })
    }

    @Test("names made ahead are the names that are given")
    func ahead() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let named = store.named(try some(1...40))
        #expect(named.map(\.name) == (1...40).map { Array("m\($0).eml".utf8) })
        try store.add(folder, named)
        #expect(try store.listing(folder).map(\.name) == named.compactMap(\.name))
    }

    @Test("from one part to the next no name is given twice, whatever else takes one in between")
    func namesOfParts() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        func add(_ messages: [MessageMetadata], isPart: Bool = true) throws -> AppliedBatch? {
            var batch = FolderBatch(folder: folder, uidValidity: try validity(1), arrived: messages)
            batch.isPart = isPart
            var applied: AppliedBatch?
            try store.apply(batch) { applied = $0 }
            return applied
        }
        #expect(try add(some(1...64))?.isFirst == true)
        // Another folder's names are no matter, but take the place of what was known.
        try store.add(try store.makeFolder("b"), try some(1...40))
        let again = try (65...100).map { try metadata($0, identity: UInt64($0) - 60) }
        #expect(try add(again)?.isFirst == false)
        _ = try store.makeFile(folder, "m120.eml", [1])
        _ = try add(some(101...132))
        _ = try add(some(133...164))
        let renamed = try #require(try store.listing(folder).first { $0.name == bytes("m150.eml") })
        try store.setName(bytes("m170.eml"), of: renamed.id) { _ in }
        _ = try add(some(165...200), isPart: false)
        let names = try store.listing(folder).map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names.count == 200)
        #expect(Set(names).count == 200)
        #expect(names.contains("m5-2.eml") && names.contains("m40-2.eml"))
        #expect(names.contains("m120-2.eml") && !names.contains("m120.eml"))
        #expect(names.contains("m170.eml") && names.contains("m170-2.eml"))
    }

    @Test("what was stored as a part is there after a crash of the program")
    func parts() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        var batch = FolderBatch(folder: folder, uidValidity: try validity(1), arrived: try some(1...50))
        batch.isPart = true
        try store.apply(batch) { _ in }
        let before = try store.listing(folder)
        let again = try fixture.crashed()
        #expect(try again.open().listing(folder) == before)
    }
}
