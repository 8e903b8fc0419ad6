internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Messages whose names others take, as rename(2) says.
extension Journal {
    /// - Throws: what `write(_:replacing:after:)` would.
    func requireDeletable(_ id: MessageID) throws {
        guard let shown = deletable(id) else { return }
        try requireChangeable(shown.folder)
        if deletesByMoving, !facts.isTrash(shown.folder) { _ = try trashFolder() }
    }

    /// Writes an entry that gives another message the name of one.
    ///
    /// - Parameters:
    ///   - replacing: its deletion is written along. What nothing is sent of goes at once: a file that is being written, or one that was
    ///     refused, which `undelete` brings back like any other that was deleted before the server had it.
    ///   - after: what has to be done before the server is asked to delete it.
    @discardableResult
    func write(
        _ entry: JournalEntry, replacing id: MessageID?, after: NewOperation.After?, showing files: [LocalFile] = [],
        isHeld: Bool = false
    ) throws -> [OperationID] {
        guard let id else { return try write(entry, showing: files, isHeld: isHeld) }
        var entry = entry
        let held = view.withLock { $0.held }
        let placing = claim(id) { operation in
            guard case .append = operation.change else { return false }
            return operation.state.isFailed || held.contains(operation.id)
        }
        defer { unclaim(placing) }
        guard let placing, let file = localFile(id) else {
            entry.recorded += try removal(of: id, after: after)
            if isUnsent(id), let file = localFile(id) { try letGoUnsent(file, &entry) }
            return try write(entry, showing: files, isHeld: isHeld)
        }
        entry.removed += operations(with: placing)
        try letGo(file, isWhole: !placing.isUnread, &entry)
        return try write(entry, showing: files, isHeld: isHeld)
    }

    /// A file here that nothing brings to the server: no message, or a draft that is being written or was emptied.
    func isUnsent(_ id: MessageID) -> Bool { localFile(id) != nil && !isUploading(id) }

    /// What a deletion of it would be of; nil where it is only here.
    func deletable(_ id: MessageID) -> AccountView.Place? {
        let isUnsent = isUnsent(id)
        return view.withLock { isUnsent ? $0.truth(of: id) : $0.shown(id) }
    }
}
