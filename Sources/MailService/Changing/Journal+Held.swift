internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Deletions beyond the limit are recorded and shown like others, and not sent before somebody has released them. They lie in the
// journal until then.
extension Journal {
    // MARK: - Holding

    /// One more message of a folder is to be deleted now.
    ///
    /// - Returns: whether that is held.
    func holdsDeletion(in folder: FolderID) throws -> Bool {
        // Whoever changes anything is alone; the store is not asked under a lock.
        var limit = deletions.withLock { kept in
            defer { kept = DeletionLimit(.off) }
            return kept
        }
        defer { deletions.withLock { [limit] in $0 = limit } }
        guard try limit.holds(deletionIn: folder, at: deletionClock.now, shown: { try shownCount(folder) }) else {
            return false
        }
        if view.withLock({ $0.journal.held.isEmpty }) {
            logger.notice("more is deleted than --delete-limit lets through: held, until mailmount release or undelete")
        }
        return true
    }

    /// Whether a message goes to the folder for deleted mail, and that is held.
    func holdsMove(from: FolderID, to: FolderID) throws -> Bool {
        guard facts.isTrash(to), !facts.isTrash(from) else { return false }
        return try holdsDeletion(in: from)
    }

    /// Whether an operation that brings a message somewhere is held when that is another folder.
    func holds(_ placing: Operation, redirectedTo folder: FolderID) throws -> Bool {
        guard case .move(let id, let target, _) = placing.change, facts.isTrash(folder) else { return false }
        if facts.isTrash(target) { return placing.needsRelease }
        return try holdsMove(from: view.withLock { $0.truth(of: id)?.folder } ?? target, to: folder)
    }

    private func shownCount(_ folder: FolderID) throws -> Int {
        var count = 0
        try loadListing(folder, { if !$0.flags.isDeleted { count += 1 } }, done: {})
        return count
    }

    // MARK: - What is held

    var heldCount: Int { heldDeletions.count }

    /// Deletions that are held, ascending, with what is known of their messages: of one that another client took away nothing is left to be
    /// decided.
    private var heldDeletions: [(operation: Operation, truth: AccountView.Place?)] {
        let held = view.withLock { view in
            view.journal.held.sorted().compactMap { id in
                view.journal[id].map { ($0, $0.change.message.flatMap { view.truth(of: $0) }) }
            }
        }
        return held.filter { operation, truth in
            if truth != nil { return true }
            guard let id = operation.change.message else { return true }
            do {
                return try store.placeGiven(to: id) != nil
            } catch {
                return true
            }
        }
    }

    /// Deletions that are held, and what waits for them.
    var heldBack: Set<OperationID> {
        let (operations, homes) = view.withLock { view in
            view.journal.held.isEmpty ? ([], [:]) : view.operationsWithHomes
        }
        if operations.isEmpty { return [] }
        let folders = facts.foldersByID
        return HeldOperations(operations, home: { homes[$0] }, folder: { folders[$0] }).operations
    }

    /// Deletions that are held, ascending, by the paths that their messages had.
    var heldChanges: [FailedChange] {
        heldDeletions.map { operation, truth in
            FailedChange(
                id: operation.id, operation: Change.deletionWord,
                path: truth.map { path($0.folder, $0.summary.name) } ?? path(of: operation),
                error: "held: more than --delete-limit lets through")
        }
    }

    /// Whether the deletion of a message is held.
    func isHeld(_ message: MessageID) -> Bool {
        view.withLock { $0.journal.operations(of: message).contains(where: \.isHeld) }
    }

    // MARK: - Deciding

    /// Sends deletions that are held; all where none is named.
    ///
    /// - Throws: `noSuchChange`.
    func release(_ ids: [OperationID]) throws {
        try changing {
            let chosen = try chosen(
                ids,
                among: view.withLock { view in
                    view.journal.held.sorted().compactMap { view.journal[$0] }
                })
            // The time to bring them back begins now.
            try noteTrashedAgain(chosen.compactMap(\.change.message))
            try store.release(chosen.map(\.id)) { publish(AccountView.Changes(operations: $0)) }
            try passed(.journal)
            wakeSender()
        }
    }

    /// Gives a deletion up that is held: its message is back where it was, under its name or, where that is taken, one made from it.
    ///
    /// - Throws: `inUse` where another folder has the place of its own, which was deleted.
    func giveUp(held operation: Operation) throws {
        guard let id = operation.change.message else { return }
        try watching([id]) {
            guard let truth = view.withLock({ $0.truth(of: id) }) else { return try remove([operation.id]) }
            guard try revive(truth.folder) else {
                throw ServiceError.inUse("another folder has the name of the one that \(path(of: operation)) was in")
            }
            let name = try freeName(try ownName(truth.summary), in: truth.folder, for: id)
            if name != truth.summary.name { try store.setName(name, of: id) { publish($0) } }
            try remove([operation.id])
        }
    }
}
