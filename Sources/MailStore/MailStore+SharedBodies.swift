internal import GRDB
public import MailModel
import Synchronization

extension MailStore {
    /// Gives messages without a body that of another message which is proven to have the same bytes: a message under several labels is
    /// fetched once. `published` is called for each folder that has any of them.
    ///
    /// - Returns: those that have a body now.
    @discardableResult
    public func shareBodies(
        with ids: [MessageID], published: (AppliedBatch) -> Void
    ) throws -> Set<MessageID> {
        // Mostly there is nothing to share, and nobody waits for the writer.
        let found = try onReader { db in try Twins(db)?.bodies(for: ids.map(\.rawValue)) ?? [] }
        guard !found.isEmpty else { return [] }
        var placed: [Int64] = []
        var shared: Set<MessageID> = []
        do {
            try inTransaction { db in
                var adoption = try BodyAdoption(db, now: now())
                for twin in try Twins(db)?.bodies(for: found.map(\.id)) ?? [] {
                    guard (try? bodies.link(twin.source, twin.id)) == true else { continue }
                    placed.append(twin.id)
                    usage.setVerified(twin.id, false)
                    _ = try adoption.adopt(twin.id, size: twin.size, sha256: twin.sha256)
                }
                return (try adoption.changes(flagTable), adoption, try note(adoption.claims, db))
            } then: { changes, adoption, known in
                claims.withLock { $0 = known }
                usage.add(adoption.added)
                usage.subtract(adoption.replaced)
                shared = Set(adoption.adopted.map(MessageID.init(rawValue:)))
                for change in changes { published(change) }
            }
        } catch {
            for id in placed { bodies.remove(id) }
            throw error
        }
        return shared
    }

    /// Those of some messages that are proven to have the bytes of one before them.
    public func repeated(among ids: [MessageID]) throws -> Set<MessageID> {
        try onReader { db in
            let query = try Query(
                db,
                """
                SELECT l.identity FROM state.message AS m
                CROSS JOIN main.listing AS l ON l.folder = m.folder AND l.id = m.id WHERE m.id = ? AND l.marks & 4
                """)
            var seen: Set<[UInt8]> = []
            var repeated: Set<MessageID> = []
            for id in ids {
                query.bind(1, id.rawValue)
                if let identity = try query.first({ $0.bytes(0) }), !seen.insert(identity).inserted {
                    repeated.insert(id)
                }
            }
            return repeated
        }
    }
}

/// Bodies of other messages that a message may have as well.
private struct Twins {
    struct Twin {
        let id: Int64
        let source: Int64
        let size: UInt64
        let sha256: [UInt8]
    }

    private let find: Query

    /// nil where no body is proven to be anybody else's.
    init?(_ db: Database) throws {
        guard try Query(db, "SELECT 1 FROM main.body WHERE identity IS NOT NULL LIMIT 1").exists() else { return nil }
        find = try Query(
            db,
            """
            SELECT b.id, b.size, b.sha256 FROM state.message AS m
            CROSS JOIN main.listing AS l ON l.folder = m.folder AND l.id = m.id
            CROSS JOIN main.body AS b ON b.identity = l.identity AND b.size = l.size AND b.id <> m.id
            WHERE m.id = ?1 AND l.marks & 4 AND NOT l.marks & 2
                AND NOT EXISTS (SELECT 1 FROM main.body WHERE id = ?1 AND limbo IS NULL)
            LIMIT 1
            """)
    }

    func bodies(for ids: [Int64]) throws -> [Twin] {
        try ids.compactMap { id in
            find.bind(1, id)
            return try find.first {
                Twin(id: id, source: $0.int(0), size: UInt64(clamping: $0.int(1)), sha256: $0.bytes(2))
            }
        }
    }
}
