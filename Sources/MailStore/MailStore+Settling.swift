internal import GRDB
public import IMAPValue
public import MailModel

extension MailStore {
    /// Ends operations in one transaction: the index and the names say what is so now, the operations leave the journal.
    /// `published` is called on the writer, as in `apply`.
    ///
    /// A message that a listing found meanwhile under the UID of a settlement is the same one: its row goes, the moved, copied or
    /// uploaded one stays. The wanted name goes to the message even where one has it that an operation takes away: that one gets
    /// another. Operations that are not in the journal are passed over, and so are outcomes that are none of the operation's kind.
    ///
    /// - Parameter decoding: how a raw name of a folder reads for people; without it the path stands for that.
    public func settle(
        _ settlements: [Settlement], decoding: (([UInt8]) -> String)? = nil, published: (SettledChanges) -> Void
    ) throws {
        try inTransaction { db in
            var settling = Settling(self, db, decoding: decoding)
            for settlement in settlements {
                guard let operation = try operations([settlement.operation], db).first else { continue }
                try settling.settle(operation, settlement.outcome)
            }
            return (try settling.finish(), settling.index.effects)
        } then: { changes, effects in
            perform(effects)
            published(changes)
        }
    }

    /// The messages of the folder's present epoch that have this identity and a UID from here on, ascending by UID.
    public func messages(with identity: MessageIdentity, in folder: FolderID, from uid: UID) throws -> [StoredMessage] {
        try onWriter { db in
            let query = try Query(
                db,
                StoredColumns.selectByMessage + """
                    WHERE m.folder = ?1 AND m.uid_validity = (SELECT uid_validity FROM main.folder WHERE id = ?1) AND m.uid >= ?2
                        AND l.identity = ?3 ORDER BY m.uid
                    """)
            query.bind(1, folder.rawValue)
            query.bind(2, Int64(uid.rawValue))
            query.bind(3, high: identity.high, low: identity.low)
            var found: [StoredMessage] = []
            try query.rows { row in
                if let message = StoredColumns.message(row, flagTable) { found.append(message) }
            }
            return found
        }
    }

    /// The messages of other folders' present epochs with this size that were found after another had its id. Ascending by id.
    public func messages(
        foundAfter id: MessageID, size: UInt64, outside folder: FolderID
    ) throws -> [StoredMessage] {
        try onWriter { db in
            let query = try Query(
                db,
                StoredColumns.selectByMessage + """
                    WHERE m.id > ?1 AND m.folder <> ?2 AND l.size = ?3
                        AND m.uid_validity = (SELECT uid_validity FROM main.folder WHERE id = m.folder) ORDER BY m.id
                    """)
            query.bind(1, id.rawValue)
            query.bind(2, folder.rawValue)
            query.bind(3, Int64(clamping: size))
            var found: [StoredMessage] = []
            try query.rows { row in
                if let message = StoredColumns.message(row, flagTable) { found.append(message) }
            }
            return found
        }
    }

    /// Takes out of a folder the messages without a UID that its listing, complete since, did not find: those that were brought there,
    /// and those that left it while their move was under way. Where a move still is, they stay.
    public func dropUnmatched(in folder: FolderID, published: (AppliedBatch) -> Void) throws {
        try inTransaction { db in
            var index = IndexChange(self, db)
            let unmatched = try Query(
                db,
                """
                SELECT id FROM state.message AS m WHERE folder = ? AND uid_validity = 0 AND NOT EXISTS (
                    SELECT 1 FROM state.operation WHERE message = m.id AND kind = 'move' AND state = 1)
                """)
            unmatched.bind(1, folder.rawValue)
            var ids: [Int64] = []
            try unmatched.rows { ids.append($0.int(0)) }
            for id in ids { try index.remove(id) }
            if !ids.isEmpty { try countCommit(db) }
            return (try index.finish(), index.effects)
        } then: { batches, effects in
            perform(effects)
            for batch in batches { published(batch) }
        }
    }
}
