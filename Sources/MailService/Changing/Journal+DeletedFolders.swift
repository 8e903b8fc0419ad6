internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// A folder that is deleted here stays on the server, hidden, for as long as what was deleted in it can be brought back.
extension Journal {
    /// Folder operations that are not to be sent yet.
    var deferred: DeferredFolders {
        let now = deletionClock.now
        let window = expungeDue
        let originals = originals.withLock { Set($0.keys) }
        let trashed = trashed.withLock { Array($0.values) }
        let deletedFiles = deletedFiles.withLock { Array($0.values) }
        let folders = facts.foldersByID
        return view.withLock { view in
            let operations = view.journal.folderOperations
            let deleted = Set(
                operations.compactMap { operation -> FolderID? in
                    guard case .deleteFolder(let id) = operation.change, operation.state == .waiting else { return nil }
                    return id
                })
            guard !deleted.isEmpty else { return .none }
            var due: [FolderID: Int64] = [:]
            func note(_ folder: FolderID?, _ time: Int64) {
                guard let folder, deleted.contains(folder) else { return }
                due[folder] = max(due[folder] ?? time, time)
            }
            for operation in view.journal.operations where !operation.state.isFailed {
                switch operation.change {
                case .expunge(let id, let time?): note(view.truth(of: id)?.folder, time)
                case .delete(let id):
                    // The time begins when the flag is set.
                    guard let window, !originals.contains(operation.id) else { break }
                    let coming = view.journal.operations(of: id).last {
                        $0.id < operation.id && $0.isPlacing && !$0.state.isFailed
                    }
                    note(coming?.change.target?.folder ?? view.truth(of: id)?.folder, window)
                case .expunge, .move, .copy, .append, .flags, .labels, .createFolder, .deleteFolder, .renameFolder:
                    break
                }
            }
            for entry in trashed { note(entry.folder, entry.until) }
            for entry in deletedFiles { note(entry.file.folder, entry.until) }
            return DeferredFolders(operations, due: due, now: now) { folders[$0] }
        }
    }

    /// Those of some operations whose outcome is known soon.
    func awaitable(_ operations: [OperationID]) -> [OperationID] {
        let later = deferred.operations.union(heldBack)
        return operations.filter { !later.contains($0) }
    }

    /// Whether something that was deleted in a folder can be brought back out of Trash, or is only here.
    func mayBeNeededAgain(_ id: FolderID) -> Bool {
        let now = deletionClock.now
        return trashed.withLock { $0.values.contains { $0.folder == id && $0.until > now } }
            || deletedFiles.withLock { $0.values.contains { $0.file.folder == id && $0.until > now } }
    }

    /// Shows a folder again that was deleted here, or lies below one that was, as long as the server has not heard of it.
    ///
    /// - Returns: whether its messages can be shown.
    func revive(_ id: FolderID) throws -> Bool {
        guard let folder = facts.folder(id) else { return false }
        let deletions = view.withLock { view in
            view.journal.folderOperations.filter { operation in
                guard case .deleteFolder(let other) = operation.change, !operation.state.isFailed else { return false }
                return facts.folder(other).map { folder.path.starts(with: $0.path) } ?? false
            }
        }
        if deletions.isEmpty { return true }
        // Others may have their places by now.
        let paths = [folder.path] + deletions.compactMap { $0.change.folder.flatMap { facts.folder($0)?.path } }
        guard view.withLock({ view in paths.allSatisfy { view.folder(at: $0) == nil } }) else { return false }
        var claimed: [Operation] = []
        defer { for deletion in claimed { unclaim(deletion) } }
        for deletion in deletions {
            guard view.withLock({ $0.claim(deletion.id) }) else { return false }
            claimed.append(deletion)
        }
        try remove(deletions.map(\.id))
        return true
    }

    /// Something has come to a folder that was deleted here and of which the server has not heard that yet: it is shown again.
    func showIfFilled(_ id: FolderID) throws {
        guard !configuration.isReadOnly, shownFolder(id) == nil else { return }
        let deletion = view.withLock { view in
            view.journal.folderOperations.last { $0.change == .deleteFolder(id) && $0.state == .waiting }
        }
        guard let deletion, try hasShownMessages(id), view.withLock({ $0.claim(deletion.id) }) else { return }
        defer { unclaim(deletion) }
        try changing { try fail([(deletion.id, .notEmpty)]) }
    }
}

extension ChangeFailure {
    static let notEmpty = ChangeFailure(kind: .notEmpty, text: "the folder is not empty on the server")
}
