internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// What is said by whoever brings operations to the server: which it takes, that they are on the wire, and what came of them.
extension Journal {
    // MARK: - Before

    /// Those of some operations that wait as they were when they were planned, and that nobody else has. They are the caller's until
    /// `unclaim`.
    func claim(_ operations: [Operation]) -> [Operation] {
        view.withLock { view in
            operations.filter { operation in
                // Who writes to its file holds it, since the plan perhaps.
                view.journal[operation.id] == operation && !view.held.contains(operation.id) && view.claim(operation.id)
            }
        }
    }

    func unclaim(_ operations: [Operation]) {
        view.withLock { $0.unclaim(operations.map(\.id)) }
    }

    /// Changes of flags, or of labels, of which the server took some and refused the others.
    ///
    /// - Parameters:
    ///   - operations: claimed, with one change.
    ///   - change: what was taken, of a message.
    ///   - rest: what was not; nil for nothing.
    /// - Returns: those that have the change, for whoever settles them; claimed, new ones where there is a rest. And what is left of the
    ///   operations, which waits.
    func takeApart(
        _ operations: [Operation], _ change: (MessageID) -> Change, left rest: ((MessageID) -> Change)?
    ) throws -> (done: [Operation], left: [Operation]) {
        guard let rest else { return (operations, []) }
        return try changing {
            try setWaiting(operations.map(\.id), answered: true)
            var entry = JournalEntry()
            for operation in operations {
                guard let id = operation.change.message else { continue }
                entry.amended.append(.init(operation.id, rest(id)))
                entry.recorded.append(NewOperation(change(id)))
            }
            // Nobody can add to one before it is claimed: changes come one after the other.
            let new = try write(entry)
            let (done, left) = view.withLock { view in
                (new.compactMap { view.journal[$0] }, operations.compactMap { view.journal[$0.id] })
            }
            return (claim(done), left)
        }
    }

    /// The octets of these uploads are on the disk.
    func secure(_ uploads: [Operation]) throws { try store.makeDurable(spool: uploads.compactMap(\.change.message)) }

    /// These are on the wire from here on.
    ///
    /// - Parameter arrivesFrom: the UIDs from which on messages will come to folders, where they are known.
    func begin(_ operations: [Operation], arrivesFrom: [FolderID: UID]) throws {
        let ids = operations.map(\.id)
        try store.markSent(ids, arrivesFrom: arrivesFrom)
        view.withLock { view in
            view.sent(ids) { operation in operation.change.target.flatMap { arrivesFrom[$0.folder] } }
        }
        try passed(.beforeSend)
    }

    // MARK: - After

    /// What is to be sent, now or when its pause is over.
    var waitingToBeSent: [Operation] {
        view.withLock { view in view.journal.operations.filter { $0.state == .waiting } }
    }

    /// What was sent and has no answer yet, or whose answer was lost.
    var unanswered: [Operation] {
        view.withLock { view in view.journal.sent.sorted().compactMap { view.journal[$0] } }
    }

    /// A folder is listed: where its UIDs are of another epoch than before, what was sent to it may have come under any.
    func listed(_ folder: FolderID, since earlier: UIDValidity?) {
        guard let earlier, (try? store.cursor(folder)?.uidValidity) != earlier else { return }
        view.withLock { $0.forgetArrivalPoints(in: folder) }
    }

    /// Stores what the server made of operations.
    func settle(_ settlements: [Settlement], of operations: [Operation]) throws {
        try passed(.settling)
        let changes = Dictionary(operations.map { ($0.id, $0.change) }, uniquingKeysWith: { first, _ in first })
        var expunged: Set<MessageID> = []
        var copied: [OperationID: CopiedMove] = [:]
        for settlement in settlements {
            guard let change = changes[settlement.operation] else { continue }
            switch settlement.outcome {
            case .movedByCopy: copied[settlement.operation] = try copiedMove(change)
            case .expunged: if let id = change.message { expunged.insert(id) }
            case .moved, .copied, .appended, .flagged, .labelled, .deleted, .folder: break
            }
        }
        try noteOriginals(of: copied)
        try settle(settlements)
        try self.expunged(expunged)
        try passed(.settled)
    }

    private func copiedMove(_ change: Change) throws -> CopiedMove? {
        guard case .move(let id, let folder, let name) = change else { return nil }
        return CopiedMove(
            message: id, folder: folder, name: name,
            internalDate: try store.message(id)?.summary.internalDate ?? now(),
            since: try store.newMessageID())
    }

    /// The message is in the folder that it is to go to: it has its name there, and the operation is done. It is claimed.
    func settleName(of operation: Operation) throws {
        guard let current = view.withLock({ $0.journal[operation.id] }), let id = current.change.message,
            let target = current.change.target
        else { return }
        try changing {
            try store.setName(target.name, of: id) { publish($0) }
            try remove([operation.id])
        }
    }

    /// Ends operations whose messages or folders the server does not have.
    func endLost(_ operations: [Operation]) throws {
        guard !operations.isEmpty else { return }
        var done: [OperationID] = []
        var gone: [Operation] = []
        for operation in operations {
            switch operation.change {
            case .delete, .expunge, .deleteFolder: done.append(operation.id)
            case .move, .copy, .append, .flags, .labels, .createFolder, .renameFolder: gone.append(operation)
            }
        }
        let lost = try lostWithFolder(operations.filter { done.contains($0.id) })
        done.removeAll { id in lost.contains { $0.id == id } }
        try changing {
            try remove(done)
            try give(up: gone, ChangeFailure(kind: .gone, text: Fate.gone))
            let text = "its folder is gone, or has another name: there it may be as it was, or flagged as deleted"
            try give(up: lost, ChangeFailure(kind: .gone, text: text))
        }
    }

    /// Messages were flagged as deleted: what was brought back meanwhile is not expunged; nor what cannot be, nor be brought back.
    func dropExpunges(of ids: [MessageID]) throws {
        let dropped = view.withLock { view in
            ids.flatMap { id -> [OperationID] in
                let operations = view.journal.operations(of: id)
                let isWanted = operations.contains { operation in
                    if case .flags(_, .remove(let flags)) = operation.change { flags.isDeleted } else { false }
                }
                return operations.filter { operation in
                    guard case .expunge = operation.change else { return false }
                    return isWanted || (!facts.canExpunge && isOriginal(operation.id))
                }.map(\.id)
            }
        }
        try changing { try remove(dropped) }
    }

    // MARK: - Asking

    /// The folder where the server has a message, or had it when it was last heard of.
    func home(of id: MessageID) throws -> FolderID? {
        if let known = view.withLock({ $0.truth(of: id)?.folder }) { return known }
        // After the loss of the cache nothing is known of a message but the place that it was given.
        return try store.placeGiven(to: id)?.folder
    }

    /// Whether a message has operations.
    func isChanged(_ id: MessageID) -> Bool { view.withLock { !$0.journal.operations(of: id).isEmpty } }
}
