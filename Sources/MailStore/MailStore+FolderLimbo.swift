internal import GRDB
public import MailModel

/// Folders that the server does not have at present: nothing of them is shown, and their names, listings and bodies stay for a while.
extension MailStore {
    /// How long they stay, in seconds.
    private static let folderLimbo: Int64 = 7 * 86_400

    /// Takes a folder out of the account. A folder that is inserted under its MAILBOXID, or under its name, is this one again, with the
    /// ids and names of its messages; it counts as not listed then, so that nothing is shown before the server has been asked.
    public func setAside(_ folder: FolderID) throws {
        try inTransaction { db in
            var ids: [Int64] = []
            let listing = try Query(db, "SELECT id FROM main.listing WHERE folder = ? ORDER BY id")
            listing.bind(1, folder.rawValue)
            try listing.rows { ids.append($0.int(0)) }
            for sql in [
                """
                UPDATE main.body SET limbo = ?2
                WHERE limbo IS NULL AND id IN (SELECT id FROM main.listing WHERE folder = ?1)
                """,
                "UPDATE state.folder SET limbo = ?2, limbo_name = raw_name, raw_name = NULL WHERE id = ?1",
            ] {
                let query = try Query(db, sql)
                query.bind(1, folder.rawValue)
                query.bind(2, now())
                try query.run()
            }
            try countCommit(db)
            return ids
        } then: { ids in
            usage.forget(ids)
        }
    }

    /// The path that a folder has, or had before it was set aside; nil where it is forgotten.
    public func pathGiven(to folder: FolderID) throws -> [[UInt8]]? {
        try onWriter { db in
            let query = try Query(db, "SELECT \(FolderColumns.columns) FROM state.folder AS s WHERE s.id = ?")
            query.bind(1, folder.rawValue)
            return try query.first { FolderColumns.folder($0).path }
        }
    }

    /// The folder set aside that is meant: MAILBOXID is proof (RFC 8474 section 4), else the name, where no two MAILBOXIDs differ. Whether
    /// it is the same mailbox under its name, its UIDVALIDITY will say.
    func folderSetAside(_ rawName: [UInt8], mailboxID: [UInt8]?, _ db: Database) throws -> FolderID? {
        let query = try Query(
            db,
            """
            SELECT id FROM state.folder WHERE limbo IS NOT NULL AND (mailbox_id = ?2
                OR (limbo_name = ?1 AND (mailbox_id IS NULL OR ?2 IS NULL)))
            ORDER BY mailbox_id IS ?2 DESC, limbo DESC LIMIT 1
            """)
        query.bind(1, rawName)
        query.bind(2, mailboxID)
        return try query.first { FolderID(rawValue: $0.int(0)) }
    }

    /// Its row has its name again. Bodies that another message was given meanwhile are missing.
    func bringBack(_ folder: FolderID, _ db: Database) throws {
        let members = "(SELECT id FROM main.listing WHERE folder = ?1)"
        for sql in [
            "UPDATE state.folder SET limbo = NULL, limbo_name = NULL WHERE id = ?1",
            "UPDATE main.folder SET is_listed = 0 WHERE id = ?1",
            "UPDATE main.body SET limbo = NULL WHERE limbo IS NOT NULL AND id IN \(members)",
            """
            UPDATE main.listing SET marks = marks & ~2
            WHERE folder = ?1 AND marks & 2 AND NOT EXISTS (SELECT 1 FROM main.body WHERE id = main.listing.id)
            """,
        ] {
            let query = try Query(db, sql)
            query.bind(1, folder.rawValue)
            try query.run()
        }
    }

    /// Forgets those that did not come back in time.
    func endFolderLimbo() throws {
        try inTransaction { db in
            let query = try Query(db, "SELECT id FROM state.folder WHERE limbo < ?")
            query.bind(1, now() &- Self.folderLimbo)
            var ended: [FolderID] = []
            try query.rows { ended.append(FolderID(rawValue: $0.int(0))) }
            for folder in ended { _ = try FolderColumns.remove(folder, db, now: now()) }
            if !ended.isEmpty { try countCommit(db) }
        } then: { _ in
        }
    }
}
