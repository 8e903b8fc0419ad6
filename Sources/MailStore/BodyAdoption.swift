internal import GRDB
import MailModel

/// Gives bodies their rows within one transaction.
struct BodyAdoption {
    private let db: Database
    private let now: Int64
    private var byFolder: [Int64: [Int64]] = [:]
    private(set) var adopted: [Int64] = []
    private(set) var added: UInt64 = 0
    private(set) var replaced: UInt64 = 0
    /// How the sizes that were only claimed until now compare with what was received.
    private(set) var claims = SizeClaims()
    private let find: Query
    private let insert: Query
    private let mark: Query

    init(_ db: Database, now: Int64) throws {
        self.db = db
        self.now = now
        find = try Query(
            db,
            """
            SELECT l.folder, l.marks & 4, l.identity, (SELECT size FROM main.body AS b WHERE b.id = ?1),
                l.marks & 1, l.size
            FROM state.message AS m CROSS JOIN main.listing AS l ON l.folder = m.folder AND l.id = m.id WHERE m.id = ?1
            """)
        insert = try Query(
            db, "INSERT OR REPLACE INTO main.body (id, size, sha256, used, identity) VALUES (?, ?, ?, ?, ?)")
        mark = try Query(db, "UPDATE main.listing SET size = ?, marks = marks | 3 WHERE folder = ? AND id = ?")
    }

    /// - Returns: false where the message is gone.
    mutating func adopt(_ id: Int64, size: UInt64, sha256: [UInt8]) throws -> Bool {
        find.bind(1, id)
        let row = try find.first { row in
            (
                folder: row.int(0), identity: row.int(1) == 0 ? nil : row.bytes(2), old: UInt64(clamping: row.int(3)),
                claimed: row.int(4) == 0 ? UInt64(clamping: row.int(5)) : nil
            )
        }
        guard let row else { return false }
        if let claimed = row.claimed { claims.note(isRight: claimed == size) }
        insert.bind(1, id)
        insert.bind(2, Int64(clamping: size))
        insert.bind(3, sha256)
        insert.bind(4, now)
        insert.bind(5, row.identity)
        try insert.run()
        mark.bind(1, Int64(clamping: size))
        mark.bind(2, row.folder)
        mark.bind(3, id)
        try mark.run()
        byFolder[row.folder, default: []].append(id)
        adopted.append(id)
        added &+= size
        replaced &+= row.old
        return true
    }

    /// What the listings show now.
    func changes(_ flags: FlagTable) throws -> [AppliedBatch] {
        try ListingUpdate.batches(db, byFolder, flags)
    }
}

/// Takes bodies out of the cache within one transaction.
struct BodyRemoval {
    private let delete: Query
    private let mark: Query

    init(_ db: Database) throws {
        delete = try Query(db, "DELETE FROM main.body WHERE id = ?")
        mark = try Query(
            db,
            """
            UPDATE main.listing SET marks = marks & ~2
            WHERE folder = (SELECT folder FROM state.message WHERE id = ?1) AND id = ?1
            """)
    }

    func remove(_ id: Int64) throws {
        delete.bind(1, id)
        try delete.run()
        mark.bind(1, id)
        try mark.run()
    }
}

/// The messages of several folders as their listings have them now.
enum ListingUpdate {
    static func batches(_ db: Database, _ byFolder: [Int64: [Int64]], _ flags: FlagTable) throws -> [AppliedBatch] {
        let changed = try Query(db, "SELECT listing_changed FROM main.folder WHERE id = ?")
        let select = try Query(db, StoredColumns.select + "WHERE l.folder = ? AND l.id = ?")
        return try byFolder.sorted { $0.key < $1.key }.map { folder, ids in
            var batch = AppliedBatch(folder: FolderID(rawValue: folder))
            changed.bind(1, folder)
            batch.listingChanged = try changed.first { $0.int(0) } ?? 0
            for id in Set(ids).sorted() {
                select.bind(1, folder)
                select.bind(2, id)
                if let summary = try select.first({ StoredColumns.summary($0, flags) }) {
                    batch.updated.append(summary)
                }
            }
            return batch
        }
    }
}
