internal import GRDB
import IMAPValue
import MailModel

/// A folder as a row of the state.
enum FolderColumns {
    static let columns =
        "s.id, s.raw_name, s.separator, s.attributes, s.special_use, s.mailbox_id, s.path, s.display_name"
    static let update = """
        UPDATE state.folder SET raw_name = ?2, separator = ?3, attributes = ?4, special_use = ?5, mailbox_id = ?6,
            path = ?7, display_name = ?8 WHERE id = ?1
        """

    static func folder(_ row: Query) -> Folder {
        let path = row.bytes(6)
        return Folder(
            id: FolderID(rawValue: row.int(0)), rawName: row.bytes(1),
            separator: row.optionalInt(2).map { UInt8(truncatingIfNeeded: $0) },
            attributes: Folder.Attributes(rawValue: UInt8(truncatingIfNeeded: row.int(3))),
            specialUse: SpecialUse(rawValue: row.text(4)), mailboxID: row.optionalBytes(5),
            path: path.isEmpty ? [] : path.split(separator: 0x2F, omittingEmptySubsequences: false).map(Array.init),
            displayName: row.text(7))
    }

    static func bind(_ folder: Folder, to query: Query) {
        query.bind(1, folder.id.rawValue)
        query.bind(2, folder.rawName.isEmpty ? nil : folder.rawName)
        query.bind(3, folder.separator.map(Int64.init))
        query.bind(4, Int64(folder.attributes.rawValue))
        query.bind(5, folder.specialUse?.rawValue)
        query.bind(6, folder.mailboxID)
        query.bind(7, Array(folder.path.joined(separator: [0x2F])))
        query.bind(8, folder.displayName)
    }

    /// Takes a folder and its messages out of both databases; bodies are kept for a while.
    ///
    /// - Returns: the messages that its listing had, ascending.
    static func remove(_ folder: FolderID, _ db: Database, now: Int64) throws -> [Int64] {
        var ids: [Int64] = []
        let listing = try Query(db, "SELECT id FROM main.listing WHERE folder = ? ORDER BY id")
        listing.bind(1, folder.rawValue)
        try listing.rows { ids.append($0.int(0)) }
        let members = "id IN (SELECT id FROM main.listing WHERE folder = ?1)"
        for sql in [
            "UPDATE main.body SET limbo = ?2 WHERE limbo IS NULL AND \(members)",
            "DELETE FROM main.header WHERE \(members)", "DELETE FROM main.listing WHERE folder = ?1",
            "DELETE FROM main.candidate WHERE folder = ?1", "DELETE FROM main.folder WHERE id = ?1",
            "DELETE FROM state.expected WHERE folder = ?1", "DELETE FROM state.message WHERE folder = ?1",
            "DELETE FROM state.folder WHERE id = ?1",
        ] {
            let query = try Query(db, sql)
            query.bind(1, folder.rawValue)
            if sql.contains("?2") { query.bind(2, now) }
            try query.run()
        }
        return ids
    }
}
