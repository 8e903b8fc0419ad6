internal import GRDB
public import MailModel
import Synchronization

// Files of the spool whose rows were lost: with the end of a log, or because an older database was put in place of the newer one.
extension MailStore {
    /// Ids of spool files with content that no row has and nobody removed, as they were when the store was opened; ascending. They may be
    /// the only copies of mail that was not sent.
    public var strandedSpool: [MessageID] { stranded.withLock { $0 } }

    /// Gives a stranded file an id of its own: the old one may be another message's.
    public func adoptSpool(of id: MessageID) throws -> MessageID {
        let given = try newMessageID()
        try MailStoreError.naming { try spool.move(id.rawValue, to: given.rawValue) }
        stranded.withLock { $0.removeAll { $0 == id } }
        return given
    }

    /// Removes a stranded file.
    public func removeSpool(of id: MessageID) {
        spool.remove(id.rawValue)
        stranded.withLock { $0.removeAll { $0 == id } }
    }

    /// Finds the files that have no row, and removes those whose row was taken away and those without content. An upload's octets stay as
    /// long as it is in the journal.
    func sortSpool() throws {
        let stored = spool.sizes()
        var kept: Set<Int64> = []
        var removed: Set<Int64> = []
        try inTransaction { db in
            let wanted = """
                SELECT id FROM state.local_file UNION SELECT id FROM state.deleted_file UNION SELECT message FROM state.operation WHERE kind = 'append'
                """
            try Query(db, wanted).rows { kept.insert($0.int(0)) }
            try Query(db, "SELECT id FROM state.spool_removed").rows { removed.insert($0.int(0)) }
            if let highest = stored.keys.max() { try raiseIDs(above: highest, db) }
        } then: { _ in
            removed.subtract(kept)
            let isEmpty = { (entry: (key: Int64, value: UInt64)) in entry.value == 0 && !kept.contains(entry.key) }
            spool.sweep(removing: removed.union(stored.filter(isEmpty).map(\.key)))
        }
        let lost = stored.filter { $0.value > 0 && !kept.contains($0.key) && !removed.contains($0.key) }
        stranded.withLock { $0 = lost.keys.sorted().map(MessageID.init(rawValue:)) }
        // They are gone: of an id that is not here no file is missed.
        guard !removed.isEmpty else { return }
        try inTransaction { db in
            try Query(db, "DELETE FROM state.spool_removed").run()
            try countCommit(db)
        } then: { _ in
        }
    }

    /// No id of a file that is there is given again.
    private func raiseIDs(above highest: Int64, _ db: Database) throws {
        let sequence = try Query(db, "SELECT seq FROM state.sqlite_sequence WHERE name = 'message'")
        let given = try sequence.first { $0.int(0) }
        if let given, given >= highest { return }
        let sql =
            given == nil
            ? "INSERT INTO state.sqlite_sequence (seq, name) VALUES (?, 'message')"
            : "UPDATE state.sqlite_sequence SET seq = ? WHERE name = 'message'"
        let raise = try Query(db, sql)
        raise.bind(1, highest)
        try raise.run()
        try countCommit(db)
    }
}
