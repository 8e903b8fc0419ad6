import IMAPValue
import MailModel
import MailStore
import Testing

@Suite("MailStore: names")
struct NamingTests {
    @Test("equal identities are numbered in UID order, over batches")
    func ordinals() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let other = try store.makeFolder("b")
        try store.add(folder, [metadata(9, identity: 5), metadata(2, identity: 5), metadata(3, identity: 6)])
        try store.add(folder, [metadata(11, identity: 5), metadata(10, identity: 5)])
        try store.add(other, [metadata(1, identity: 5)])
        let names = try store.listing(folder).map {
            "\($0.uid?.rawValue ?? 0) \(String(decoding: $0.name, as: UTF8.self))"
        }
        #expect(names == ["2 m5.eml", "3 m6.eml", "9 m5-2.eml", "10 m5-3.eml", "11 m5-4.eml"])
        #expect(try store.names(other) == ["m5.eml"])
    }

    @Test("a name that another identity has is not given twice")
    func clash() throws {
        let fixture = try Fixture()
        fixture.naming = PlainNaming(given: [1: "same", 2: "same", 3: "same-2"])
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        try store.add(folder, [metadata(1), metadata(2), metadata(3)])
        #expect(try store.names(folder) == ["same.eml", "same-2.eml", "same-2-2.eml"])
    }

    @Test("the names of removed messages are free again; none is given twice")
    func gaps() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        try store.add(folder, (1...6).map { try metadata($0, identity: 5) })
        try store.add(folder, vanished: [2, 5])
        try store.add(folder, (7...20).map { try metadata($0, identity: 5) })
        let names = try store.names(folder)
        #expect(Set(names).count == 18)
        #expect(names.count == 18)
    }

    @Test("many equal messages", .timeLimit(.minutes(1)))
    func many() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        for start in stride(from: UInt32(1), to: 20_000, by: 2_000) {
            try store.add(folder, (start..<start + 2_000).map { try metadata($0, identity: 5) })
        }
        let names = try store.names(folder)
        #expect(Set(names).count == 20_000)
        #expect(names.last == "m5-20000.eml")
    }

    struct Bad: MessageNaming {
        var bytes: [UInt8]
        func name(for message: MessageMetadata, ordinal: Int) -> [UInt8] { bytes }
    }

    @Test(
        "a name that is none, or does not depend on the ordinal, is replaced",
        arguments: ["", "..", "a/b", "a\0b", String(repeating: "x", count: 256), "const.eml"])
    func fallback(name: String) throws {
        let fixture = try Fixture()
        let store = try MailStore(
            cache: fixture.cache, state: fixture.state, account: "a", limits: fixture.limits,
            naming: Bad(bytes: Array(name.utf8)), now: { 1 })
        let folder = try store.makeFolder("a", epoch: 4)
        try store.add(folder, epoch: 4, [metadata(1), metadata(2)])
        let names = try store.names(folder)
        #expect(names == [name == "const.eml" ? name : "4-1.eml", "4-2.eml"])
    }
}
