internal import GRDB
import Glibc
import IMAPValue
public import MailModel
internal import PosixFile

extension MailStore {
    /// An id that no message ever had.
    public func newMessageID() throws -> MessageID {
        var given: MessageID?
        try inRelaxedTransaction { db in
            let id = try nextMessageID(db)
            try countCommit(db)
            return id
        } then: {
            given = MessageID(rawValue: $0)
        }
        return try given ?? { throw MailStoreError.closed }()
    }

    func nextMessageID(_ db: Database) throws -> Int64 {
        let take = try Query(db, "UPDATE state.sqlite_sequence SET seq = seq + 1 WHERE name = 'message' RETURNING seq")
        if let id = try take.first({ $0.int(0) }) { return id }
        // No message was ever stored.
        try Query(db, "INSERT INTO state.sqlite_sequence (name, seq) VALUES ('message', 1)").run()
        return 1
    }

    /// Where the octets of a local file are: `spool/<id>` in the state directory, mode 0600.
    public func spoolPath(of id: MessageID) -> String { spool.path(id.rawValue) }

    /// Makes the spool file of an id, empty. As long as it is empty, it is removed when the store is opened again unless `put` has stored its
    /// row.
    public func createSpool(of id: MessageID) throws {
        try MailStoreError.naming { try spool.create(id.rawValue) }
    }

    /// Returns when the octets of these spool files, and the names of all, are on the disk. Files that are gone are passed over.
    public func makeDurable(spool ids: [MessageID]) throws {
        try MailStoreError.naming { try spool.synchronise(ids.map(\.rawValue)) }
    }

    /// All local files, ascending by id.
    public func localFiles() throws -> [LocalFile] {
        let sql = """
            SELECT id, folder, name, purpose, size, modified, modified_was_set, flags, own_name FROM state.local_file ORDER BY id
            """
        return try onWriter { db in
            var found: [LocalFile] = []
            try Query(db, sql).rows { row in
                // What a later version may have added is kept, and never sent.
                found.append(
                    LocalFile(
                        id: MessageID(rawValue: row.int(0)), folder: FolderID(rawValue: row.int(1)), name: row.bytes(2),
                        purpose: LocalFile.Purpose(rawValue: row.int(3)) ?? .scratch,
                        size: UInt64(clamping: row.int(4)),
                        modified: row.int(5), modifiedWasSet: row.int(6) != 0, flags: row.flags(7),
                        ownName: row.optionalBytes(8)))
            }
            return found
        }
    }

    /// An entry of one local file only, new or changed.
    public func put(_ file: LocalFile, published: () -> Void) throws {
        try write(JournalEntry(files: [file])) { _ in published() }
    }

    func put(_ file: LocalFile, _ db: Database) throws {
        let put = try Query(
            db,
            """
            INSERT OR REPLACE INTO state.local_file
                (id, folder, name_hash, name, purpose, size, modified, modified_was_set, flags, own_name)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        put.bind(1, file.id.rawValue)
        put.bind(2, file.folder.rawValue)
        put.bind(3, NameGiver.hash(file.name))
        put.bind(4, file.name)
        put.bind(5, file.purpose.rawValue)
        put.bind(6, Int64(clamping: file.size))
        put.bind(7, file.modified)
        put.bind(8, file.modifiedWasSet ? 1 : 0)
        put.bind(9, file.flags?.description)
        put.bind(10, file.ownName)
        try put.run()
    }

    /// Notes of a file in the spool that whoever wrote it has closed it, where its row cannot say so: a bit of its mode, which needs no room on
    /// the disk.
    public func setClosed(_ id: MessageID, _ isClosed: Bool) {
        try? FileNames.setMode(spoolPath(of: id), isClosed ? S_IRWXU : S_IRUSR | S_IWUSR)
    }

    /// Whether `setClosed` has said so.
    public func isClosed(_ id: MessageID) -> Bool {
        FileNames.status(spoolPath(of: id)).map { $0.st_mode & S_IXUSR != 0 } ?? false
    }

    /// An entry that takes local files and their octets away, all or none. Nothing happens where there are none.
    public func removeLocalFiles(_ ids: [MessageID], published: () -> Void) throws {
        guard !ids.isEmpty else { return }
        try write(JournalEntry(removedFiles: ids)) { _ in published() }
    }

    func removeLocalFiles(_ ids: [MessageID], _ db: Database) throws {
        guard !ids.isEmpty else { return }
        let remove = try Query(db, "DELETE FROM state.local_file WHERE id = ?")
        for id in ids {
            remove.bind(1, id.rawValue)
            try remove.run()
        }
    }
}
