import MailModel
import MailQuery
import MailTree
import Synchronization
import Testing

@testable import MailViews

/// What links are called, and when they are computed again.
@Suite("MessageLinks") struct MessageLinksTests {
    /// An account of which only what is found is known.
    final class Found: PartialAccount {
        let state = Mutex<(messages: [FoundMessage], changes: UInt64, asked: Int)>(([], 0, 0))

        var changes: UInt64 { state.withLock { $0.changes } }

        func found(_ query: Query) async throws -> [FoundMessage] {
            state.withLock { state in
                state.asked += 1
                return state.messages
            }
        }

        func show(_ messages: [(Int64, String)]) {
            state.withLock { state in
                state.changes += 1
                state.messages = messages.map { id, path in
                    FoundMessage(
                        id: MessageID(rawValue: id), path: path.split(separator: "/").map { Array($0.utf8) },
                        modified: id)
                }
            }
        }
    }

    private func shown(_ links: MessageLinks, _ account: Found) async throws -> [String] {
        try await links.links(in: account).ordered.map {
            String(decoding: $0.name, as: UTF8.self) + " " + String(decoding: $0.link.target, as: UTF8.self)
        }
    }

    @Test("the later one of two of a name has a number, and keeps it when the other goes") func numbered() async throws
    {
        let account = Found()
        let links = MessageLinks(Query.state(.unread), depth: 2, modified: 0)
        account.show([(2, "B/x.eml"), (1, "A/x.eml"), (3, "A/B/y")])
        #expect(
            try await shown(links, account) == [
                "x.eml ../../A/x.eml", "x-2.eml ../../B/x.eml", "y ../../A/B/y",
            ])
        account.show([(2, "C/x.eml"), (3, "A/B/y"), (4, "D/y")])
        #expect(
            try await shown(links, account) == ["x-2.eml ../../C/x.eml", "y ../../A/B/y", "y-2 ../../D/y"])
    }

    @Test("nothing is computed again before something changes") func kept() async throws {
        let account = Found()
        let links = MessageLinks(Query.state(.unread), depth: 2, modified: 0)
        account.show([(1, "A/x.eml")])
        for _ in 0..<3 { _ = try await links.links(in: account) }
        #expect(account.state.withLock { $0.asked } == 1)
        account.show([])
        #expect(try await links.links(in: account).ordered.isEmpty)
        #expect(links.modified == account.currentTime)
    }

    @Test("a number fits into a long name, between characters") func long() async throws {
        let account = Found()
        let links = MessageLinks(Query.state(.unread), depth: 1, modified: 0)
        let name = String(repeating: "花", count: 83) + "ab.eml"
        account.show([(1, "A/" + name), (2, "B/" + name)])
        let names = try await links.links(in: account).ordered.map(\.name)
        #expect(names.allSatisfy { $0.count <= 255 && String(validating: $0, as: UTF8.self) != nil })
        #expect(Set(names).count == 2)
    }
}
