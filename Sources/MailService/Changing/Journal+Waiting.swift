internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension Journal {
    /// Returns when the server has done all of a receipt, but for what is held; nothing in it is undone by a cancelled wait.
    ///
    /// - Throws: `ServiceError` of the first that was refused; `timedOut` when the server sends nothing for the timeout;
    ///   `offline` when there is no connection.
    func verdict(of receipt: Receipt) async throws {
        let receipt = Receipt(withoutHeld(receipt.operations))
        guard !receipt.operations.isEmpty else { return }
        if let error = facts.standing.obstacle {
            // What was decided before is known all the same.
            let open = view.withLock { view in receipt.operations.contains { view.journal[$0]?.state.isFailed == false }
            }
            if open { throw error }
        }
        try await waiting.wait(for: receipt.operations) { awaited($0) }
    }

    /// An operation whose verdict is to come, or that failed; nil where what was asked for is done.
    private func awaited(_ id: OperationID) -> Operation? {
        guard let operation = view.withLock({ $0.journal[id] }) else { return nil }
        return isDone(operation) && (operation.state.isFailed || !operation.isAwaited) ? nil : operation
    }

    /// Whether what was asked for is done, and only what follows from it is left of the operation: the expunge of a message that was
    /// deleted, the deletion of one that was copied instead of moved.
    func isDone(_ operation: Operation) -> Bool {
        switch operation.change {
        case .expunge: true
        case .delete: isOriginal(operation.id)
        case .move, .copy, .append, .flags, .labels, .createFolder, .deleteFolder, .renameFolder: false
        }
    }

    private func withoutHeld(_ operations: [OperationID]) -> [OperationID] {
        let open = view.withLock { view in
            view.journal.held.isEmpty ? operations : operations.filter { !view.journal.held.contains($0) }
        }
        // What waits for a deletion that is held is rare, and long to be found.
        if open.isEmpty || view.withLock({ $0.journal.held.isEmpty }) { return open }
        let held = heldBack
        return open.filter { !held.contains($0) }
    }

    /// For fsync: everything that was changed is on the disk; online, the verdict on what waits for this message or folder is waited
    /// for as well. Offline it returns.
    func synchronised(message: MessageID?, folder: FolderID?) async throws {
        do {
            let files = message.map { [$0] } ?? []
            try store.makeDurable(spool: files.filter { localFile($0) != nil })
            try store.makeDurable()
        } catch {
            throw ServiceError(error)
        }
        let deferred = deferred.operations.union(behindInterrupted)
        let open = view.withLock { view -> [OperationID] in
            var operations: [Operation] = []
            if let message { operations += view.journal.operations(of: message) }
            if let folder {
                operations += view.journal.operations(touching: folder) { view.truth(of: $0)?.folder }
            }
            return operations.filter { operation in
                operation.isAwaited && !view.held.contains(operation.id) && !deferred.contains(operation.id)
            }.map(\.id)
        }
        do {
            try await verdict(of: Receipt(open))
        } catch ServiceError.offline {
            return
        }
    }

    func state(of operation: OperationID) -> Operation.State? { view.withLock { $0.journal[operation]?.state } }

    /// Changes that wait for the server, files among them that are not recorded yet; expunges, and deletions of folders, that are not due do
    /// not count, nor does what is held.
    var pendingChanges: Int { lateCount + recordedChanges }

    private var recordedChanges: Int {
        var later = deferred.operations
        let isAllHeld = view.withLock { $0.journal.pendingCount == $0.journal.held.count }
        later.formUnion(behindInterrupted)
        later.formUnion(isAllHeld ? view.withLock { $0.journal.held } : heldBack)
        return view.withLock { view in
            view.journal.pendingCount + view.journal.dueCount(deletionClock.now)
                - later.count { view.journal[$0].map { $0.state == .waiting && $0.isAwaited } ?? false }
        }
    }

    /// Changes that need a name which a deletion makes free when it cannot be taken back any more.
    var blockedChanges: [FailedChange] {
        let deferred = deferred
        let blocked = view.withLock { view in
            deferred.operations.subtracting(deferred.held).sorted().compactMap { view.journal[$0] }.filter {
                if case .deleteFolder = $0.change { false } else { true }
            }
        }
        return blocked.map {
            FailedChange(
                id: $0.id, operation: $0.change.word, path: path(of: $0),
                error:
                    "its name is that of a directory which was deleted here and can be brought back yet (--expunge-after)"
            )
        }
    }

    /// Changes that failed, but for those of `interruptedChanges`.
    var failedChanges: [FailedChange] { told { !$0.isInterrupted } + emptiedChanges }

    /// Uploads whose files were being written when an earlier run ended.
    var interruptedChanges: [FailedChange] { told(where: \.isInterrupted) }

    /// Changes that an earlier mount left, and this one may not send.
    var barredChanges: [FailedChange] {
        if configuration.isReadOnly || configuration.allowed == .all { return [] }
        return view.withLock { $0.journal.operations }.filter { $0.isAwaited && !$0.isHeld && !permits($0.change) }.map
        {
            FailedChange(
                id: $0.id, operation: $0.change.word, path: path(of: $0),
                error: "this mount may not send it: another --allow, or none, lets it go")
        }
    }

    private func told(where isMeant: (Operation) -> Bool) -> [FailedChange] {
        view.withLock { $0.journal.failed }.filter(isMeant).map { operation in
            var text = ""
            if case .failed(let failure) = operation.state { text = failure.text }
            return FailedChange(
                id: operation.id, operation: operation.change.word, path: path(of: operation), error: text)
        }
    }

    /// Sends failed changes again, and interrupted files as they are; all where none is named. Their effects show again.
    ///
    /// - Returns: those that are sent.
    /// - Throws: `noSuchChange`.
    @discardableResult
    func retry(_ ids: [OperationID]) throws -> [OperationID] {
        try changing {
            // Of what is empty, or not whole, there is nothing to be sent.
            let unsendable = Set(emptiedChanges.map(\.id))
            let wanted = ids.filter { !unsendable.contains($0) }
            if wanted.isEmpty, !ids.isEmpty { return [] }
            let chosen = try chosen(wanted, among: view.withLock { $0.journal.failed }).filter { !$0.isNoMessage }
            wakeSender()
            // What nobody looked at yet.
            for operation in chosen where operation.isUnread { try resume(operation) }
            let failed = chosen.filter { !$0.isUnread }
            // Who has the names meanwhile is known, so that no two messages are shown under one.
            let holders = try failed.compactMap(\.change.target).compactMap {
                try store.message(named: $0.name, in: $0.folder)
            }
            try watching(holders) { try setWaiting(failed.map(\.id)) }
            try passed(.journal)
            for operation in failed {
                if case .append = operation.change { view.withLock { $0.release(operation.id) } }
            }
            wakeSender()
            return view.withLock { view in chosen.map(\.id).filter { view.journal[$0]?.state.isFailed != true } }
        }
    }

    /// Gives failed changes up for good, uploads with their octets, and deletions that are held.
    ///
    /// - Throws: `noSuchChange`, `inUse`.
    func discard(_ ids: [OperationID]) throws {
        try changing {
            let ids = try giveUpEmptied(ids)
            guard !ids.isEmpty else { return }
            let all = view.withLock { view in view.journal.operations.filter { $0.state.isFailed || $0.isHeld } }
            for operation in try chosen(ids, among: all) {
                if operation.isHeld {
                    try giveUp(held: operation)
                    continue
                }
                // What was to come behind it is not to come.
                var entry = JournalEntry(removed: [operation.id] + dependents(of: [operation.id]))
                if operation.change.makesMessage, let id = operation.change.message, localFile(id) != nil {
                    entry.removedFiles = [id]
                }
                try write(entry)
                if case .createFolder(let id) = operation.change { try forget(pending: id) }
            }
        }
    }

    /// Some operations by their ids; all without any.
    func chosen(_ ids: [OperationID], among operations: [Operation]) throws -> [Operation] {
        if ids.isEmpty { return operations }
        let known = Dictionary(operations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return try ids.map { id in
            guard let found = known[id] else { throw ServiceError.noSuchChange(id.rawValue) }
            return found
        }
    }

    /// The path in the mount that a change is about.
    func path(of operation: Operation) -> String {
        let change = operation.change
        // Another message may have its name here.
        if change.makesMessage, let shown = change.message.flatMap({ id in view.withLock { $0.shown(id) } }) {
            return path(shown.folder, shown.summary.name)
        }
        if let target = change.target { return path(target.folder, target.name) }
        if let id = change.folder { return Self.text(pathGiven(to: id)) }
        guard let id = change.message else { return "" }
        let place = view.withLock { $0.shown(id) ?? $0.truth(of: id) }
        if let place { return path(place.folder, place.summary.name) }
        return (try? store.placeGiven(to: id)).flatMap { $0 }.map { path($0.folder, $0.name) }
            ?? operation.place.map { path($0.folder, $0.name) } ?? ""
    }

    func path(_ id: FolderID, _ name: [UInt8]) -> String { Self.text(pathGiven(to: id) + [name]) }

    /// The path of a folder, also of one that the server does not have at present.
    private func pathGiven(to id: FolderID) -> [[UInt8]] {
        if let folder = shownFolder(id) ?? facts.folder(id) { return folder.path }
        return (try? store.pathGiven(to: id)).flatMap { $0 } ?? []
    }
}

extension Operation {
    /// The server's word on it is still to come, and comes soon.
    var isAwaited: Bool {
        if case .expunge = change { return false }
        return !state.isFailed
    }
}

extension Change {
    static let deletionWord = "delete"

    /// For people.
    var word: String {
        switch self {
        case .move: "move"
        case .copy: "copy"
        case .append: "upload"
        case .flags: "flags"
        case .labels: "labels"
        case .delete, .expunge: Self.deletionWord
        case .createFolder: "mkdir"
        case .deleteFolder: "rmdir"
        case .renameFolder: "rename"
        }
    }
}
