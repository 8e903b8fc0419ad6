import MailModel
import Testing

@testable import MailViews

/// Who wrote what, as names of directories.
@Suite("SenderTable") struct SenderTableTests {
    private func ids(_ numbers: [Int64]) -> [MessageID] { numbers.map { MessageID(rawValue: $0) } }

    private func table(_ messages: [Int64: String?], after table: SenderTable = SenderTable()) -> SenderTable {
        let addresses = messages.compactMapValues { $0 }.map {
            (MessageID(rawValue: $0), $1.split(separator: " ").map(String.init))
        }
        return table.updated(ids(Array(messages.keys)), with: Dictionary(uniqueKeysWithValues: addresses))
    }

    private func names(_ table: SenderTable) -> [String] { table.names.map { String(decoding: $0, as: UTF8.self) } }

    private func numbers(_ table: SenderTable, _ name: String) -> [Int64] {
        table.messages(from: Array(name.utf8)).map(\.rawValue).sorted()
    }

    @Test("each author once, in order, with what is theirs") func groups() {
        let table = table([3: "b@example.org", 1: "a@example.org", 7: "b@example.org", 5: nil])
        #expect(names(table) == ["a@example.org", "b@example.org"])
        #expect(numbers(table, "b@example.org") == [3, 7])
        #expect(numbers(table, "c@example.org").isEmpty)
        #expect(table.name(for: Array("B@Example.org".utf8)) == Array("b@example.org".utf8))
        #expect(table.name(for: Array("c@example.org".utf8)) == nil)
    }

    @Test("who has no message any more goes, what is known is not asked again") func updates() {
        let first = table([1: "a@example.org", 2: "b@example.org", 3: nil])
        #expect(first.unknown(among: ids([4, 3, 2, 1, 0])) == ids([4, 0]))
        let second = first.updated(ids([4, 2, 3]), with: [MessageID(rawValue: 4): ["c@example.org"]])
        #expect(names(second) == ["b@example.org", "c@example.org"])
        #expect(numbers(second, "b@example.org") == [2])
        #expect(second.unknown(among: ids([1, 2, 3, 4])) == ids([1]))
    }

    @Test("a message of several authors is with each of them") func several() {
        let first = table([1: "b@example.org a@example.org", 2: "b@example.org"])
        #expect(names(first) == ["a@example.org", "b@example.org"])
        let second = first.updated(ids([1, 3]), with: [MessageID(rawValue: 3): ["c@example.org", "b@example.org"]])
        #expect(names(second) == ["a@example.org", "b@example.org", "c@example.org"])
        #expect(numbers(second, "a@example.org") == [1])
        #expect(numbers(second, "b@example.org") == [1, 3])
        #expect(second.unknown(among: ids([1, 2, 3])) == ids([2]))
    }

    @Test(
        "an address is safe as a name",
        arguments: [
            ("../../etc@example.org", "..%2F..%2Fetc@example.org"), ("..", "%2E%2E"), (".", "%2E"),
            ("a\u{0}b\n@x", "a%00b%0A@x"), ("müller@example.org", "müller@example.org"),
        ])
    func safe(address: String, name: String) {
        let table = table([1: address])
        #expect(names(table) == [name])
        #expect(table.name(for: Array(name.utf8)) == Array(name.utf8))
    }

    @Test("a long one is cut, and two of one beginning differ") func long() {
        let start = String(repeating: "x", count: 5000)
        let table = table([1: start + "@example.org", 2: start + "@example.com"])
        #expect(table.names.count == 2)
        #expect(table.names.allSatisfy { $0.count <= 255 })
        #expect(table.names.allSatisfy { table.messages(from: $0).count == 1 })
    }
}
