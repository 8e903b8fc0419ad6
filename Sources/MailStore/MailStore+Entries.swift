internal import GRDB
public import MailModel

extension MailStore {
    /// Writes an entry into the journal in one transaction; `published` is called with it on the writer, in order with all that is
    /// published. It survives a crash of the program when this returns, and one of the machine after `makeDurable`, `markSent`, or any
    /// transaction that changes the state otherwise.
    ///
    /// - Throws: `noSuchOperation` for one that is amended and not there, or an `earlier` index of none that stands before it;
    ///   `operationIsSent`, `noSuchMessage`, `noSpace`.
    public func write(_ entry: JournalEntry, published: (JournalEntry.Written) -> Void) throws {
        try inRelaxedTransaction { db in
            var written = JournalEntry.Written()
            var index = IndexChange(self, db)
            if let detached = entry.detached {
                try index.detach(detached.message, as: detached.id)
                written.batches = try index.finish()
            }
            try removeLocalFiles(entry.removedFiles, db)
            for deleted in entry.setAside { try setAside(deleted, db) }
            let bodies = try delete(entry.removed, db)
            try amend(entry.amended, db)
            written.recorded = try insert(entry.recorded, db)
            if let naming = entry.naming {
                written.batches += try setName(naming.name, of: naming.message, db).batches
            }
            for file in entry.files { try put(file, db) }
            let followers = index.operations.sorted().map(OperationID.init(rawValue:))
            written.amended = try operations(entry.amended.map(\.operation) + followers, db)
            if !entry.isEmpty { try countCommit(db) }
            index.effects.forgotten += bodies
            return (written, index.effects)
        } then: { written, effects in
            perform(effects)
            for id in entry.removedFiles { spool.remove(id.rawValue) }
            published(written)
        }
    }

    /// An entry of new operations only.
    public func record(_ changes: [NewOperation], published: ([Operation]) -> Void) throws {
        try write(JournalEntry(recorded: changes)) { published($0.recorded) }
    }

    /// An entry of one amendment only.
    public func replace(
        _ operation: OperationID, with change: Change, needsRelease: Bool = false, published: (Operation) -> Void
    ) throws {
        try write(JournalEntry(amended: [.init(operation, change, needsRelease: needsRelease)])) { written in
            for operation in written.amended { published(operation) }
        }
    }

    /// An entry that only removes. `published` is called when they are gone.
    public func removeOperations(_ operations: [OperationID], published: () -> Void) throws {
        try write(JournalEntry(removed: operations)) { _ in published() }
    }

    private func amend(_ amendments: [JournalEntry.Amendment], _ db: Database) throws {
        for amendment in amendments {
            guard let found = try operations([amendment.operation], db).first else {
                throw MailStoreError.noSuchOperation(amendment.operation)
            }
            if found.state == .sent { throw MailStoreError.operationIsSent(amendment.operation) }
            try update(found, to: amendment.change, db)
            if found.needsRelease != amendment.needsRelease {
                try hold(amendment.operation, amendment.needsRelease, db)
            }
        }
    }

    private func insert(_ changes: [NewOperation], _ db: Database) throws -> [Operation] {
        let insert = try Query(db, OperationColumns.insert)
        let given = try Query(db, "SELECT folder, name FROM state.message WHERE id = ?")
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
            var place: Operation.Place?
            if new.change.target == nil, let message = new.change.message {
                given.bind(1, message.rawValue)
                place = try given.first { Operation.Place(folder: FolderID(rawValue: $0.int(0)), name: $0.bytes(1)) }
            }
            OperationColumns.bind(new.change, at: place, to: insert)
            insert.bind(13, after?.rawValue)
            insert.bind(14, made)
            insert.bind(15, new.needsRelease ? 1 : 0)
            try insert.run()
            recorded.append(
                Operation(
                    id: OperationID(rawValue: db.lastInsertedRowID), change: new.change, after: after,
                    needsRelease: new.needsRelease, made: made, place: place))
        }
        return recorded
    }

    /// - Returns: the bodies of copies that are not made.
    private func delete(_ operations: [OperationID], _ db: Database) throws -> [Int64] {
        guard !operations.isEmpty else { return [] }
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
        return bodies
    }
}
