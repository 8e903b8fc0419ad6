internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension Journal {
    /// What of the journal can be sent now.
    func plan(heldBack: Set<OperationID>) -> SendPlan {
        let found = view.withLock { view in
            let operations = view.journal.operations
            var homes: [MessageID: FolderID] = [:]
            for operation in operations {
                if let id = operation.change.message { homes[id] = view.truth(of: id)?.folder }
                if case .copy(let source, _, _, _) = operation.change { homes[source] = view.truth(of: source)?.folder }
            }
            return (operations: operations, held: view.held, homes: homes)
        }
        var held = found.held
        // Mounts that were allowed more may have left them.
        for operation in found.operations where !configuration.allowed.permit(operation.change, isTrash: facts.isTrash)
        {
            held.insert(operation.id)
        }
        let folders = facts.foldersByID
        return SendPlan(
            operations: found.operations, heldBack: heldBack.union(held), now: now(), canExpunge: facts.canExpunge,
            home: { found.homes[$0] }, folder: { folders[$0] })
    }

    /// Ends operations that will never be done. A copy of bytes that are here becomes an upload instead.
    func give(up operations: [Operation], _ failure: ChangeFailure) throws {
        var failed: [OperationID] = []
        for operation in operations {
            if case .copy(_, let copy, _, _) = operation.change, let file = localFile(copy) {
                try setWaiting([operation.id])
                try uploadInstead(operation, file)
            } else {
                failed.append(operation.id)
            }
        }
        try fail(failed.map { ($0, failure) })
        for operation in operations where failed.contains(operation.id) { try clearName(after: operation) }
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
