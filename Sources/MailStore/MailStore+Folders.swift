internal import GRDB
public import IMAPValue
public import MailModel

extension MailStore {
    /// All folders, in the order in which they came.
    public func folders() throws -> [StoredFolder] {
        let sql = """
            SELECT s.id, s.raw_name, s.separator, s.attributes, s.special_use, s.mailbox_id, s.path, s.display_name,
                c.uid_validity, c.uid_next, c.highest_modseq, c.is_listed, c.messages, c.listing_changed
            FROM state.folder AS s LEFT JOIN main.folder AS c USING (id) ORDER BY s.id
            """
        return try onWriter { db in
            var found: [StoredFolder] = []
            try Query(db, sql).rows { row in
                let path = row.bytes(6)
                let folder = Folder(
                    id: FolderID(rawValue: row.int(0)), rawName: row.bytes(1),
                    separator: row.optionalInt(2).map { UInt8(truncatingIfNeeded: $0) },
                    attributes: Folder.Attributes(rawValue: UInt8(truncatingIfNeeded: row.int(3))),
                    specialUse: SpecialUse(rawValue: row.text(4)), mailboxID: row.optionalBytes(5),
                    path: path.isEmpty
                        ? [] : path.split(separator: 0x2F, omittingEmptySubsequences: false).map(Array.init),
                    displayName: row.text(7))
                let cursor = UIDValidity(UInt32(truncatingIfNeeded: row.int(8))).map { validity in
                    FolderCursor(
                        uidValidity: validity, uidNext: UInt32(truncatingIfNeeded: row.int(9)),
                        highestModSeq: row.optionalInt(10).flatMap { ModSequence(UInt64(clamping: $0)) },
                        isListed: row.int(11) != 0)
                }
                found.append(
                    StoredFolder(
                        folder: folder, cursor: cursor, messages: Int(clamping: row.int(12)),
                        listingChanged: row.int(13)))
            }
            return found
        }
    }

    /// Gives a folder its id. A raw name that has one keeps it and is updated.
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
            let known = try folderID(rawName, db)
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
            bind(folder, to: insert)
            insert.bind(1, known?.rawValue)
            try insert.run()
            try countCommit(db)
            return known ?? FolderID(rawValue: db.lastInsertedRowID)
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
    /// - Throws: `folderExists` where the raw name is another folder's, `noSuchFolder`.
    public func updateFolder(_ folder: Folder) throws {
        try inTransaction { db in
            if let other = try folderID(folder.rawName, db), other != folder.id {
                throw MailStoreError.folderExists(other)
            }
            let update = try Query(
                db,
                """
                UPDATE state.folder SET raw_name = ?2, separator = ?3, attributes = ?4, special_use = ?5,
                    mailbox_id = ?6, path = ?7, display_name = ?8 WHERE id = ?1
                """)
            bind(folder, to: update)
            try update.run()
            guard db.changesCount == 1 else { throw MailStoreError.noSuchFolder(folder.id) }
            try countCommit(db)
        } then: { _ in
        }
    }

    /// Forgets a folder. Its bodies are kept for a while, for messages that turn up elsewhere.
    ///
    /// - Returns: The messages that its listing had, ascending.
    @discardableResult
    public func removeFolder(_ folder: FolderID) throws -> [MessageID] {
        var removed: [MessageID] = []
        try inTransaction { db in
            var ids: [MessageID] = []
            let listing = try Query(db, "SELECT id FROM main.listing WHERE folder = ? ORDER BY id")
            listing.bind(1, folder.rawValue)
            try listing.rows { ids.append(MessageID(rawValue: $0.int(0))) }
            let members = "id IN (SELECT id FROM main.listing WHERE folder = ?1)"
            for sql in [
                "UPDATE main.body SET limbo = ?2 WHERE limbo IS NULL AND \(members)",
                "DELETE FROM main.header WHERE \(members)", "DELETE FROM main.listing WHERE folder = ?1",
                "DELETE FROM main.candidate WHERE folder = ?1", "DELETE FROM main.folder WHERE id = ?1",
                "DELETE FROM state.message WHERE folder = ?1",
                "DELETE FROM state.folder WHERE id = ?1",
            ] {
                let query = try Query(db, sql)
                query.bind(1, folder.rawValue)
                if sql.contains("?2") { query.bind(2, now()) }
                try query.run()
            }
            try countCommit(db)
            return ids
        } then: { ids in
            usage.forget(ids.lazy.map(\.rawValue))
            removed = ids
        }
        return removed
    }

    private func folderID(_ rawName: [UInt8], _ db: Database) throws -> FolderID? {
        guard !rawName.isEmpty else { return nil }
        let query = try Query(db, "SELECT id FROM state.folder WHERE raw_name = ?")
        query.bind(1, rawName)
        return try query.first { FolderID(rawValue: $0.int(0)) }
    }

    private func bind(_ folder: Folder, to query: Query) {
        query.bind(1, folder.id.rawValue)
        query.bind(2, folder.rawName.isEmpty ? nil : folder.rawName)
        query.bind(3, folder.separator.map(Int64.init))
        query.bind(4, Int64(folder.attributes.rawValue))
        query.bind(5, folder.specialUse?.rawValue)
        query.bind(6, folder.mailboxID)
        query.bind(7, Array(folder.path.joined(separator: [0x2F])))
        query.bind(8, folder.displayName)
    }
}
