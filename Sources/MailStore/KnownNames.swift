internal import GRDB
import MailModel

/// The hashes of all names that are taken in one folder, kept from one part of a listing to the next: to ask the database for each
/// new message costs as much as storing it.
///
/// It may hold more than are taken, never less: what it does not hold is free, of the rest the database decides.
struct KnownNames {
    private let folder: Int64
    private var hashes: Set<Int64> = []
    /// Rows that the writer had changed when this was right: it is right as long as there are no more.
    private var changes = 0

    /// Reads the names of a folder, where that is less work than to ask for so many new ones.
    init?(_ db: Database, _ folder: FolderID, arriving count: Int) throws {
        self.folder = folder.rawValue
        guard count >= NewMessages.count else { return nil }
        let size = try Query(db, "SELECT messages FROM main.folder WHERE id = ?")
        size.bind(1, folder.rawValue)
        guard try size.first({ $0.int(0) }) ?? 0 <= 16 * Int64(count) else { return nil }
        let names = try Query(
            db,
            """
            SELECT name_hash FROM state.message WHERE folder = ?1
            UNION ALL SELECT name_hash FROM state.operation WHERE folder = ?1 AND name_hash IS NOT NULL
            UNION ALL SELECT name_hash FROM state.local_file WHERE folder = ?1
            """)
        names.bind(1, folder.rawValue)
        try names.rows { hashes.insert($0.int(0)) }
    }

    /// Whether this still holds all that is taken in the folder.
    func isRight(_ db: Database, _ folder: FolderID) -> Bool {
        self.folder == folder.rawValue && changes == db.totalChangesCount
    }

    /// All changes so far are in here.
    mutating func note(_ db: Database) { changes = db.totalChangesCount }

    mutating func insert(_ hash: Int64) { hashes.insert(hash) }

    func contains(_ hash: Int64) -> Bool { hashes.contains(hash) }
}
