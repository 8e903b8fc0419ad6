import Foundation
import MailModel
import Testing

@testable import MailStore

/// Words of messages, found again; nothing of what is gone or was replaced.
@Suite("Search index") struct SearchIndexTests {
    private func index(_ columns: [String] = ["subject", "body"]) throws -> (SearchIndex, path: String) {
        let path = FileManager.default.temporaryDirectory.path + "/search-\(UUID().uuidString).sqlite"
        return (try SearchIndex(path: path, columns: columns), path)
    }

    private func document(_ id: Int64, _ subject: String, _ body: String = "", isWhole: Bool = false)
        -> SearchIndex.Document
    {
        SearchIndex.Document(
            id: MessageID(rawValue: id), isWhole: isWhole, hasAttachment: id % 2 == 0, columns: [subject, body])
    }

    private func found(_ expression: String, _ index: SearchIndex) throws -> [Int64] {
        try index.messages(matching: expression).map(\.rawValue).sorted()
    }

    @Test("words are found in their column, without regard to case and accents") func words() throws {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        try index.add([document(1, "Größe der Boote"), document(2, "other", "Die GROSSE Größe")])
        #expect(try found("\"grosse\"", index) == [2])
        #expect(try found("\"GRÖßE\"", index) == [1, 2])
        #expect(try found("subject : \"größe\"", index) == [1])
        #expect(try found("\"boo\" *", index) == [1])
        #expect(try found("\"boote der\"", index) == [])
        #expect(try index.withAttachments().map(\.rawValue) == [2])
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    @Test("a document that is replaced answers for its old words no more, nor does a row that is left") func replaced()
        throws
    {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        try index.add([document(1, "old"), document(2, "second")])
        try index.add([document(1, "new", "text", isWhole: true)])
        #expect(try found("\"old\"", index) == [])
        #expect(try found("\"new\"", index) == [1])
        #expect(try index.whole(among: [1, 2, 3].map(MessageID.init(rawValue:))).map(\.rawValue) == [1])
        #expect(try index.keep(only: [1, 7]) == false)
        #expect(try found("\"second\"", index) == [])
        // Rows are not given again.
        try index.add([document(3, "third")])
        #expect(try found("\"second\"", index) == [])
        #expect(try found("\"third\"", index) == [3])
    }

    @Test("many rows left behind are told of") func waste() throws {
        let (index, path) = try index()
        defer { SearchIndex.remove(path) }
        for _ in 0..<6 { try index.add((1...2_000).map { document($0, "again") }) }
        #expect(try index.keep(only: Array(1...2_000)) == false)
        try index.add((1...2_001).map { document($0, "again") })
        #expect(try index.keep(only: [1]) == true)
    }

    @Test("one of another form, or none at all, is made anew") func form() throws {
        let (first, path) = try index()
        defer { SearchIndex.remove(path) }
        try first.add([document(1, "old")])
        let second = try SearchIndex(path: path, columns: ["text"])
        #expect(try found("\"old\"", second) == [])
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
        let third = try SearchIndex(path: path, columns: ["text"])
        #expect(try third.contents().isWhole(MessageID(rawValue: 1)) == nil)
    }
}
