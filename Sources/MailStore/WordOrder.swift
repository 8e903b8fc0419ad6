internal import GRDB

/// Words as an index splits them, and whether texts have them one after the other: an index in memory, of a few texts at a time, that
/// knows where each word stands.
final class WordOrder: Sendable {
    private let queue: DatabaseQueue

    init() throws {
        queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(
                sql: """
                    \(SearchIndex.table("few", ["words"], "full"));
                    CREATE VIRTUAL TABLE token USING fts5vocab(few, instance);
                    """)
        }
    }

    /// In their order, in the form in which they are compared.
    func tokens(of words: String) throws -> [String] {
        try withTexts([words]) { try String.fetchAll($0, sql: "SELECT term FROM token ORDER BY offset") }
    }

    func having(_ words: String, isPrefix: Bool, among texts: [String]) throws -> [Bool] {
        let tokens = try tokens(of: words)
        var found = Array(repeating: false, count: texts.count)
        guard !tokens.isEmpty else { return found }
        let rows = try withTexts(texts) { db in
            try Int.fetchAll(
                db, sql: "SELECT rowid FROM few WHERE few MATCH ?",
                arguments: [Self.expression(tokens, isPrefix: isPrefix)])
        }
        for row in rows where found.indices.contains(row - 1) { found[row - 1] = true }
        return found
    }

    private func withTexts<Result>(_ texts: [String], _ body: (Database) throws -> Result) throws -> Result {
        try queue.write { db in
            try db.execute(sql: "INSERT INTO few (few) VALUES ('delete-all')")
            let insert = try Query(db, "INSERT INTO few (rowid, words) VALUES (?, ?)")
            for (index, text) in texts.enumerated() {
                insert.bind(1, Int64(index + 1))
                insert.bind(2, text)
                try insert.run()
            }
            defer { try? db.execute(sql: "INSERT INTO few (few) VALUES ('delete-all')") }
            return try body(db)
        }
    }

    /// Of FTS5: the tokens one after the other.
    static func expression(_ tokens: [String], isPrefix: Bool) -> String {
        quoted(tokens.joined(separator: " ")) + (isPrefix ? " *" : "")
    }

    /// Of FTS5: all of the tokens, in any order.
    static func conjunction(_ tokens: [String], isPrefix: Bool) -> String {
        guard let last = tokens.last else { return quoted("") }
        var words = Array(Set(tokens.dropLast())).sorted().map(quoted)
        if isPrefix || !tokens.dropLast().contains(last) { words.append(quoted(last) + (isPrefix ? " *" : "")) }
        return words.joined(separator: " AND ")
    }

    private static func quoted(_ words: String) -> String { "\"" + words.replacing("\"", with: " ") + "\"" }
}
