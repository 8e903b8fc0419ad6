internal import GRDB
public import IMAPValue
public import MailModel

extension MailStore {
    /// All operations, ascending.
    public func operations() throws -> [Operation] {
        try onWriter { db in
            var found: [Operation] = []
            try Query(db, OperationColumns.select + "ORDER BY id").rows { row in
                if let operation = OperationColumns.operation(row) { found.append(operation) }
            }
            return found
        }
    }

    /// Returns when everything recorded so far is on the disk. Octets in the spool have `makeDurable(spool:)`.
    public func makeDurable() throws {
        // A commit that writes nothing is not synced.
        try inTransaction { db in
            try countCommit(db)
        } then: { _ in
        }
    }

    /// The operations are about to be sent: each has one attempt more. Durable when it returns; those that are not in the journal are
    /// passed over.
    ///
    /// - Parameter arrivesFrom: by target folder; stored with the operations that bring a message there.
    public func markSent(_ operations: [OperationID], arrivesFrom: [FolderID: UID]) throws {
        try inTransaction { db in
            let mark = try Query(
                db,
                """
                UPDATE state.operation SET state = 1, attempts = attempts + 1, arrives_from = NULL,
                    identity = CASE kind WHEN 'move' THEN coalesce((
                        SELECT l.identity FROM state.message AS m
                        CROSS JOIN main.listing AS l ON l.folder = m.folder AND l.id = m.id
                        WHERE m.id = operation.message), identity) END
                WHERE id = ?
                """)
            for operation in operations {
                mark.bind(1, operation.rawValue)
                try mark.run()
            }
            let arrive = try Query(
                db,
                """
                UPDATE state.operation SET arrives_from = ? WHERE id = ? AND folder = ? AND kind IN ('move', 'copy', 'append')
                """)
            for (folder, uid) in arrivesFrom {
                for operation in operations {
                    arrive.bind(1, Int64(uid.rawValue))
                    arrive.bind(2, operation.rawValue)
                    arrive.bind(3, folder.rawValue)
                    try arrive.run()
                }
            }
            try countCommit(db)
        } then: { _ in
        }
    }

    /// The identity of a message whose move was sent, as it was then; nil where that is not known. It outlives the cache.
    public func identity(sentWith move: OperationID) throws -> MessageIdentity? {
        try onWriter { db in
            let query = try Query(db, "SELECT identity FROM state.operation WHERE id = ? AND identity IS NOT NULL")
            query.bind(1, move.rawValue)
            return try query.first { MessageIdentity(digest: $0.buffer(0)) } ?? nil
        }
    }

    /// Gives operations another state, durably: back to waiting, or failed. `published` as in `record`, with the operations as
    /// they are now; those that are not in the journal are passed over.
    ///
    /// - Parameter answered: the server said something: earlier attempts count no more. They do not either once a failed operation
    ///   waits again.
    public func setState(
        _ states: [(OperationID, Operation.State)], answered: Bool = false, published: ([Operation]) -> Void
    ) throws {
        try inTransaction { db in
            let set = try Query(
                db,
                """
                UPDATE state.operation SET state = ?2, failure = ?3, failure_text = ?4,
                    attempts = CASE WHEN ?5 OR (state = 2 AND ?2 = 0) THEN 0 ELSE attempts END
                WHERE id = ?1
                """)
            for (operation, state) in states {
                set.bind(1, operation.rawValue)
                set.bind(3, nil as String?)
                set.bind(4, nil as String?)
                set.bind(5, answered ? 1 : 0)
                switch state {
                case .waiting: set.bind(2, 0)
                case .sent: set.bind(2, 1)
                case .failed(let failure):
                    set.bind(2, 2)
                    set.bind(3, failure.kind.rawValue)
                    set.bind(4, failure.text)
                }
                try set.run()
            }
            try countCommit(db)
            return try operations(states.map(\.0), db)
        } then: { changed in
            published(changed)
        }
    }

    /// Lets operations be sent that need it, durably. `published` as in `record`, with the operations as they are now; those that are
    /// not in the journal are passed over.
    public func release(_ ids: [OperationID], published: ([Operation]) -> Void) throws {
        try inTransaction { db in
            for id in ids { try hold(id, false, db) }
            try countCommit(db)
            return try operations(ids, db)
        } then: { released in
            published(released)
        }
    }

    func hold(_ id: OperationID, _ isHeld: Bool, _ db: Database) throws {
        let hold = try Query(db, "UPDATE state.operation SET held = ?2 WHERE id = ?1")
        hold.bind(1, id.rawValue)
        hold.bind(2, isHeld ? 1 : 0)
        try hold.run()
    }

    /// Those of some operations that are in the journal, in the order asked for.
    func operations(_ ids: [OperationID], _ db: Database) throws -> [Operation] {
        let query = try Query(db, OperationColumns.select + "WHERE id = ?")
        return try ids.compactMap { id in
            query.bind(1, id.rawValue)
            return try query.first { OperationColumns.operation($0) } ?? nil
        }
    }

    /// Gives an operation another change, and nothing else.
    func update(_ operation: Operation, to change: Change, _ db: Database) throws {
        let update = try Query(db, "UPDATE state.operation SET \(OperationColumns.assignments) WHERE id = ?1")
        update.bind(1, operation.id.rawValue)
        OperationColumns.bind(change, at: operation.place, to: update)
        try update.run()
    }
}
