internal import GRDB

/// Caches as earlier programs have left them.
public enum OlderCache {
    /// Takes out of a cache, which nobody has open, what came with References and In-Reply-To.
    public static func withoutReferences(at cache: String) throws {
        let database = try DatabaseQueue(path: cache + "/index.sqlite")
        try database.write { db in
            try db.execute(
                sql: """
                    DROP TRIGGER header_deleted; DROP TRIGGER header_moved; DROP TABLE reference;
                    DELETE FROM grdb_migrations WHERE identifier = '3';
                    """)
        }
        try database.close()
    }
}
