internal import GRDB

extension MailStore {
    /// The queries that somebody keeps, as they were written, in the order of their octets.
    public func savedSearches() throws -> [String] {
        try onWriter { db in
            var found: [String] = []
            try Query(db, "SELECT query FROM state.saved_search ORDER BY query").rows { found.append($0.text(0)) }
            return found
        }
    }

    /// Keeps a query; nothing happens where it is kept already.
    public func save(search query: String) throws {
        try change("INSERT OR IGNORE INTO state.saved_search VALUES (?)", query)
    }

    /// Keeps a query no more.
    public func forget(search query: String) throws {
        try change("DELETE FROM state.saved_search WHERE query = ?", query)
    }

    private func change(_ sql: String, _ query: String) throws {
        try inTransaction { db in
            let change = try Query(db, sql)
            change.bind(1, query)
            try change.run()
            try countCommit(db)
        } then: { _ in
        }
    }
}
