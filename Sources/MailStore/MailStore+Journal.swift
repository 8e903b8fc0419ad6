internal import GRDB
public import IMAPValue
public import MailModel

/// A change that is to be written into the journal.
public struct NewOperation: Hashable, Sendable {
    public var change: Change
    public var after: After?
    /// It is not sent before `release`.
    public var needsRelease: Bool

    /// What has to be done before it.
    public enum After: Hashable, Sendable {
        case operation(OperationID)
        /// The one at this index of the same call, which stands before it.
        case earlier(Int)
    }

    public init(_ change: Change, after: After? = nil, needsRelease: Bool = false) {
        self.change = change
        self.after = after
        self.needsRelease = needsRelease
    }
}

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

    /// Writes changes into the journal in one transaction; `published` is called with them on the writer, in order with all that
    /// is published. They survive a crash of the program when this returns, and one of the machine after `makeDurable`,
    /// `markSent`, or any transaction that changes the state otherwise.
    ///
    /// - Throws: `noSuchOperation` for an `earlier` index of none that stands before it, `noSpace`.
    public func record(_ changes: [NewOperation], published: ([Operation]) -> Void) throws {
        try inRelaxedTransaction { db in
            let insert = try Query(db, OperationColumns.insert)
            var recorded: [Operation] = []
            for new in changes {
                var after: OperationID?
                switch new.after {
                case .operation(let operation): after = operation
                case .earlier(let index):
                    guard recorded.indices.contains(index) else {
                        throw MailStoreError.noSuchOperation(OperationID(rawValue: Int64(index)))
                    }
                    after = recorded[index].id
                case nil: break
                }
                let made = now()
                OperationColumns.bind(new.change, to: insert)
                insert.bind(13, after?.rawValue)
                insert.bind(14, made)
                insert.bind(15, new.needsRelease ? 1 : 0)
                try insert.run()
                recorded.append(
                    Operation(
                        id: OperationID(rawValue: db.lastInsertedRowID), change: new.change, after: after,
                        needsRelease: new.needsRelease, made: made))
            }
            if !recorded.isEmpty { try countCommit(db) }
            return recorded
        } then: { recorded in
            published(recorded)
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
                "UPDATE state.operation SET state = 1, attempts = attempts + 1, arrives_from = NULL WHERE id = ?")
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

    /// Changes what an operation asks for (its target, name, flags, upload) that waits or failed. `published` and durability as in
    /// `record`.
    ///
    /// - Parameter needsRelease: whether it is not sent before `release`, whatever was said of it before.
    /// - Throws: `operationIsSent`, `noSuchOperation`.
    public func replace(
        _ operation: OperationID, with change: Change, needsRelease: Bool = false, published: (Operation) -> Void
    ) throws {
        try inRelaxedTransaction { db in
            guard let found = try operations([operation], db).first else {
                throw MailStoreError.noSuchOperation(operation)
            }
            if found.state == .sent { throw MailStoreError.operationIsSent(operation) }
            try update(found, to: change, db)
            if found.needsRelease != needsRelease { try hold(operation, needsRelease, db) }
            try countCommit(db)
            return try operations([operation], db)
        } then: { changed in
            for operation in changed { published(operation) }
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

    private func hold(_ id: OperationID, _ isHeld: Bool, _ db: Database) throws {
        let hold = try Query(db, "UPDATE state.operation SET held = ?2 WHERE id = ?1")
        hold.bind(1, id.rawValue)
        hold.bind(2, isHeld ? 1 : 0)
        try hold.run()
    }

    /// Takes operations out of the journal without any effect, as durably as `record` writes. What came after one of them still names
    /// it. The body of a copy that is not made leaves the cache in time.
    ///
    /// `published` is called when they are gone.
    public func removeOperations(_ operations: [OperationID], published: () -> Void) throws {
        try inRelaxedTransaction { db in
            let limbo = try Query(
                db,
                """
                UPDATE main.body SET limbo = ?2 WHERE limbo IS NULL
                    AND id = (SELECT message FROM state.operation WHERE id = ?1 AND kind = 'copy')
                    AND id NOT IN (SELECT id FROM state.message WHERE id = main.body.id)
                RETURNING id
                """)
            let remove = try Query(db, "DELETE FROM state.operation WHERE id = ?")
            var bodies: [Int64] = []
            for operation in operations {
                limbo.bind(1, operation.rawValue)
                limbo.bind(2, now())
                try limbo.rows { bodies.append($0.int(0)) }
                remove.bind(1, operation.rawValue)
                try remove.run()
            }
            if !operations.isEmpty { try countCommit(db) }
            return bodies
        } then: { bodies in
            usage.forget(bodies)
            published()
        }
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
        OperationColumns.bind(change, to: update)
        try update.run()
    }
}
