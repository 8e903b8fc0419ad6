internal import GRDB
public import IMAPValue
public import MailModel

extension MailStore {
    /// How far a folder is known; nil until its first epoch was begun.
    public func cursor(_ folder: FolderID) throws -> FolderCursor? {
        try onWriter { db in
            try agree(db)
            let query = try Query(
                db, "SELECT uid_validity, uid_next, highest_modseq, is_listed FROM main.folder WHERE id = ?")
            query.bind(1, folder.rawValue)
            return try query.first { row in
                UIDValidity(UInt32(clamping: row.int(0))).map { validity in
                    FolderCursor(
                        uidValidity: validity, uidNext: UInt32(clamping: row.int(1)),
                        highestModSeq: ModSequence(UInt64(clamping: row.int(2))), isListed: row.int(3) != 0)
                }
            }.flatMap { $0 }
        }
    }

    /// Messages of a folder, those flagged `\Deleted` too.
    public func messageCount(_ folder: FolderID) throws -> Int {
        try onWriter { db in
            let query = try Query(db, "SELECT messages FROM main.folder WHERE id = ?")
            query.bind(1, folder.rawValue)
            return try query.first { Int($0.int(0)) } ?? 0
        }
    }

    /// Those of some messages that are in the folder in this epoch, with their UIDs.
    ///
    /// While a folder is listed anew, what has not been matched yet is left out: its UID is of an epoch that ended.
    public func uids(of ids: [MessageID], in folder: FolderID, epoch: UIDValidity) throws -> [MessageID: UID] {
        try onReader { db in
            let query = try Query(db, "SELECT uid FROM state.message WHERE id = ? AND folder = ? AND uid_validity = ?")
            var found: [MessageID: UID] = [:]
            for id in ids {
                query.bind(1, id.rawValue)
                query.bind(2, folder.rawValue)
                query.bind(3, Int64(epoch.rawValue))
                found[id] = try query.first { UID(UInt32(clamping: $0.int(0))) }.flatMap { $0 }
            }
            return found
        }
    }

    /// Those of some UIDs that are stored in the folder's present epoch.
    public func stored(_ uids: UIDSet, in folder: FolderID) throws -> UIDSet {
        guard !uids.isEmpty else { return UIDSet() }
        return try onWriter { db in
            let query = try Query(
                db,
                """
                SELECT m.uid FROM state.message m
                JOIN main.folder f ON f.id = m.folder AND f.uid_validity = m.uid_validity
                JOIN main.listing l ON l.folder = m.folder AND l.id = m.id
                WHERE m.folder = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid
                """)
            var found: [UInt32] = []
            for range in uids.ranges {
                query.bind(1, folder.rawValue)
                query.bind(2, Int64(range.lowerBound))
                query.bind(3, Int64(range.upperBound))
                try query.rows { found.append(UInt32(clamping: $0.int(0))) }
            }
            return UIDSet(found)
        }
    }
}

extension KnownMessages {
    /// Each message with its flags, ascending by UID.
    public var entries: [(uid: UID, flags: Flags)] {
        uids.indices.compactMap { index in UID(uids[index]).map { ($0, flags(at: index)) } }
    }
}
