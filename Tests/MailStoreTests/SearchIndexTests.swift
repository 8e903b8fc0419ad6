import Foundation
import MailModel
import Testing

@testable import MailStore

/// Words of messages, found again; nothing of what is gone or was replaced.
@Suite("Search index") struct SearchIndexTests {
    private func index() throws -> (SearchIndex, path: String) {
        let path = FileManager.default.temporaryDirectory.path + "/search-\(UUID().uuidString).sqlite"
        return (try SearchIndex(path: path, listed: ["subject"], told: ["copy"]), path)
    }

    private func document(_ id: Int64, _ subject: String, copy: String = "", _ text: String? = nil)
        -> SearchIndex.Document
    {
        SearchIndex.Document(
            id: MessageID(rawValue: id), isWhole: text != nil, hasAttachment: id % 2 == 0, fields: [subject, copy],
            text: text ?? "")
    }

    private func numbers(_ ids: Set<MessageID>) -> [Int64] { ids.map(\.rawValue).sorted() }

    /// What is certain; nothing else may be possible.
    private func found(
        _ words: String, _ index: SearchIndex, _ place: SearchIndex.Place = .anywhere, isPrefix: Bool = false
    ) throws -> [Int64] {
        let found = try index.messages(with: words, isPrefix: isPrefix, in: place)
        #expect(found.possible.isEmpty, "\(words)")
        return numbers(found.certain)
    }

    private func possible(_ words: String, _ index: SearchIndex, isPrefix: Bool = false) throws -> [Int64] {
        numbers(try index.messages(with: words, isPrefix: isPrefix, in: .anywhere).possible)
    }

    @Test("words are found in their column, without regard to case and accents") func words() throws {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        try index.add([document(2, "other", "Die GROSSE Größe"), document(1, "Größe der Boote")])
        #expect(try found("grosse", index) == [2])
        #expect(try found("GRÖßE", index) == [1, 2])
        #expect(try found("größe", index, .field("subject")) == [1])
        #expect(try found("größe", index, .text) == [2])
        #expect(try found("größe", index, .field("nobody")) == [])
        #expect(try found("boo", index, isPrefix: true) == [1])
        #expect(try found("boote der", index) == [])
        #expect(try found("der boo", index, isPrefix: true) == [1])
        #expect(try found("—", index) == [])
        #expect(try index.withAttachments().map(\.rawValue) == [2])
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    @Test("words that follow each other are certain in fields, and for the text to tell in texts") func phrases() throws
    {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        let texts = ["the pier is full", "is the full pier", "pier", "a \"the-pier\""]
        try index.add(texts.enumerated().map { document(Int64($0.offset + 1), "", $0.element) })
        try index.add([document(9, "The pier", "and the pier")])
        #expect(try possible("The Pier", index) == [1, 2, 4])
        #expect(try possible("the pie", index, isPrefix: true) == [1, 2, 4])
        #expect(numbers(try index.messages(with: "the \"pier", isPrefix: false, in: .anywhere).certain) == [9])
        #expect(try index.having("The pier", isPrefix: false, among: texts) == [true, false, false, true])
        #expect(try index.having("full pi", isPrefix: true, among: texts) == [false, true, false, false])
        #expect(try index.having("pier pier", isPrefix: false, among: texts) == [false, false, false, false])
        #expect(try possible("pier pier", index) == [1, 2, 3, 4, 9])
        #expect(try index.having("—", isPrefix: false, among: texts).contains(true) == false)
    }

    @Test("a document is completed when its text is there, and its fields are not added again") func completed() throws
    {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        try index.add([document(1, "first"), document(2, ""), document(3, "third")])
        #expect(try index.contents().isWhole(MessageID(rawValue: 1)) == false)
        try index.add([document(1, "ignored", copy: "bob", "text"), document(2, "late", "second")])
        #expect(try found("first", index) == [1])
        #expect(try found("ignored", index) == [])
        #expect(try found("bob", index, .field("copy")) == [1])
        #expect(try found("late", index) == [2] && found("second", index) == [2])
        #expect(
            try index.whole(among: [1, 2, 3].map(MessageID.init(rawValue:)))
                == Set([1, 2].map(MessageID.init(rawValue:))))
        let before = try index.additions
        try index.add([document(1, "first"), document(1, "other", "text")])
        #expect(try index.additions == before)
        #expect(try found("other", index) == [])
    }

    @Test("what is gone is not found") func gone() throws {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        try index.add([document(1, "first"), document(2, "second", "two words")])
        #expect(try index.keep(only: [1, 7]) == false)
        #expect(try found("second", index) == [])
        #expect(try possible("two words", index) == [])
        try index.add([document(3, "third")])
        #expect(try found("third", index) == [3])
    }

    @Test("many rows left behind are told of") func waste() throws {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        try index.add((1...10_004).map { document($0, "again") })
        #expect(try index.keep(only: [1, 2]) == false)
        #expect(try index.keep(only: [1]) == true)
    }

    @Test("what merging leaves free is given back, and all is found as before") func shrunk() throws {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        func text(_ id: Int64) -> String {
            let words: [String] = (0..<40).map { (place: Int64) -> String in "w\((id * 37 + place * 1_009) % 20_000)" }
            return words.joined(separator: " ")
        }
        for start in stride(from: Int64(0), to: 4_000, by: 100) {
            let documents = (start..<start + 100).map { (id: Int64) in document(id, "number\(id)", text(id)) }
            try index.add(documents)
        }
        let before = try index.pages()
        #expect(before.free > before.all / 16)
        let word = try found("w74", index)
        try index.shrink()
        let after = try index.pages()
        #expect(after.free == 0 && after.all == before.all - before.free)
        #expect(try found("w74", index) == word && !word.isEmpty)
        #expect(try found("number3999", index) == [3_999])
    }

    @Test("one of another form, or none at all, is made anew") func form() throws {
        let (first, path) = try index()
        defer { SearchIndex.remove(path) }
        try first.add([document(1, "old")])
        let second = try SearchIndex(path: path, listed: ["topic"], told: ["copy"])
        #expect(try found("old", second) == [])
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
        let third = try SearchIndex(path: path, listed: ["topic"], told: ["copy"])
        #expect(try third.contents().isWhole(MessageID(rawValue: 1)) == nil)
    }
}
