internal import GRDB

extension MailStore {
    /// A small fact that was kept under `key`; nil if none was. It lies in the state, and outlives the cache.
    public func kept(_ key: String) throws -> String? {
        try onWriter { db in
            let query = try Query(db, "SELECT value FROM state.meta WHERE key = ?")
            query.bind(1, Self.prefix + key)
            return try query.first { $0.text(0) }
        }
    }

    /// Keeps a small fact durably, or forgets it for nil.
    public func keep(_ value: String?, as key: String) throws {
        try inTransaction { db in
            let sql =
                value == nil
                ? "DELETE FROM state.meta WHERE key = ?" : "INSERT OR REPLACE INTO state.meta VALUES (?, ?)"
            let query = try Query(db, sql)
            query.bind(1, Self.prefix + key)
            if let value { query.bind(2, value) }
            try query.run()
            try countCommit(db)
        } then: { _ in
        }
    }

    /// What the store itself keeps there has names without it.
    private static let prefix = "fact."
}
