internal import GRDB
import MailModel

extension IndexChange {
    /// Gives a message the body of another as well; one that has a body keeps it.
    ///
    /// - Returns: false where there is none to give.
    @discardableResult
    mutating func copyBody(of source: Int64, to copy: Int64) throws -> Bool {
        if try has("SELECT 1 FROM main.body WHERE id = ? AND limbo IS NULL", copy) { return true }
        let find = try Query(db, "SELECT size FROM main.body WHERE id = ? AND limbo IS NULL")
        find.bind(1, source)
        guard let size = try find.first({ UInt64(clamping: $0.int(0)) }),
            (try? store.bodies.link(source, copy)) == true
        else { return false }
        let insert = try Query(
            db,
            """
            INSERT OR REPLACE INTO main.body (id, size, sha256, used, identity)
            SELECT ?1, size, sha256, ?3, identity FROM main.body WHERE id = ?2
            """)
        insert.bind(1, copy)
        insert.bind(2, source)
        insert.bind(3, now)
        try insert.run()
        effects.added &+= size
        if store.usage.isVerified(source) { effects.verified.append(copy) }
        return true
    }

    /// Gives a message another id, and all that hangs on it.
    ///
    /// - Throws: `noSuchMessage`.
    mutating func detach(_ message: MessageID, as other: MessageID) throws {
        let id = message.rawValue
        guard let place = try place(of: id) else { throw MailStoreError.noSuchMessage(message) }
        let name = try TakenNames(db, place.folder).made(from: place.name)
        let ghost = other.rawValue
        try noteOperations("message = ?1 OR other = ?1", id)
        let wasListed = try isListed(id, in: place.folder)
        for sql in [
            "UPDATE state.message SET id = ?2 WHERE id = ?1", "UPDATE state.expected SET id = ?2 WHERE id = ?1",
            "UPDATE state.operation SET message = ?2 WHERE message = ?1",
            "UPDATE state.operation SET other = ?2 WHERE other = ?1",
            "UPDATE main.listing SET id = ?2 WHERE folder = ?3 AND id = ?1",
            "UPDATE main.candidate SET id = ?2 WHERE folder = ?3 AND id = ?1",
            "UPDATE main.header SET id = ?2 WHERE id = ?1",
        ] {
            let query = try Query(db, sql)
            query.bind(1, id)
            query.bind(2, ghost)
            if sql.contains("?3") { query.bind(3, place.folder) }
            try query.run()
        }
        try setName(name, of: ghost)
        try takeBody(of: id, for: ghost)
        if wasListed {
            try unmarkBody(ghost, place.folder)
            leave(id, place.folder, counted: place.uidValidity != 0)
            enter(ghost, place.folder, counted: place.uidValidity != 0)
        }
    }

    /// Says in the listing that a message has no body, where its file was missing.
    private func unmarkBody(_ id: Int64, _ folder: Int64) throws {
        let unmark = try Query(
            db,
            """
            UPDATE main.listing SET marks = marks & ~2 WHERE folder = ?2 AND id = ?1 AND marks & 2
                AND NOT EXISTS (SELECT 1 FROM main.body WHERE id = ?1)
            """)
        unmark.bind(1, id)
        unmark.bind(2, folder)
        try unmark.run()
    }
}
