internal import GRDB
import IMAPValue
import MailModel
import Synchronization

/// The changes of one folder within one transaction.
struct FolderChange {
    /// What is to be done once the transaction is committed.
    struct Effects {
        /// Bodies without a row.
        var unlinked: [Int64] = []
        /// Messages that are gone.
        var forgotten: [Int64] = []
        var verified: [Int64] = []
        var added: UInt64 = 0
        var subtracted: UInt64 = 0
        /// Spool files that nothing names any more.
        var spooled: [Int64] = []
    }

    let store: MailStore
    let db: Database
    let folder: FolderID
    let epoch: UIDValidity
    let now: Int64
    var listingChanged: Int64
    /// Messages may come or go, or `\Deleted` change: the directory's mtime moves.
    var changesListing = false
    /// The first listing was complete before this change.
    private let wasListed: Bool
    var changesState = false
    /// By how much the number of messages changes. Those without a UID do not count.
    var counted: Int64 = 0
    var arrived: [MessageSummary] = []
    var removed: Set<Int64> = []
    var updated: Set<Int64> = []
    var effects = Effects()
    /// The names taken in the folder, with those given here, where they were read.
    var knownNames: KnownNames?
    /// The folder has no messages before this change.
    private let isFirst: Bool

    /// - Throws: `noSuchFolder`, `wrongEpoch`.
    init(_ store: MailStore, _ db: Database, _ folder: FolderID, epoch: UIDValidity) throws {
        self.store = store
        self.db = db
        self.folder = folder
        self.epoch = epoch
        now = store.now()
        let query = try Query(
            db,
            """
            SELECT c.uid_validity, c.listing_changed, c.is_listed FROM state.folder AS s LEFT JOIN main.folder AS c USING (id)
            WHERE s.id = ?
            """)
        query.bind(1, folder.rawValue)
        guard let (current, changed, listed) = try query.first({ ($0.int(0), $0.int(1), $0.int(2)) }) else {
            throw MailStoreError.noSuchFolder(folder)
        }
        guard current == Int64(epoch.rawValue) else {
            let expected = UIDValidity(UInt32(truncatingIfNeeded: current))
            throw MailStoreError.wrongEpoch(folder, expected: expected, found: epoch)
        }
        listingChanged = ListingTime.stored(changed)
        wasListed = listed != 0
        let any = try Query(db, "SELECT 1 FROM main.listing WHERE folder = ? LIMIT 1")
        any.bind(1, folder.rawValue)
        isFirst = try !any.exists()
    }

    // MARK: - Flags

    /// Stores the flags of a message of this epoch; a UID that is not known is passed over.
    mutating func setFlags(_ uid: UID, _ flags: Flags) throws {
        let query = try Query(db, "SELECT id FROM state.message WHERE folder = ? AND uid_validity = ? AND uid = ?")
        query.bind(1, folder.rawValue)
        query.bind(2, Int64(epoch.rawValue))
        query.bind(3, Int64(uid.rawValue))
        if let id = try query.first({ $0.int(0) }) { try setFlags(id: id, flags) }
    }

    mutating func setFlags(id: Int64, _ flags: Flags) throws {
        let number = try store.flagTable.number(of: flags, db)
        let query = try Query(db, "SELECT flags FROM main.listing WHERE folder = ? AND id = ?")
        query.bind(1, folder.rawValue)
        query.bind(2, id)
        guard let old = try query.first({ $0.int(0) }), old != number else { return }
        let update = try Query(db, "UPDATE main.listing SET flags = ?, flags_changed = ? WHERE folder = ? AND id = ?")
        update.bind(1, number)
        update.bind(2, now)
        update.bind(3, folder.rawValue)
        update.bind(4, id)
        try update.run()
        updated.insert(id)
        if store.flagTable.flags(old).isDeleted != flags.isDeleted { changesListing = true }
    }

    /// As `setFlags`. Nothing that a listing shows is changed by it.
    func setLabels(_ told: [(UID, Labels)]) throws {
        guard !told.isEmpty else { return }
        let query = try Query(db, "SELECT id FROM state.message WHERE folder = ? AND uid_validity = ? AND uid = ?")
        query.bind(1, folder.rawValue)
        query.bind(2, Int64(epoch.rawValue))
        let update = try LabelUpdate(db)
        for (uid, labels) in told {
            query.bind(3, Int64(uid.rawValue))
            if let id = try query.first({ $0.int(0) }) { try update.set(labels, of: id) }
        }
    }

    // MARK: - Removal

    /// Removes the messages of this epoch that are in the set.
    mutating func vanish(_ uids: UIDSet) throws {
        let query = try Query(
            db, "SELECT id FROM state.message WHERE folder = ? AND uid_validity = ? AND uid BETWEEN ? AND ?")
        for range in uids.ranges {
            query.bind(1, folder.rawValue)
            query.bind(2, Int64(epoch.rawValue))
            query.bind(3, Int64(range.lowerBound))
            query.bind(4, Int64(range.upperBound))
            var ids: [Int64] = []
            try query.rows { ids.append($0.int(0)) }
            try remove(ids)
        }
    }

    /// Removes the messages of other epochs, and those that have no row in the listing. Those without a UID are left to
    /// `dropUnmatched`.
    mutating func removeUnlisted() throws {
        let candidates = try Query(db, "DELETE FROM main.candidate WHERE folder = ?")
        candidates.bind(1, folder.rawValue)
        try candidates.run()
        // Counting is less work than looking each one up, and mostly enough.
        if try isListedWhole() { return }
        let query = try Query(
            db,
            """
            SELECT id FROM state.message AS m WHERE folder = ?1 AND uid_validity <> 0
                AND (uid_validity <> ?2 OR NOT EXISTS (SELECT 1 FROM main.listing AS l WHERE l.folder = ?1 AND l.id = m.id))
            """)
        query.bind(1, folder.rawValue)
        query.bind(2, Int64(epoch.rawValue))
        var ids: [Int64] = []
        try query.rows { ids.append($0.int(0)) }
        try remove(ids)
    }

    /// Whether all messages of the folder that have a UID are of this epoch, and are as many as its listing counts.
    private func isListedWhole() throws -> Bool {
        let query = try Query(
            db,
            """
            SELECT (SELECT count(*) FROM state.message WHERE folder = ?1 AND uid_validity = ?2)
                    = (SELECT messages FROM main.folder WHERE id = ?1) + ?3
                AND NOT EXISTS (SELECT 1 FROM state.message WHERE folder = ?1 AND uid_validity BETWEEN 1 AND ?2 - 1)
                AND NOT EXISTS (SELECT 1 FROM state.message WHERE folder = ?1 AND uid_validity > ?2)
            """)
        query.bind(1, folder.rawValue)
        query.bind(2, Int64(epoch.rawValue))
        query.bind(3, counted)
        return try query.first { $0.int(0) == 1 } ?? false
    }

    /// Removes messages. One whose move was sent is where nobody knows until the operation ends: it only has no UID any more.
    private mutating func remove(_ ids: [Int64]) throws {
        guard !ids.isEmpty else { return }
        changesState = true
        let removal = try MessageRemoval(db, now: now)
        let moves = try Query(
            db, "SELECT 1 FROM state.operation WHERE message = ? AND kind = 'move' AND state = 1")
        let hold = try Query(
            db, "UPDATE state.message SET uid_validity = 0, uid = id WHERE id = ? AND uid_validity <> 0")
        for id in ids {
            moves.bind(1, id)
            if try moves.exists() {
                hold.bind(1, id)
                try hold.run()
                if db.changesCount > 0, try isListed(id) {
                    counted -= 1
                    updated.insert(id)
                }
                continue
            }
            let gone = try removal.remove(id, from: folder.rawValue)
            if gone.hadBody { effects.forgotten.append(id) }
            if gone.counted { counted -= 1 }
            if gone.wasListed {
                removed.insert(id)
                changesListing = true
            }
        }
    }

    // MARK: - End

    /// Stores the cursor and tells what changed.
    mutating func finish(_ cursor: FolderCursor?) throws -> AppliedBatch {
        try addUntold()
        let moment = ListingTime.moment(of: now)
        if let cursor, cursor.isListed, listingChanged == 0 { listingChanged = moment }
        if changesListing {
            // Two changes within a moment are two times; a first listing is one change, in however many parts.
            listingChanged =
                wasListed ? ListingTime.next(after: listingChanged, at: moment) : max(listingChanged, moment)
        }
        let count = try Query(db, "UPDATE main.folder SET messages = messages + ?, listing_changed = ? WHERE id = ?")
        count.bind(1, counted)
        count.bind(2, listingChanged)
        count.bind(3, folder.rawValue)
        try count.run()
        if let cursor {
            guard cursor.uidValidity == epoch else {
                throw MailStoreError.wrongEpoch(folder, expected: epoch, found: cursor.uidValidity)
            }
            let store = try Query(
                db, "UPDATE main.folder SET uid_next = ?, highest_modseq = ?, is_listed = ? WHERE id = ?")
            store.bind(1, Int64(cursor.uidNext))
            store.bind(2, cursor.highestModSeq.map { Int64(clamping: $0.rawValue) })
            store.bind(3, cursor.isListed ? 1 : 0)
            store.bind(4, folder.rawValue)
            try store.run()
        }
        if changesState { try store.countCommit(db) }
        let batch = AppliedBatch(
            folder: folder, arrived: try arrivals(), removed: removed.sorted().map(MessageID.init(rawValue:)),
            updated: try summaries(updated.subtracting(removed)), listingChanged: listingChanged,
            isFirst: isFirst, isFirstListing: !wasListed)
        store.untold.withLock { $0.collect(batch) }
        return batch
    }

    private mutating func addUntold() throws {
        let untold = store.untold.withLock { $0.messages(of: folder) }
        guard !untold.isEmpty else { return }
        changesListing = true
        for id in untold.map(\.rawValue) {
            if try isListed(id) { updated.insert(id) } else { removed.insert(id) }
        }
    }

    /// The messages that came, as later parts of the batch left them.
    private mutating func arrivals() throws -> [MessageSummary] {
        if !arrived.isEmpty, !updated.isEmpty || !removed.isEmpty {
            let ids = Set(arrived.map(\.id.rawValue))
            let touched = try summaries(updated.intersection(ids))
            updated.subtract(ids)
            let later = Dictionary(touched.map { ($0.id, $0) }) { first, _ in first }
            arrived = arrived.map { later[$0.id] ?? $0 }
        }
        let isAscending = arrived.indices.dropFirst().allSatisfy { arrived[$0 - 1].id < arrived[$0].id }
        return isAscending ? arrived : arrived.sorted { $0.id < $1.id }
    }

    private func summaries(_ ids: Set<Int64>) throws -> [MessageSummary] {
        let query = try Query(db, StoredColumns.select + "WHERE l.folder = ? AND l.id = ?")
        return try ids.sorted().compactMap { id in
            query.bind(1, folder.rawValue)
            query.bind(2, id)
            return try query.first { StoredColumns.summary($0, store.flagTable) }
        }
    }
}
