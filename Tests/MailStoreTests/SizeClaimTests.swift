import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: claimed sizes")
struct SizeClaimTests {
    /// Messages that claim 100 octets, with bodies of so many.
    private func receive(_ sizes: [Int], _ store: MailStore, _ folder: FolderID, from first: UInt32) throws {
        let ids = try store.add(folder, try sizes.indices.map { try metadata(first + UInt32($0)) }).arrived.map(\.id)
        try store.adoptBodies(
            zip(ids, sizes).map {
                FinishedBody(id: $0, content: .bytes([UInt8](repeating: 0x78, count: $1)))
            }
        ) { _ in }
    }

    @Test("are believed once enough were right, over a restart")
    func earned() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        try receive([Int](repeating: 100, count: SizeClaims.enough - 1), store, folder, from: 1)
        #expect(!store.sizeClaims.areBelieved)
        store = try fixture.crashed().open()
        #expect(store.sizeClaims.right == SizeClaims.enough - 1)
        try receive([100], store, folder, from: 1_000)
        #expect(store.sizeClaims.areBelieved)
        try receive([100], store, folder, from: 2_000)
        #expect(store.sizeClaims.right == SizeClaims.enough)
    }

    @Test("are never believed again when one was wrong, before or after", arguments: [0, 299])
    func lost(place: Int) throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        var sizes = [Int](repeating: 100, count: 300)
        sizes[place] = 101
        for (number, size) in sizes.enumerated() { try receive([size], store, folder, from: UInt32(number + 1)) }
        #expect(!store.sizeClaims.areBelieved)
        #expect(try !fixture.crashed().open().sizeClaims.areBelieved)
    }

    @Test("a size that is proven proves nothing more")
    func provenOnce() throws {
        let store = try Fixture().open()
        let folder = try store.makeFolder("a")
        let id = try #require(try store.add(folder, [metadata(1)]).arrived.first).id
        for _ in 0..<3 {
            try store.adoptBodies([FinishedBody(id: id, content: .bytes([UInt8](repeating: 1, count: 100)))]) { _ in }
        }
        #expect(store.sizeClaims.right == 1)
    }

    @Test("what cannot be read begins anew", arguments: ["", "1", "x y", "-1 0", "1 2 3"])
    func damaged(text: String) {
        #expect(SizeClaims(text) == SizeClaims(nil))
    }

    @Test("one that could not be kept counts as well")
    func noted() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        try store.noteWrongSizeClaim()
        #expect(store.sizeClaims.wrong == 1)
        #expect(try fixture.crashed().open().sizeClaims.wrong == 1)
    }
}
