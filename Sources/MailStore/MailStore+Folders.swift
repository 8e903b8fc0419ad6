internal import GRDB
public import IMAPValue
public import MailModel

extension MailStore {
    /// All folders, in the order in which they came.
    public func folders() throws -> [StoredFolder] {
        let sql = """
            SELECT \(FolderColumns.columns), c.uid_validity, c.uid_next, c.highest_modseq, c.is_listed, c.messages,
                c.listing_changed
            FROM state.folder AS s LEFT JOIN main.folder AS c USING (id)
            WHERE s.limbo IS NULL ORDER BY s.id
            """
        return try onWriter { db in
            var found: [StoredFolder] = []
            try Query(db, sql).rows { row in
                let cursor = UIDValidity(UInt32(truncatingIfNeeded: row.int(8))).map { validity in
                    FolderCursor(
                        uidValidity: validity, uidNext: UInt32(truncatingIfNeeded: row.int(9)),
                        highestModSeq: row.optionalInt(10).flatMap { ModSequence(UInt64(clamping: $0)) },
                        isListed: row.int(11) != 0)
                }
                found.append(
                    StoredFolder(
                        folder: FolderColumns.folder(row), cursor: cursor, messages: Int(clamping: row.int(12)),
                        listingChanged: ListingTime.stored(row.int(13))))
            }
            return found
        }
    }

    /// Gives a folder its id. A raw name that has one keeps it and is updated; so does a folder that was set aside.
    ///
    /// - Parameters:
    ///   - rawName: Empty for a directory that only stands between others; these are never the same.
    ///   - path: Components without slashes.
    public func insertFolder(
        rawName: [UInt8], separator: UInt8?, attributes: Folder.Attributes, specialUse: SpecialUse?,
        mailboxID: [UInt8]?, path: [[UInt8]], displayName: String
    ) throws -> Folder {
        var inserted: Folder?
        try inTransaction { db in
            let present = try folderID(rawName, db)
            let setAside = present == nil ? try folderSetAside(rawName, mailboxID: mailboxID, db) : nil
            let known = present ?? setAside
            let insert = try Query(
                db,
                """
                INSERT INTO state.folder
                    (id, raw_name, separator, attributes, special_use, mailbox_id, path, display_name)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (id) DO UPDATE SET raw_name = ?2, separator = ?3, attributes = ?4, special_use = ?5,
                    mailbox_id = ?6, path = ?7, display_name = ?8
                """)
            let folder = Folder(
                id: known ?? FolderID(rawValue: 0), rawName: rawName, separator: separator, attributes: attributes,
                specialUse: specialUse, mailboxID: mailboxID, path: path, displayName: displayName)
            FolderColumns.bind(folder, to: insert)
            insert.bind(1, known?.rawValue)
            try insert.run()
            let id = known ?? FolderID(rawValue: db.lastInsertedRowID)
            if let setAside { try bringBack(setAside, db) }
            try countCommit(db)
            return id
        } then: { id in
            inserted = Folder(
                id: id, rawName: rawName, separator: separator, attributes: attributes, specialUse: specialUse,
                mailboxID: mailboxID, path: path, displayName: displayName)
        }
        guard let inserted else { throw MailStoreError.closed }
        return inserted
    }

    /// Stores a folder anew. With another raw name it was renamed: id, messages and bodies stay.
    ///
    /// - Parameter isDoubted: whether it is the same mailbox is to be seen from its messages: they count as of an earlier epoch, so that each
    ///   is known again by what it equals, and not by its UID, when the folder is listed.
    /// - Throws: `folderExists` where the raw name is another folder's, `noSuchFolder`.
    public func updateFolder(_ folder: Folder, isDoubted: Bool = false) throws {
        try inTransaction { db in
            if let other = try folderID(folder.rawName, db), other != folder.id {
                throw MailStoreError.folderExists(other)
            }
            let update = try Query(db, FolderColumns.update)
            FolderColumns.bind(folder, to: update)
            try update.run()
            guard db.changesCount == 1 else { throw MailStoreError.noSuchFolder(folder.id) }
            if isDoubted { try doubtEpoch(of: folder.id, db) }
            try countCommit(db)
        } then: { _ in
        }
    }

    /// Forgets a folder. Operations and local files that name it stay as they are. Its bodies are kept for a while, for messages that turn up elsewhere.
    ///
    /// - Returns: The messages that its listing had, ascending.
    @discardableResult
    public func removeFolder(_ folder: FolderID) throws -> [MessageID] {
        var removed: [MessageID] = []
        try inTransaction { db in
            let ids = try FolderColumns.remove(folder, db, now: now())
            try countCommit(db)
            return ids
        } then: { ids in
            usage.forget(ids)
            removed = ids.map(MessageID.init(rawValue:))
        }
        return removed
    }

    /// Gives what is known of a folder an epoch that no server will tell for it.
    private func doubtEpoch(of folder: FolderID, _ db: Database) throws {
        let epoch = try Query(db, "SELECT uid_validity FROM main.folder WHERE id = ?")
        epoch.bind(1, folder.rawValue)
        guard let old = try epoch.first({ $0.int(0) }), old > 0 else { return }
        let doubted = old ^ 0x8000_0000
        for sql in [
            "UPDATE main.folder SET uid_validity = ?2 WHERE id = ?1",
            "UPDATE state.message SET uid_validity = ?2 WHERE folder = ?1 AND uid_validity = ?3",
        ] {
            let query = try Query(db, sql)
            query.bind(1, folder.rawValue)
            query.bind(2, doubted == 0 ? 1 : doubted)
            if sql.contains("?3") { query.bind(3, old) }
            try query.run()
        }
    }

    private func folderID(_ rawName: [UInt8], _ db: Database) throws -> FolderID? {
        guard !rawName.isEmpty else { return nil }
        let query = try Query(db, "SELECT id FROM state.folder WHERE raw_name = ?")
        query.bind(1, rawName)
        return try query.first { FolderID(rawValue: $0.int(0)) }
    }
}
