internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// How a change is written down. All of it runs while `changes` is held.
extension Journal {
    /// One change after the other, where anything may be changed at all.
    func changing<Result>(_ body: () throws -> Result) throws -> Result {
        if configuration.isReadOnly { throw ServiceError.readOnly }
        changesUnderWay.add(1, ordering: .sequentiallyConsistent)
        defer {
            changesUnderWay.subtract(1, ordering: .sequentiallyConsistent)
            changesMade.add(1, ordering: .sequentiallyConsistent)
            waiting.wakeAll()
        }
        do {
            return try changes.withLock { _ in try body() }
        } catch {
            let told = ServiceError(error)
            switch told {
            case .diskFailed(let text), .unavailable(let text):
                if !(error is ServiceError) { logger.warning("a change is not made: \(text)") }
            default: break
            }
            throw told
        }
    }

    /// Writes an entry, shows it, and lets what is in it be sent.
    ///
    /// - Parameters:
    ///   - files: shown with it, besides those of the entry.
    ///   - isHeld: the first new operation is not sent before `release`.
    /// - Returns: the new operations.
    @discardableResult
    func write(
        _ entry: JournalEntry, showing files: [LocalFile] = [], isHeld: Bool = false
    ) throws -> [OperationID] {
        guard !entry.isEmpty else { return [] }
        // By now an upload may be on its way, and what was asked of its file is another change.
        if entry.recorded.contains(where: { !mayRecord($0.change) }) { throw ServiceError.readOnly }
        // Before anybody can take them for safe.
        unsynced.tell(entry.uploads)
        var recorded: [OperationID] = []
        try store.write(entry) { written in
            recorded = written.recorded.map(\.id)
            if isHeld, let first = recorded.first { view.withLock { $0.hold(first) } }
            publish(
                AccountView.Changes(
                    batches: written.batches, operations: written.amended + written.recorded, ended: entry.removed,
                    files: entry.files + files, removedFiles: entry.removedFiles + entry.setAside.map(\.file.id)))
        }
        // What was taken for a temporary file until now may have been found to be on the disk meanwhile: its row is not.
        unsynced.tell(entry.uploads)
        deletedFiles.withLock { for deleted in entry.setAside { $0[deleted.file.id] = deleted } }
        try passed(.journal)
        wakeSender()
        return recorded
    }

    /// Of an upload that is asked before its file is made; then its text is kept in any case.
    private func mayRecord(_ change: Change) -> Bool {
        if case .append = change { return true }
        return permits(change)
    }

    /// Whether this mount may send a change.
    func permits(_ change: Change) -> Bool { configuration.allowed.permit(change, isTrash: facts.isTrash) }

    /// An entry of new operations only.
    @discardableResult
    func record(_ new: [NewOperation], files: [LocalFile] = [], isHeld: Bool = false) throws -> [OperationID] {
        try write(JournalEntry(recorded: new), showing: files, isHeld: isHeld)
    }

    /// An entry of one amendment only.
    func replace(_ operation: OperationID, with change: Change, needsRelease: Bool = false, files: [LocalFile] = [])
        throws
    {
        try write(
            JournalEntry(amended: [.init(operation, change, needsRelease: needsRelease)]), showing: files)
    }

    /// Takes operations back.
    func remove(_ operations: [OperationID]) throws { try write(JournalEntry(removed: operations)) }

    // MARK: - Claims

    /// The newest operation of a message that is as wished, if nobody sends it; claimed.
    func claim(_ id: MessageID, where isWanted: (Operation) -> Bool) -> Operation? {
        view.withLock { view in
            guard let found = view.journal.operations(of: id).last(where: isWanted), view.claim(found.id) else {
                return nil
            }
            return found
        }
    }

    func unclaim(_ operation: Operation?) {
        if let operation { view.withLock { $0.unclaim([operation.id]) } }
    }

    // MARK: - Folders

    /// Throws where the messages of a folder cannot be changed or taken out of it.
    func requireChangeable(_ id: FolderID) throws {
        try requireWritable(id)
        if facts.hasPassingUIDs(id) { throw ServiceError.readOnly }
    }

    /// Throws where messages cannot be put into a folder, or taken out of it.
    func requireWritable(_ id: FolderID) throws {
        if id == .root { throw ServiceError.notPermitted("there are no messages outside of folders") }
        guard let folder = facts.folder(id) else { throw ServiceError.noSuchFolder("\(id.rawValue)") }
        guard folder.holdsMessages, !facts.isReadOnly(id) else { throw ServiceError.readOnly }
    }
}
