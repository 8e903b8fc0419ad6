internal import Glibc
internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

/// A message that was deleted here and is shown again.
struct Restored: Hashable {
    let message: MessageID
    let folder: FolderID
    /// In the mount.
    let path: String
}

extension Journal {
    /// Brings back messages deleted here and not yet expunged.
    ///
    /// - Parameter pattern: shell wildcards over the path in the mount (`INBOX/*.eml`), or over the name alone; nil for all.
    /// - Returns: what is back, unless the server has it no more.
    func undelete(_ pattern: String?) throws -> [Restored] {
        try changing {
            var deleted: [MessageID: [Operation]] = [:]
            for operation in view.withLock({ $0.journal.operations }) where !operation.state.isFailed {
                switch operation.change {
                case .delete(let id), .expunge(let id, _): deleted[id, default: []].append(operation)
                case .move, .copy, .append, .flags, .labels, .createFolder, .deleteFolder, .renameFolder: break
                }
            }
            var restored: [Restored] = []
            for (id, operations) in deleted.sorted(by: { $0.key < $1.key }) {
                if let message = try undelete(id, operations, pattern) { restored.append(message) }
            }
            return try restored + undeleteFromTrash(pattern) + undeleteFiles(pattern)
        }
    }

    /// - Returns: nil where it stays deleted.
    private func undelete(_ id: MessageID, _ operations: [Operation], _ pattern: String?) throws -> Restored? {
        if let coming = coming(id, before: operations) { return try undelete(id, operations, coming, pattern) }
        let (truth, isHidden) = view.withLock { ($0.truth(of: id), $0.shown(id) == nil) }
        // The old version of a draft comes back with the new one only, and the original of a copy not at all.
        guard let truth, isHidden, !operations.contains(where: { isOriginal($0.id) }),
            operations.allSatisfy({ $0.after == nil || facts.folder(truth.folder)?.specialUse != .drafts }),
            !operations.contains(where: isDue)
        else { return nil }
        let own = try ownName(truth.summary)
        let path = path(truth.folder, own)
        guard pattern.map({ Self.matches(path, $0) }) ?? true, try revive(truth.folder) else { return nil }
        var claimed: [Operation] = []
        defer { for operation in claimed { unclaim(operation) } }
        var isSent = truth.summary.flags.isDeleted
        for operation in operations {
            if claim(id, where: { $0.id == operation.id }) != nil {
                claimed.append(operation)
                continue
            }
            // On the wire: a deletion is undone behind it, an expunge is too late.
            guard case .delete = operation.change else { return nil }
            isSent = true
        }
        let name = try freeName(own, in: truth.folder, for: id)
        if name != truth.summary.name { try store.setName(name, of: id) { publish($0) } }
        if isSent { try record([NewOperation(.flags(id, .remove(Flags(system: .deleted))))]) }
        try remove(claimed.map(\.id))
        return Restored(message: id, folder: truth.folder, path: self.path(truth.folder, name))
    }

    /// Deletions that were taken back are over: the program may have ended before that was written down.
    func endDeletionsTakenBack() throws {
        let ended = view.withLock { view in
            view.journal.operations.flatMap { operation -> [OperationID] in
                guard case .flags(let id, .remove(let flags)) = operation.change, flags.isDeleted,
                    !operation.state.isFailed
                else { return [] }
                return view.journal.operations(of: id).filter { earlier in
                    guard earlier.id < operation.id, earlier.state == .waiting else { return false }
                    return switch earlier.change {
                    case .delete, .expunge: true
                    case .move, .copy, .append, .flags, .labels, .createFolder, .deleteFolder, .renameFolder: false
                    }
                }.map(\.id)
            }
        }
        try remove(ended)
    }

    private func isDue(_ operation: Operation) -> Bool {
        if case .expunge(_, let due?) = operation.change { due <= deletionClock.now } else { false }
    }

    static func matches(_ path: String, _ pattern: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return fnmatch(pattern, path, FNM_PATHNAME) == 0 || fnmatch(pattern, name, 0) == 0
    }

    // MARK: - Names

    /// The name, or one made from it that nothing in the folder has, as the index or as the mount has it.
    func freeName(_ name: [UInt8], in folder: FolderID, for id: MessageID) throws -> [UInt8] {
        try isTaken(name, in: folder, for: [id]) ? freeNumberedName(name, in: folder, for: [id]) : name
    }

    /// The first one made from a name, and not that itself, that no others have.
    func freeNumberedName(_ name: [UInt8], in folder: FolderID, for ids: [MessageID]) throws -> [UInt8] {
        var number = 2
        while try isTaken(FileName.numbered(name, number), in: folder, for: ids) { number += 1 }
        return FileName.numbered(name, number)
    }

    private func isTaken(_ name: [UInt8], in folder: FolderID, for ids: [MessageID]) throws -> Bool {
        if let shown = view.withLock({ $0.message(named: name, in: folder) }), !ids.contains(shown) { return true }
        guard let listed = try store.message(named: name, in: folder) else { return false }
        return !ids.contains(listed)
    }
}

extension Journal {
    /// What of a message the server has yet to answer for.
    func pendingOperations(of message: MessageID) -> [OperationID] {
        view.withLock { view in
            view.journal.operations(of: message).filter { $0.isAwaited && !$0.isHeld }.map(\.id)
        }
    }

    /// Whether a message is here only, and stays so until somebody decides.
    func hasFailedUpload(of message: MessageID) -> Bool {
        view.withLock { view in
            view.journal.operations(of: message).contains { operation in
                if case .append = operation.change { operation.state.isFailed } else { false }
            }
        }
    }
}
