internal import GRDB
import IMAPValue
public import MailModel

extension MailStore {
    /// Calls `body` for every message of a folder, those flagged `\Deleted` too, ascending by id; between the same two commits for all,
    /// and in order with `published` of the changes. `done` follows the last message before anything else is published.
    ///
    /// - Parameter expecting: called first, with about as many messages as there are.
    public func loadListing(
        _ folder: FolderID, expecting: (Int) -> Void = { _ in }, _ body: (StoredRow) -> Void, done: () -> Void = {}
    ) throws {
        try onWriter { db in
            let epoch = try Query(db, "SELECT uid_validity, messages FROM main.folder WHERE id = ?")
            epoch.bind(1, folder.rawValue)
            let (current, count) = try epoch.first { ($0.int(0), $0.int(1)) } ?? (0, 0)
            expecting(Int(clamping: max(count, 0)))
            let flagSets = flagTable.sets
            let listing = try Query(db, StoredColumns.select + "WHERE l.folder = ? ORDER BY l.id")
            listing.bind(1, folder.rawValue)
            try listing.rows { row in
                let marks = ListingMarks(rawValue: row.int(5))
                body(
                    StoredRow(
                        id: MessageID(rawValue: row.int(0)), uid: StoredColumns.uid(row), name: row.buffer(3),
                        size: UInt64(clamping: row.int(4)), sizeIsProven: marks.contains(.sizeIsProven),
                        internalDate: row.int(6), flags: flagSets[row.int(7)] ?? Flags(), flagsChanged: row.int(8),
                        isCached: marks.contains(.isCached), isCandidate: row.int(2) != current || current == 0))
            }
            done()
        }
    }

    /// The messages of the folder's present epoch with their flags, ascending by UID.
    public func knownFlags(_ folder: FolderID) throws -> KnownMessages {
        try onWriter { db in
            var rows: [(uid: UInt32, id: Int64, flags: UInt32)] = []
            var known = KnownMessages()
            var indexes: [Int64: UInt32] = [:]
            var isSorted = true
            let query = try Query(
                db,
                """
                SELECT l.id, m.uid, l.flags FROM main.listing AS l CROSS JOIN state.message AS m ON m.id = l.id
                WHERE l.folder = ?1 AND m.uid_validity = (SELECT uid_validity FROM main.folder WHERE id = ?1)
                ORDER BY l.id
                """)
            query.bind(1, folder.rawValue)
            try query.rows { row in
                let number = row.int(2)
                let index = indexes[number] ?? UInt32(known.table.count)
                if indexes.updateValue(index, forKey: number) == nil { known.table.append(flagTable.flags(number)) }
                let uid = UInt32(truncatingIfNeeded: row.int(1))
                if let last = rows.last, last.uid > uid { isSorted = false }
                rows.append((uid, row.int(0), index))
            }
            if !isSorted { rows.sort { $0.uid < $1.uid } }
            known.uids = rows.map(\.uid)
            known.ids = rows.map(\.id)
            known.flagIndexes = rows.map(\.flags)
            return known
        }
    }

    /// One message; nil if it is gone.
    public func message(_ id: MessageID) throws -> StoredMessage? {
        try onReader { db in
            let query = try Query(db, StoredColumns.selectByMessage + "WHERE m.id = ?")
            query.bind(1, id.rawValue)
            return try query.first { StoredColumns.message($0, flagTable) } ?? nil
        }
    }

    /// Calls `body` with those of some messages that there are, in order with `published` of the changes: nothing that they have is yet to
    /// be told, as it may be of what `message` gives.
    public func loadMessages(_ ids: [MessageID], _ body: ([MessageID: StoredMessage]) -> Void) throws {
        try onWriter { db in
            let query = try Query(db, StoredColumns.selectByMessage + "WHERE m.id = ?")
            var found: [MessageID: StoredMessage] = [:]
            for id in ids {
                query.bind(1, id.rawValue)
                found[id] = try query.first { StoredColumns.message($0, flagTable) } ?? nil
            }
            body(found)
        }
    }

    /// The stored header fields, as received; nil if the message is gone or had none.
    public func header(of id: MessageID) throws -> [UInt8]? { try headers(of: [id])[id] }

    /// The stored header fields of those messages that have some.
    public func headers(of ids: [MessageID]) throws -> [MessageID: [UInt8]] {
        try onReader { db in
            let query = try Query(db, "SELECT bytes FROM main.header WHERE id = ?")
            var found: [MessageID: [UInt8]] = [:]
            for id in ids {
                query.bind(1, id.rawValue)
                found[id] = try query.first { $0.bytes(0) }
            }
            return found
        }
    }
}

/// The columns of a message, in one order for all that read them.
enum StoredColumns {
    private static let columns = """
        SELECT l.id, m.uid, m.uid_validity, m.name, l.size, l.marks, l.internal_date, l.flags, l.flags_changed, l.folder,
            l.identity

        """
    /// For a condition on `l`. A cross join is never reordered, so that the listing is the outer loop.
    static let select = columns + "FROM main.listing AS l CROSS JOIN state.message AS m ON m.id = l.id\n"
    /// For a condition on `m`.
    static let selectByMessage =
        columns + "FROM state.message AS m CROSS JOIN main.listing AS l ON l.folder = m.folder AND l.id = m.id\n"

    /// nil while it is not known.
    static func uid(_ row: Query) -> UID? {
        row.int(2) == 0 ? nil : UID(UInt32(truncatingIfNeeded: row.int(1)))
    }

    static func summary(_ row: Query, _ flags: FlagTable) -> MessageSummary {
        let marks = ListingMarks(rawValue: row.int(5))
        return MessageSummary(
            id: MessageID(rawValue: row.int(0)), uid: uid(row), name: row.bytes(3), size: UInt64(clamping: row.int(4)),
            sizeIsProven: marks.contains(.sizeIsProven), internalDate: row.int(6), flags: flags.flags(row.int(7)),
            flagsChanged: row.int(8), isCached: marks.contains(.isCached))
    }

    /// nil where the identity is none.
    static func message(_ row: Query, _ flags: FlagTable) -> StoredMessage? {
        guard let identity = MessageIdentity(digest: row.buffer(10)) else { return nil }
        return StoredMessage(
            folder: FolderID(rawValue: row.int(9)), uidValidity: UIDValidity(UInt32(truncatingIfNeeded: row.int(2))),
            summary: summary(row, flags), identity: identity,
            identityIsProof: ListingMarks(rawValue: row.int(5)).contains(.identityIsProof))
    }
}
