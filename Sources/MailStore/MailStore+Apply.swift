internal import GRDB
public import IMAPValue
public import MailModel

extension MailStore {
    /// Stores what was learnt of a folder in one transaction. `published` is called with what changed, on the writer, in the order of
    /// commits, before any later commit or `loadListing`.
    ///
    /// - Throws: `wrongEpoch` where the batch or its cursor is of another epoch than the folder, `noSuchFolder`, `noSpace`.
    public func apply(_ batch: FolderBatch, published: (AppliedBatch) -> Void) throws {
        func change(_ db: Database) throws -> (AppliedBatch, FolderChange.Effects) {
            var change = try FolderChange(self, db, batch.folder, epoch: batch.uidValidity)
            try change.renumber(batch.renumbered)
            try change.arrive(batch.arrived, except: batch.vanished)
            for (uid, flags) in batch.flags { try change.setFlags(uid, flags) }
            try change.setLabels(batch.labels)
            try change.vanish(batch.vanished)
            let applied = try change.finish(batch.cursor)
            // Where it is not a part of more, nobody asks again soon.
            if batch.isPart { keepKnownNames(db, change.knownNames) }
            return (applied, change.effects)
        }
        func tell(_ result: (applied: AppliedBatch, effects: FolderChange.Effects)) {
            perform(result.effects)
            published(result.applied)
        }
        if batch.isPart {
            try inRelaxedTransaction(change, then: tell)
        } else {
            try inTransaction(change, then: tell)
        }
    }

    /// Starts an epoch of a folder that has none, or whose UIDVALIDITY changed: the messages of earlier epochs stay in the listing as
    /// candidates that arriving messages take the place of. Messages without a UID stay what they are. Where operations that were sent
    /// brought what they brought is not known any more: it may have any UID. In the folder's present epoch it does nothing.
    ///
    /// - Throws: `noSuchFolder`.
    public func beginEpoch(_ folder: FolderID, uidValidity: UIDValidity) throws {
        try inTransaction { db in
            let known = try Query(db, "SELECT 1 FROM state.folder WHERE id = ?")
            known.bind(1, folder.rawValue)
            guard try known.exists() else { throw MailStoreError.noSuchFolder(folder) }
            let earlier = try Query(db, "SELECT uid_validity FROM main.folder WHERE id = ?")
            earlier.bind(1, folder.rawValue)
            let isAnother = try earlier.first { $0.int(0) != 0 && $0.int(0) != Int64(uidValidity.rawValue) } ?? false
            let begin = try Query(
                db,
                """
                INSERT INTO main.folder (id, uid_validity) VALUES (?1, ?2)
                ON CONFLICT (id) DO UPDATE SET uid_validity = ?2, uid_next = 1, highest_modseq = NULL, is_listed = 0
                    WHERE uid_validity IS NOT ?2
                """)
            begin.bind(1, folder.rawValue)
            begin.bind(2, Int64(uidValidity.rawValue))
            try begin.run()
            guard db.changesCount > 0 else { return }
            // Where an epoch comes back, its own messages are known and those of the one between are candidates.
            for sql in [
                "DELETE FROM main.candidate WHERE folder = ?1",
                """
                INSERT INTO main.candidate (folder, identity, uid_validity, uid, id)
                SELECT l.folder, l.identity, m.uid_validity, m.uid, l.id
                FROM main.listing AS l CROSS JOIN state.message AS m ON m.id = l.id
                WHERE l.folder = ?1 AND m.uid_validity <> ?2 AND m.uid_validity <> 0
                """,
            ] {
                let query = try Query(db, sql)
                query.bind(1, folder.rawValue)
                if sql.contains("?2") { query.bind(2, Int64(uidValidity.rawValue)) }
                try query.run()
            }
            guard isAnother else { return }
            let forget = try Query(db, "UPDATE state.operation SET arrives_from = NULL WHERE folder = ? AND state = 1")
            forget.bind(1, folder.rawValue)
            try forget.run()
        } then: { _ in
        }
    }

    /// Ends the first listing of an epoch: messages of earlier epochs that nothing took the place of are removed, and what is
    /// remembered of messages that were not listed again is forgotten.
    ///
    /// - Throws: `wrongEpoch`, `noSuchFolder`.
    public func finishEpoch(
        _ folder: FolderID, cursor: FolderCursor, published: (AppliedBatch) -> Void
    ) throws {
        try inTransaction { db in
            var change = try FolderChange(self, db, folder, epoch: cursor.uidValidity)
            try change.removeUnlisted()
            return (try change.finish(cursor), change.effects)
        } then: { applied, effects in
            perform(effects)
            published(applied)
        }
    }

    /// What a committed transaction leaves to do outside the database.
    func perform(_ effects: FolderChange.Effects) {
        for id in effects.unlinked { bodies.remove(id) }
        usage.forget(effects.unlinked)
        usage.forget(effects.forgotten)
        for id in effects.verified { usage.setVerified(id, true) }
        usage.add(effects.added)
        usage.subtract(effects.subtracted)
        for id in effects.spooled { spool.remove(id) }
    }
}
