import IMAPValue
import MailModel
import MailStore
import OlderCache
import Testing

/// Header fields that are kept for who asks for conversations.
@Suite("MailStore: References") struct ReferencesTests {
    private let fields = Array("References: <a@x>\r\n".utf8)

    @Test("a message lacks them until they are added, also in a cache of before") func lacking() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2), metadata(3)]).arrived.map(\.id)
        store.close()
        try OlderCache.withoutReferences(at: fixture.cache)
        store = try fixture.open()
        #expect(try store.headers(of: ids).count == 3)
        let gone = MessageID(rawValue: 99)
        let lacking = try ids.enumerated().map {
            UnreferencedMessage(id: $1, folder: folder, uid: try uid(UInt32($0) + 1))
        }
        #expect(try store.unreferenced(among: ids + [gone]) == lacking)
        try store.add(references: [(ids[0], fields), (ids[1], []), (gone, fields)], in: folder)
        #expect(try store.unreferenced(among: ids + [gone]) == [lacking[2]])
        #expect(try store.references(of: ids + [gone]) == [ids[0]: fields, ids[1]: []])
        store.close()
        store = try fixture.open()
        #expect(try store.unreferenced(among: ids) == [lacking[2]])
    }

    @Test("what is listed anew has no UID to ask for until it is found again, and keeps what is known")
    func candidates() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        try store.add(references: [(ids[1], fields)], in: folder)
        try store.beginEpoch(folder, uidValidity: validity(2))
        #expect(try store.unreferenced(among: ids) == [UnreferencedMessage(id: ids[0], folder: folder, uid: nil)])
        try store.add(folder, epoch: 2, [metadata(1), metadata(2)], cursor: cursor(2, next: 3))
        #expect(
            try store.unreferenced(among: ids) == [UnreferencedMessage(id: ids[0], folder: folder, uid: try uid(1))])
        #expect(try store.references(of: ids) == [ids[1]: fields])
    }

    @Test("they go with their message and with its folder, and where it goes") func gone() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let (folder, other) = (try store.makeFolder("a"), try store.makeFolder("b"))
        let ids = try store.add(folder, [metadata(1), metadata(2)]).arrived.map(\.id)
        let others = try store.add(other, [metadata(1)]).arrived.map(\.id)
        try store.add(references: (ids + others).map { ($0, fields) }, in: folder)
        try store.add(references: others.map { ($0, fields) }, in: other)
        #expect(try store.references(of: ids + others).count == 3)
        try store.add(folder, vanished: [1])
        #expect(try store.references(of: ids + others) == [ids[1]: fields, others[0]: fields])
        try store.removeFolder(other)
        #expect(try store.references(of: ids + others) == [ids[1]: fields])
    }
}
