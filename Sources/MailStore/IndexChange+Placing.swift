internal import GRDB
import IMAPValue
import MailModel

extension IndexChange {
    /// Where a message was brought to.
    struct Destination {
        var folder: Int64
        var name: [UInt8]
        var uidValidity: UIDValidity
        /// nil: not known.
        var uid: UID?
        /// Where the UID is not known, it is this one or a higher one.
        var arrivesFrom: UID?
    }

    /// Brings a message to a folder, with what its listing found under the UID already. The message may be in the index anywhere, or its
    /// row of the listing may stand in the target; where neither is so and the target's listing has not found it, nothing happens.
    ///
    /// Where the target is no folder any more, the message leaves the index.
    ///
    /// - Returns: the message that the listing had found, whose id is gone.
    @discardableResult
    mutating func place(_ id: Int64, at destination: Destination) throws -> Int64? {
        let target = destination.folder
        guard try exists(folder: target) else {
            try remove(id)
            return nil
        }
        let epoch = try Query(db, "SELECT uid_validity FROM main.folder WHERE id = ?")
        epoch.bind(1, target)
        let isPresent = try epoch.first { $0.int(0) } == Int64(destination.uidValidity.rawValue)
        let uid = isPresent ? destination.uid : nil
        let old = try place(of: id)
        let wasListed = try isListed(id, in: old?.folder ?? target)
        try relist(id, from: old?.folder ?? target, to: target)
        var found: Int64?
        if let uid { found = try merge(id, target, destination.uidValidity, uid) }
        let isListed = try isListed(id, in: target)
        guard old != nil || isListed else { return found }
        let name = try freeName(destination.name, in: target, for: id, claims: false)
        let store = try Query(
            db,
            """
            INSERT INTO state.message (id, folder, uid_validity, uid, name_hash, name) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (id) DO UPDATE SET folder = ?2, uid_validity = ?3, uid = ?4, name_hash = ?5, name = ?6
            """)
        store.bind(1, id)
        store.bind(2, target)
        store.bind(3, uid == nil ? 0 : Int64(destination.uidValidity.rawValue))
        store.bind(4, uid.map { Int64($0.rawValue) } ?? id)
        store.bind(5, NameGiver.hash(name))
        store.bind(6, name)
        try store.run()
        try expect(id, destination, isKnown: uid != nil)
        if let old, wasListed, old.folder == target {
            touch(
                id, target, changesListing: true, counted: (uid == nil ? 0 : 1) - (old.uidValidity == 0 ? 0 : 1))
        } else {
            if let old, wasListed { leave(id, old.folder, counted: old.uidValidity != 0) }
            if isListed { enter(id, target, counted: uid != nil) }
        }
        return found
    }

    /// Tells of the operations that a condition picks.
    mutating func noteOperations(_ condition: String, _ id: Int64) throws {
        let query = try Query(db, "SELECT id FROM state.operation WHERE \(condition)")
        query.bind(1, id)
        try query.rows { operations.insert($0.int(0)) }
    }

    func exists(folder: Int64) throws -> Bool { try has("SELECT 1 FROM state.folder WHERE id = ?", folder) }

    func has(_ sql: String, _ id: Int64) throws -> Bool {
        let query = try Query(db, sql)
        query.bind(1, id)
        return try query.exists()
    }

    /// Moves a message's row of the listing.
    private func relist(_ id: Int64, from source: Int64, to target: Int64) throws {
        guard source != target else { return }
        let move = try Query(db, "UPDATE OR REPLACE main.listing SET folder = ?3 WHERE folder = ?2 AND id = ?1")
        move.bind(1, id)
        move.bind(2, source)
        move.bind(3, target)
        try move.run()
        let candidate = try Query(db, "DELETE FROM main.candidate WHERE folder = ? AND id = ?")
        candidate.bind(1, source)
        candidate.bind(2, id)
        try candidate.run()
    }

    /// A message without a UID is known again by its identity; one with a UID is not looked for.
    private func expect(_ id: Int64, _ destination: Destination, isKnown: Bool) throws {
        let forget = try Query(db, "DELETE FROM state.expected WHERE id = ?")
        forget.bind(1, id)
        try forget.run()
        guard !isKnown else { return }
        let expect = try Query(
            db,
            """
            INSERT INTO state.expected (id, folder, identity, internal_date, uid_validity, arrives_from)
            SELECT id, folder, identity, internal_date, ?3, ?4 FROM main.listing WHERE folder = ?1 AND id = ?2
            """)
        expect.bind(1, destination.folder)
        expect.bind(2, id)
        expect.bind(3, Int64(destination.uidValidity.rawValue))
        expect.bind(4, Int64((destination.uid ?? destination.arrivesFrom ?? .min).rawValue))
        try expect.run()
    }

    /// Makes what a listing found under a UID one with `id`: the server's flags, date and identity are the found one's, and its header and
    /// body where `id` has none.
    ///
    /// - Returns: the id that was found and is gone.
    private mutating func merge(_ id: Int64, _ folder: Int64, _ validity: UIDValidity, _ uid: UID) throws -> Int64? {
        let find = try Query(
            db, "SELECT id FROM state.message WHERE folder = ? AND uid_validity = ? AND uid = ? AND id <> ?")
        find.bind(1, folder)
        find.bind(2, Int64(validity.rawValue))
        find.bind(3, Int64(uid.rawValue))
        find.bind(4, id)
        guard let found = try find.first({ $0.int(0) }) else { return nil }
        if try isListed(found, in: folder) { leave(found, folder, counted: true) }
        try noteOperations("message = ?1 OR other = ?1", found)
        for sql in [
            """
            UPDATE main.listing SET (flags, internal_date, identity, marks) =
                (SELECT f.flags, f.internal_date, f.identity, main.listing.marks & 3 | f.marks & 4
                    FROM main.listing AS f WHERE f.folder = ?3 AND f.id = ?2)
            WHERE folder = ?3 AND id = ?1 AND EXISTS (SELECT 1 FROM main.listing WHERE folder = ?3 AND id = ?2)
            """,
            "UPDATE OR IGNORE main.listing SET id = ?1, marks = marks & ~2 WHERE folder = ?3 AND id = ?2",
            "DELETE FROM main.listing WHERE folder = ?3 AND id = ?2",
            "UPDATE OR IGNORE main.header SET id = ?1 WHERE id = ?2", "DELETE FROM main.header WHERE id = ?2",
            "UPDATE main.body SET limbo = NULL WHERE id = ?1",
            "DELETE FROM state.message WHERE id = ?2",
            "UPDATE state.operation SET message = ?1 WHERE message = ?2",
            "UPDATE state.operation SET other = ?1 WHERE other = ?2",
        ] {
            let query = try Query(db, sql)
            query.bind(1, id)
            if sql.contains("?2") { query.bind(2, found) }
            if sql.contains("?3") { query.bind(3, folder) }
            try query.run()
        }
        try takeBody(of: found, for: id)
        try markBody(id, folder)
        return found
    }

    /// Says in the listing that a message has a body, where it has one.
    func markBody(_ id: Int64, _ folder: Int64) throws {
        let mark = try Query(
            db,
            """
            UPDATE main.listing SET marks = marks | 3, size = (SELECT size FROM main.body WHERE id = ?1)
            WHERE folder = ?2 AND id = ?1 AND EXISTS (SELECT 1 FROM main.body WHERE id = ?1 AND limbo IS NULL)
            """)
        mark.bind(1, id)
        mark.bind(2, folder)
        try mark.run()
    }

    /// Gives a message the body of one whose id goes; it is dropped where there is one already, or where its file is missing.
    mutating func takeBody(of found: Int64, for id: Int64) throws {
        let find = try Query(db, "SELECT size FROM main.body WHERE id = ?")
        find.bind(1, found)
        guard let size = try find.first({ UInt64(clamping: $0.int(0)) }) else { return }
        effects.unlinked.append(found)
        if try !has("SELECT 1 FROM main.body WHERE id = ?", id), (try? store.bodies.link(found, id)) == true {
            let move = try Query(db, "UPDATE main.body SET id = ?1, limbo = NULL WHERE id = ?2")
            move.bind(1, id)
            move.bind(2, found)
            try move.run()
            if store.usage.isVerified(found) { effects.verified.append(id) }
        } else {
            let drop = try Query(db, "DELETE FROM main.body WHERE id = ?")
            drop.bind(1, found)
            try drop.run()
            effects.subtracted &+= size
        }
    }
}
