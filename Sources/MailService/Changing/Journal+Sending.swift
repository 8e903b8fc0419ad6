internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

extension Journal {
    /// What of the journal can be sent now.
    ///
    /// - Throws: `MailStoreError`.
    func plan(heldBack: Set<OperationID>) throws -> SendPlan {
        let unlisted = try unlisted()
        for folder in Set(unlisted.values) { heard(of: folder) }
        let found = view.withLock { view in
            let (operations, homes) = view.operationsWithHomes
            return (operations: operations, held: view.held, homes: homes)
        }
        let homes = found.homes.merging(unlisted) { listed, _ in listed }
        var held = found.held.union(deferred.held)
        for operation in found.operations {
            // Mounts that were allowed more may have left some.
            if !permits(operation.change)
                || operation.change.origin.map({ unlisted[$0] != nil }) ?? false
            {
                held.insert(operation.id)
            }
        }
        let folders = facts.foldersByID
        return SendPlan(
            operations: found.operations, heldBack: heldBack.union(held), now: deletionClock.now,
            canExpunge: facts.canExpunge,
            home: { homes[$0] }, folder: { folders[$0] })
    }

    /// Messages with operations whose folders are still to be listed, as after the loss of the cache: nothing is known of them before.
    private func unlisted() throws -> [MessageID: FolderID] {
        let unknown = view.withLock { view in
            Set(
                view.journal.operations.compactMap { operation -> MessageID? in
                    guard !operation.state.isFailed, let origin = operation.change.origin else { return nil }
                    return view.truth(of: origin) == nil ? origin : nil
                })
        }
        var found: [MessageID: FolderID] = [:]
        for id in unknown {
            guard let place = try store.placeGiven(to: id), facts.folder(place.folder)?.isSynchronised == true,
                !facts.isListed(place.folder)
            else { continue }
            found[id] = place.folder
        }
        return found
    }

    /// Those of some operations whose messages went with their folders: perhaps they are under another name. Where folders are known
    /// by more than their names (RFC 8474), or were deleted here, they are gone.
    func lostWithFolder(_ operations: [Operation]) throws -> [Operation] {
        if facts.capabilities.has(.objectID) { return [] }
        return try operations.filter { operation in
            guard let id = operation.change.origin, let place = try store.placeGiven(to: id) else { return false }
            return facts.folder(place.folder) == nil
        }
    }

    /// Deletions in a folder that another client has taken back: the flag is gone, or the messages were put there anew.
    func acceptReturns(in folder: FolderID) throws {
        guard !configuration.isReadOnly else { return }
        let returned = view.withLock { view in
            view.journal.operations.compactMap { operation -> OperationID? in
                guard case .expunge(let id, _) = operation.change, operation.state == .waiting,
                    let truth = view.truth(of: id), truth.folder == folder, !truth.summary.flags.isDeleted
                else { return nil }
                return operation.id
            }
        }
        guard !returned.isEmpty else { return }
        try changing { try remove(returned) }
    }

    /// Ends operations that will never be done. A copy of bytes that are here becomes an upload instead.
    func give(up operations: [Operation], _ failure: ChangeFailure) throws {
        var failed: [OperationID] = []
        for operation in operations {
            if case .copy(_, let copy, _, _) = operation.change, let file = localFile(copy), try isWhole(file) {
                try setWaiting([operation.id])
                try uploadInstead(operation, file)
            } else {
                failed.append(operation.id)
            }
        }
        try fail(failed.map { ($0, failure) })
        for operation in operations where failed.contains(operation.id) { try clearName(after: operation) }
    }

    /// Whether the octets of a copy are here: a loss of power may have taken them, or some.
    ///
    /// - Throws: `FileError` where there is no room for another open file now.
    private func isWhole(_ file: LocalFile) throws -> Bool {
        do {
            let spool = try FileDescriptor(reading: store.spoolPath(of: file.id))
            return try spool.size == file.size && spool.examine().problem == nil
        } catch let error as FileError {
            if error.isShortage { throw error }
            logger.error("file \(file.id.rawValue): \(error)")
            return false
        }
    }

    /// A message that is back where it was may find its name taken.
    private func clearName(after operation: Operation) throws {
        guard let id = operation.change.message,
            let (truth, shown) = view.withLock({ view in view.truth(of: id).map { ($0, view.shown(id)) } }),
            let shown, shown.folder == truth.folder, shown.summary.name != truth.summary.name,
            view.withLock({ !$0.journal.operations(of: id).contains(where: \.isPlacing) })
        else { return }
        try store.setName(shown.summary.name, of: id) { publish($0) }
    }
}

extension AccountView {
    /// The whole journal, ascending, and the folders where the server has the messages of its operations.
    var operationsWithHomes: ([Operation], [MessageID: FolderID]) {
        let operations = journal.operations
        var homes: [MessageID: FolderID] = [:]
        for operation in operations {
            if let id = operation.change.message { homes[id] = truth(of: id)?.folder }
            if case .copy(let source, _, _, _) = operation.change { homes[source] = truth(of: source)?.folder }
        }
        return (operations, homes)
    }
}
