internal import GRDB
public import MailModel

/// A message that its deletion here brought to the folder for deleted mail, and where it was before.
public struct TrashedMessage: Hashable, Sendable {
    public var message: MessageID
    public var folder: FolderID
    public var name: [UInt8]
    /// Until when it can be brought back, in seconds of the clock of whoever noted it.
    public var until: Int64

    public init(message: MessageID, folder: FolderID, name: [UInt8], until: Int64) {
        self.message = message
        self.folder = folder
        self.name = name
        self.until = until
    }
}

extension MailStore {
    /// All that were noted, ascending by id.
    public func trashedMessages() throws -> [TrashedMessage] {
        try onWriter { db in
            var found: [TrashedMessage] = []
            try Query(db, "SELECT message, folder, name, until FROM state.trashed ORDER BY message").rows { row in
                found.append(
                    TrashedMessage(
                        message: MessageID(rawValue: row.int(0)), folder: FolderID(rawValue: row.int(1)),
                        name: row.bytes(2), until: row.int(3)))
            }
            return found
        }
    }

    /// Notes where a message was, in place of what was noted of it before. It survives what `record` does.
    public func note(trashed: TrashedMessage) throws {
        try inRelaxedTransaction { db in
            let insert = try Query(db, "INSERT OR REPLACE INTO state.trashed VALUES (?, ?, ?, ?)")
            insert.bind(1, trashed.message.rawValue)
            insert.bind(2, trashed.folder.rawValue)
            insert.bind(3, trashed.name)
            insert.bind(4, trashed.until)
            try insert.run()
            try countCommit(db)
        } then: { _ in
        }
    }

    /// These are brought back, or cannot be any more.
    public func forget(trashed messages: [MessageID]) throws {
        guard !messages.isEmpty else { return }
        try inRelaxedTransaction { db in
            let delete = try Query(db, "DELETE FROM state.trashed WHERE message = ?")
            for message in messages {
                delete.bind(1, message.rawValue)
                try delete.run()
            }
            try countCommit(db)
        } then: { _ in
        }
    }
}
