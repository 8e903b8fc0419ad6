internal import GRDB
public import IMAPValue
public import MailModel

/// A message of which nobody has asked for References and In-Reply-To.
public struct UnreferencedMessage: Hashable, Sendable {
    public var id: MessageID
    public var folder: FolderID
    /// In the folder's present epoch; nil where it has none there, so that the server cannot be asked.
    public var uid: UID?

    public init(id: MessageID, folder: FolderID, uid: UID?) {
        self.id = id
        self.folder = folder
        self.uid = uid
    }
}

extension MailStore {
    /// Those of some messages that are listed and whose References and In-Reply-To were never added.
    public func unreferenced(among ids: [MessageID]) throws -> [UnreferencedMessage] {
        try onReader { db in
            let query = try Query(
                db,
                """
                SELECT m.folder, m.uid, m.uid_validity = f.uid_validity FROM state.message AS m
                CROSS JOIN main.listing AS l ON l.folder = m.folder AND l.id = m.id
                LEFT JOIN main.folder AS f ON f.id = m.folder
                WHERE m.id = ?1 AND NOT EXISTS (SELECT 1 FROM main.reference WHERE id = ?1)
                """)
            var found: [UnreferencedMessage] = []
            for id in ids {
                query.bind(1, id.rawValue)
                let message = try query.first { row in
                    UnreferencedMessage(
                        id: id, folder: FolderID(rawValue: row.int(0)),
                        uid: row.int(2) != 0 ? UID(UInt32(truncatingIfNeeded: row.int(1))) : nil)
                }
                if let message { found.append(message) }
            }
            return found
        }
    }

    /// References and In-Reply-To of those of some messages of which they were added.
    public func references(of ids: [MessageID]) throws -> [MessageID: [UInt8]] {
        try onReader { db in
            let query = try Query(db, "SELECT bytes FROM main.reference WHERE id = ?")
            var found: [MessageID: [UInt8]] = [:]
            for id in ids {
                query.bind(1, id.rawValue)
                found[id] = try query.first { $0.bytes(0) }
            }
            return found
        }
    }

    /// Keeps these fields of messages of a folder; what is gone meanwhile is passed over.
    ///
    /// - Parameter fields: whole lines; empty for a message that has no such field.
    public func add(references: [(id: MessageID, fields: [UInt8])], in folder: FolderID) throws {
        try inRelaxedTransaction { db in
            let put = try Query(
                db,
                """
                INSERT OR REPLACE INTO main.reference (id, bytes)
                SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM main.listing WHERE folder = ?3 AND id = ?1)
                """)
            for (id, fields) in references {
                put.bind(1, id.rawValue)
                put.bind(2, fields)
                put.bind(3, folder.rawValue)
                try put.run()
            }
        } then: {
        }
    }
}
