internal import GRDB
import IMAPValue
import MailModel
import Synchronization

/// Changes of messages in any folders within one transaction, and what the listings show after it.
struct IndexChange {
    private struct Tally {
        var arrived: Set<Int64> = []
        var removed: Set<Int64> = []
        var updated: Set<Int64> = []
        /// By how much the number of messages changes.
        var counted: Int64 = 0
        var changesListing = false
    }

    let store: MailStore
    let db: Database
    let now: Int64
    private var folders: [Int64: Tally] = [:]
    var effects = FolderChange.Effects()
    /// Operations that are in the journal otherwise than before.
    var operations: Set<Int64> = []

    init(_ store: MailStore, _ db: Database) {
        self.store = store
        self.db = db
        now = store.now()
    }

    // MARK: - Coming and going

    /// A message is listed in a folder from here on.
    mutating func enter(_ id: Int64, _ folder: Int64, counted: Bool) {
        var tally = folders[folder] ?? Tally()
        if tally.removed.remove(id) == nil { tally.arrived.insert(id) } else { tally.updated.insert(id) }
        if counted { tally.counted += 1 }
        tally.changesListing = true
        folders[folder] = tally
    }

    /// A message is not listed in a folder any more.
    mutating func leave(_ id: Int64, _ folder: Int64, counted: Bool) {
        var tally = folders[folder] ?? Tally()
        if tally.arrived.remove(id) == nil { tally.removed.insert(id) }
        tally.updated.remove(id)
        if counted { tally.counted -= 1 }
        tally.changesListing = true
        folders[folder] = tally
    }

    mutating func touch(_ id: Int64, _ folder: Int64, changesListing: Bool = false, counted: Int64 = 0) {
        folders[folder, default: Tally()].updated.insert(id)
        folders[folder, default: Tally()].counted += counted
        if changesListing { folders[folder, default: Tally()].changesListing = true }
    }

    /// Its listing is told no more.
    mutating func forget(folder: Int64) { folders[folder] = nil }

    /// Where a message is on the server; nil where the state has no such message.
    func place(of id: Int64) throws -> (folder: Int64, uidValidity: Int64, uid: Int64, name: [UInt8])? {
        let query = try Query(db, "SELECT folder, uid_validity, uid, name FROM state.message WHERE id = ?")
        query.bind(1, id)
        return try query.first { ($0.int(0), $0.int(1), $0.int(2), $0.bytes(3)) }
    }

    func isListed(_ id: Int64, in folder: Int64) throws -> Bool {
        let query = try Query(db, "SELECT 1 FROM main.listing WHERE folder = ? AND id = ?")
        query.bind(1, folder)
        query.bind(2, id)
        return try query.exists()
    }

    mutating func remove(_ id: Int64) throws {
        guard let place = try place(of: id) else { return }
        let gone = try MessageRemoval(db, now: now).remove(id, from: place.folder)
        if gone.hadBody { effects.forgotten.append(id) }
        if gone.wasListed { leave(id, place.folder, counted: gone.counted) }
    }

    // MARK: - Flags

    /// Stores the flags of a message that is listed.
    mutating func setFlags(_ id: Int64, in folder: Int64, _ change: (Flags) -> Flags) throws {
        let query = try Query(db, "SELECT flags FROM main.listing WHERE folder = ? AND id = ?")
        query.bind(1, folder)
        query.bind(2, id)
        guard let number = try query.first({ $0.int(0) }) else { return }
        let old = store.flagTable.flags(number)
        let new = change(old)
        guard new != old else { return }
        let update = try Query(db, "UPDATE main.listing SET flags = ?, flags_changed = ? WHERE folder = ? AND id = ?")
        update.bind(1, try store.flagTable.number(of: new, db))
        update.bind(2, now)
        update.bind(3, folder)
        update.bind(4, id)
        try update.run()
        touch(id, folder, changesListing: old.isDeleted != new.isDeleted)
    }

    // MARK: - End

    /// Stores the numbers of messages and the times of the listings, and tells what changed, by folder.
    mutating func finish() throws -> [AppliedBatch] {
        try addUntold()
        let row = try Query(db, "INSERT OR IGNORE INTO main.folder (id) VALUES (?)")
        // Two changes within a moment are two times; a first listing is one change, in however many parts.
        let count = try Query(
            db,
            """
            UPDATE main.folder SET messages = messages + ?2, listing_changed =
                CASE WHEN ?3 THEN max(listing_changed + is_listed, ?4) ELSE listing_changed END
            WHERE id = ?1 RETURNING listing_changed
            """)
        let select = try Query(db, StoredColumns.select + "WHERE l.folder = ? AND l.id = ?")
        func summaries(_ ids: Set<Int64>, _ folder: Int64) throws -> [MessageSummary] {
            try ids.sorted().compactMap { id in
                select.bind(1, folder)
                select.bind(2, id)
                return try select.first { StoredColumns.summary($0, store.flagTable) }
            }
        }
        var batches: [AppliedBatch] = []
        for (folder, tally) in folders.sorted(by: { $0.key < $1.key }) {
            guard try exists(folder: folder) else { continue }
            row.bind(1, folder)
            try row.run()
            count.bind(1, folder)
            count.bind(2, tally.counted)
            count.bind(3, tally.changesListing ? 1 : 0)
            count.bind(4, ListingTime.moment(of: now))
            let changed = try count.first { $0.int(0) } ?? 0
            batches.append(
                AppliedBatch(
                    folder: FolderID(rawValue: folder), arrived: try summaries(tally.arrived, folder),
                    removed: tally.removed.sorted().map(MessageID.init(rawValue:)),
                    updated: try summaries(tally.updated.subtracting(tally.arrived), folder), listingChanged: changed))
        }
        store.untold.withLock { untold in for batch in batches { untold.collect(batch) } }
        return batches
    }

    private mutating func addUntold() throws {
        let untold = store.untold.withLock { untold in untold.folders.map { ($0.rawValue, untold.messages(of: $0)) } }
        for (folder, ids) in untold {
            for id in ids.map(\.rawValue) {
                if try isListed(id, in: folder) {
                    touch(id, folder, changesListing: true)
                } else {
                    folders[folder, default: Tally()].removed.insert(id)
                    folders[folder]?.changesListing = true
                }
            }
        }
    }
}
