internal import GRDB

/// Takes messages out of the index within one transaction; their bodies are kept for a while.
struct MessageRemoval {
    struct Removed {
        /// The listing had it.
        var wasListed = false
        /// It counted among the messages of its folder: it had a UID.
        var counted = false
        /// Its body is of no message now.
        var hadBody = false
    }

    private let now: Int64
    private let db: Database
    private let forget: Query
    private let expected: Query
    private let unlist: Query
    private let header: Query
    private let limbo: Query

    init(_ db: Database, now: Int64) throws {
        self.db = db
        self.now = now
        forget = try Query(db, "DELETE FROM state.message WHERE id = ? RETURNING uid_validity")
        expected = try Query(db, "DELETE FROM state.expected WHERE id = ?")
        unlist = try Query(db, "DELETE FROM main.listing WHERE folder = ? AND id = ?")
        header = try Query(db, "DELETE FROM main.header WHERE id = ?")
        limbo = try Query(db, "UPDATE main.body SET limbo = ? WHERE id = ? AND limbo IS NULL")
    }

    func remove(_ id: Int64, from folder: Int64) throws -> Removed {
        var removed = Removed()
        forget.bind(1, id)
        let validity = try forget.first { $0.int(0) }
        if validity == 0 {
            expected.bind(1, id)
            try expected.run()
        }
        unlist.bind(1, folder)
        unlist.bind(2, id)
        try unlist.run()
        guard db.changesCount > 0 else { return removed }
        removed.wasListed = true
        removed.counted = validity != 0
        header.bind(1, id)
        try header.run()
        limbo.bind(1, now)
        limbo.bind(2, id)
        try limbo.run()
        removed.hadBody = db.changesCount > 0
        return removed
    }
}
