internal import GRDB
import IMAPValue
public import MailModel

/// A file that was deleted before the server had it. Its octets stay in the spool under its id.
public struct DeletedFile: Hashable, Sendable {
    public var file: LocalFile
    /// Until when it can be brought back, in seconds of the clock of whoever deleted it.
    public var until: Int64

    public init(file: LocalFile, until: Int64) {
        self.file = file
        self.until = until
    }
}

extension MailStore {
    /// All that can be brought back, ascending by id.
    public func deletedFiles() throws -> [DeletedFile] {
        // The program may have ended before it was noted that one is back.
        let sql = """
            SELECT id, folder, name, size, modified, modified_was_set, until, flags FROM state.deleted_file
            WHERE id NOT IN (SELECT id FROM state.local_file) ORDER BY id
            """
        return try onWriter { db in
            var found: [DeletedFile] = []
            try Query(db, sql).rows { row in
                let file = LocalFile(
                    id: MessageID(rawValue: row.int(0)), folder: FolderID(rawValue: row.int(1)), name: row.bytes(2),
                    purpose: .upload, size: UInt64(clamping: row.int(3)), modified: row.int(4),
                    modifiedWasSet: row.int(5) != 0, flags: row.flags(7))
                found.append(DeletedFile(file: file, until: row.int(6)))
            }
            return found
        }
    }

    func setAside(_ deleted: DeletedFile, _ db: Database) throws {
        let file = deleted.file
        let insert = try Query(db, "INSERT OR REPLACE INTO state.deleted_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        insert.bind(1, file.id.rawValue)
        insert.bind(2, file.folder.rawValue)
        insert.bind(3, file.name)
        insert.bind(4, Int64(clamping: file.size))
        insert.bind(5, file.modified)
        insert.bind(6, file.modifiedWasSet ? 1 : 0)
        insert.bind(7, deleted.until)
        insert.bind(8, file.flags?.description)
        try insert.run()
        try Self.run("DELETE FROM state.local_file WHERE id = ?", file.id, db)
        try Self.run("DELETE FROM state.spool_removed WHERE id = ?", file.id, db)
    }

    /// The file is a local file again: `put` or `record` has stored it.
    public func forget(broughtBack id: MessageID) throws {
        try inRelaxedTransaction { db in
            try Self.run("DELETE FROM state.deleted_file WHERE id = ?", id, db)
            try countCommit(db)
        } then: { _ in
        }
    }

    /// These are not brought back any more: their octets go.
    public func remove(deletedFiles ids: [MessageID]) throws {
        guard !ids.isEmpty else { return }
        try inRelaxedTransaction { db in
            for id in ids {
                try Self.run("DELETE FROM state.deleted_file WHERE id = ?", id, db)
                try Self.run("INSERT OR IGNORE INTO state.spool_removed VALUES (?)", id, db)
            }
            try countCommit(db)
        } then: { _ in
            for id in ids { spool.remove(id.rawValue) }
        }
    }

    private static func run(_ sql: String, _ id: MessageID, _ db: Database) throws {
        let query = try Query(db, sql)
        query.bind(1, id.rawValue)
        try query.run()
    }
}
