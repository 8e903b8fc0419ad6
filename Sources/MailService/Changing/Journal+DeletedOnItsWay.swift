internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Messages that were deleted while something that brings them to the server was on the wire.
extension Journal {
    /// What brings a message somewhere, was sent, and was not answered when the message was deleted: the server has it there soon, and not yet.
    func coming(_ id: MessageID, before deletions: [Operation]) -> Change? {
        view.withLock { view in
            guard let first = deletions.first, view.shown(id) == nil else { return nil }
            let placing = view.journal.operations(of: id).last { $0.isPlacing && !$0.state.isFailed }
            return placing.flatMap { $0.id < first.id ? $0.change : nil }
        }
    }

    /// Of a message that the server has yet to say it has: nothing was sent of its deletion.
    func undelete(
        _ id: MessageID, _ deletions: [Operation], _ coming: Change, _ pattern: String?
    ) throws -> Restored? {
        guard let target = coming.target, !deletions.contains(where: { isOriginal($0.id) }),
            deletions.allSatisfy({ $0.after == nil || facts.folder(target.folder)?.specialUse != .drafts }),
            pattern.map({ Self.matches(path(target.folder, target.name), $0) }) ?? true
        else { return nil }
        var claimed: [Operation] = []
        defer { for operation in claimed { unclaim(operation) } }
        for deletion in deletions {
            guard claim(id, where: { $0.id == deletion.id }) != nil else { return nil }
            claimed.append(deletion)
        }
        guard try revive(target.folder) else { return nil }
        try remove(claimed.map(\.id))
        // Others may have its name by now. The one that is told stays, whichever of them the server answers for first.
        guard let shown = view.withLock({ $0.shown(id) }) else { return nil }
        let name = shown.summary.name
        if name != target.name { try record([NewOperation(.move(id, to: shown.folder, name: name))]) }
        return Restored(message: id, folder: shown.folder, path: path(shown.folder, shown.summary.name))
    }
}
