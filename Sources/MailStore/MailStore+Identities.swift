internal import GRDB
public import MailModel

extension MailStore {
    /// Gives a message of the index another name in its folder, or, where another message that the mount shows, an operation or a local
    /// file has that name, one made from it. `published` is called on the writer with what the listing shows; as durable as `record`.
    ///
    /// - Returns: the name.
    /// - Throws: `noSuchMessage`.
    @discardableResult
    public func setName(_ name: [UInt8], of message: MessageID, published: (AppliedBatch) -> Void) throws -> [UInt8] {
        var given = name
        try inRelaxedTransaction { db in
            let (given, batches) = try setName(name, of: message, db)
            if !batches.isEmpty { try countCommit(db) }
            return (given, batches)
        } then: { name, batches in
            given = name
            for batch in batches { published(batch) }
        }
        return given
    }

    /// - Returns: the name that is given, and what the listing shows; none where it had that name.
    func setName(
        _ name: [UInt8], of message: MessageID, _ db: Database
    ) throws -> (name: [UInt8], batches: [AppliedBatch]) {
        var index = IndexChange(self, db)
        let id = message.rawValue
        guard let place = try index.place(of: id) else { throw MailStoreError.noSuchMessage(message) }
        let name = try index.freeName(name, in: place.folder, for: id, claims: true)
        guard name != place.name else { return (name, []) }
        try index.setName(name, of: id)
        index.touch(id, place.folder, changesListing: true)
        return (name, try index.finish())
    }

    /// A cached body with exactly these bytes, of a message that is on the server in its folder's present epoch; nil if there is none.
    public func message(withBody sha256: [UInt8], size: UInt64) throws -> StoredMessage? {
        try onReader { db in
            let query = try Query(
                db,
                """
                SELECT b.id FROM main.body AS b INDEXED BY body_size
                CROSS JOIN state.message AS m ON m.id = b.id
                CROSS JOIN main.folder AS f ON f.id = m.folder AND f.uid_validity = m.uid_validity
                CROSS JOIN main.listing AS l ON l.folder = m.folder AND l.id = m.id
                WHERE b.size = ? AND b.sha256 = ? AND b.limbo IS NULL LIMIT 1
                """)
            query.bind(1, Int64(clamping: size))
            query.bind(2, sha256)
            guard let id = try query.first({ $0.int(0) }) else { return nil }
            let message = try Query(db, StoredColumns.selectByMessage + "WHERE m.id = ?")
            message.bind(1, id)
            return try message.first { StoredColumns.message($0, flagTable) } ?? nil
        }
    }

    /// Gives `copy` the cached body of `source` as well, without copying bytes, before it has any row in the index.
    ///
    /// - Returns: false where there is none.
    public func linkBody(of source: MessageID, to copy: MessageID) throws -> Bool {
        var isLinked = false
        try inTransaction { db in
            var index = IndexChange(self, db)
            return (try index.copyBody(of: source.rawValue, to: copy.rawValue), index.effects)
        } then: { linked, effects in
            perform(effects)
            isLinked = linked
        }
        return isLinked
    }
}
