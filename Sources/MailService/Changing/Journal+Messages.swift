internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import MailTree
internal import Synchronization

// Each call returns when its change is written into the journal and visible, and never waits for the server; which errors it throws at
// once is said there. `verdict(of:)` waits.
extension Journal {
    /// Gives a message, upload or scratch file another place or name. A scratch file that is named `.eml` becomes an upload, a
    /// message named otherwise stays a message.
    ///
    /// - Parameters:
    ///   - replacing: what has that name now: deleted once the new one is safe there.
    ///   - isOpen: a scratch file that somebody may go on writing to: it becomes an upload when `completed` says that it is whole.
    /// - Throws: `notAMessage`, `readOnly`, `noSuchFolder`, `gone`, `noSpace`.
    func rename(
        _ id: MessageID, to folder: FolderID, as name: [UInt8], replacing: MessageID?, isOpen: Bool = false
    ) throws -> Receipt {
        let replaced = replacing == id ? nil : replacing
        return try changing {
            try watching([id] + (replaced.map { [$0] } ?? [])) {
                // Nothing is changed where what has the name cannot be deleted.
                if let replaced { try requireDeletable(replaced) }
                if let file = localFile(id), !isUploading(id) {
                    return try rename(file, to: folder, as: name, replacing: replaced, isOpen: isOpen)
                }
                return try renameMessage(id, to: folder, as: name, replacing: replaced)
            }
        }
    }

    /// Deletes a message as the account's policy says, takes back an upload that was not sent, or removes a scratch file.
    func delete(_ id: MessageID) throws -> Receipt {
        try changing { try watching([id]) { Receipt(try deleteWatched(id, after: nil)) } }
    }

    /// - Throws: `readOnly`, `gone`.
    /// Changes the flags of a message by all of these, in their order, in one entry.
    func setFlags(_ id: MessageID, _ changes: [FlagChange]) throws -> Receipt {
        try changing {
            try watching([id]) {
                guard let shown = view.withLock({ $0.shown(id) }) else { throw ServiceError.gone }
                var flags = shown.summary.flags
                var differences: [FlagChange] = []
                for change in changes where change.applied(to: flags) != flags {
                    differences += change.withoutDeleted.differences(from: flags)
                    flags = change.applied(to: flags)
                }
                if differences.isEmpty { return Receipt() }
                if var file = localFile(id), isUnsent(id), view.withLock({ $0.truth(of: id) == nil }) {
                    file.flags = flags
                    try put(file)
                    return Receipt()
                }
                try requireChangeable(shown.folder)
                return Receipt(try setFlagsWatched(id, differences))
            }
        }
    }

    // MARK: - Renaming

    func renameMessage(
        _ id: MessageID, to folder: FolderID, as name: [UInt8], replacing: MessageID?
    ) throws -> Receipt {
        guard let shown = view.withLock({ $0.shown(id) }) else { throw ServiceError.gone }
        try requireWritable(folder)
        if shown.folder != folder { try requireChangeable(shown.folder) }
        // The last word on where it goes, if that can still be changed.
        let placing = claim(id, where: \.isPlacing)
        defer { unclaim(placing) }
        if let placing {
            return try redirect(placing, to: folder, as: name, replacing: replacing)
        }
        let isOnItsWay = view.withLock { view in
            view.journal.operations(of: id).contains { $0.change.target != nil && !$0.state.isFailed }
        }
        if shown.folder == folder, !isOnItsWay {
            return try renameInPlace(id, in: folder, as: name, replacing: replacing)
        }
        return try move(id, to: folder, as: name, replacing: replacing)
    }

    /// Behind whatever brings the message to where it is.
    private func move(
        _ id: MessageID, to folder: FolderID, as name: [UInt8], replacing: MessageID?
    ) throws -> Receipt {
        let (truth, shown) = view.withLock { ($0.truth(of: id), $0.shown(id)) }
        // What the server does not have is not deleted from it.
        let isHeld = try truth != nil && holdsMove(from: shown?.folder ?? folder, to: folder)
        let move = NewOperation(.move(id, to: folder, name: name), needsRelease: isHeld)
        return Receipt(try write(JournalEntry(recorded: [move]), replacing: replacing, after: .earlier(0)))
    }

    /// A message whose name the store has.
    ///
    /// - Parameter ending: what brought it there.
    private func renameInPlace(
        _ id: MessageID, in folder: FolderID, as name: [UInt8], replacing: MessageID?, ending: [OperationID] = []
    ) throws -> Receipt {
        let entry = JournalEntry(naming: .init(id, name), removed: ending)
        return Receipt(try write(entry, replacing: replacing, after: nil))
    }

    /// Changes where an operation brings its message.
    ///
    /// - Parameter placing: claimed.
    func redirect(
        _ placing: Operation, to folder: FolderID, as name: [UInt8], replacing: MessageID?
    ) throws -> Receipt {
        let id = placing.change.message ?? MessageID(rawValue: 0)
        if case .append = placing.change, FileKind(name: name) == .scratch {
            return try takeBack(placing, to: folder, as: name, replacing: replacing)
        }
        if replacing != nil, placing.state.isFailed, placing.isUnread {
            throw ServiceError.inUse("what is to take this place was not seen whole: retry or discard it first")
        }
        // No operation waits for a later one: a folder that is made later is reached by another move.
        if !placing.state.isFailed, let creation = creation(of: folder), creation.id > placing.id {
            return try move(id, to: folder, as: name, replacing: replacing)
        }
        let home = view.withLock { $0.truth(of: id)?.folder }
        if case .move = placing.change, home == folder, placing.state == .waiting, !hasDependents(placing.id),
            view.withLock({ $0.journal.operations(of: id).count { $0.change.target != nil } }) == 1
        {
            // Home again: the server need not hear of it.
            return try renameInPlace(id, in: folder, as: name, replacing: replacing, ending: [placing.id])
        }
        let redirected = JournalEntry.Amendment(
            placing.id, placing.change.redirected(to: folder, name: name),
            needsRelease: try holds(placing, redirectedTo: folder))
        let files = localFile(id).map { file in
            var file = file
            file.folder = folder
            file.name = name
            return [file]
        }
        let recorded = try write(
            JournalEntry(amended: [redirected], files: files ?? []), replacing: replacing,
            after: .operation(placing.id))
        // What it replaces goes only when it has come: what was refused is tried again for that.
        if replacing != nil, placing.state.isFailed { try setWaiting([placing.id]) }
        let open = view.withLock { $0.journal[placing.id]?.state } == .waiting ? [placing.id] : []
        wakeSender()
        return Receipt(open + recorded)
    }

    private func hasDependents(_ id: OperationID) -> Bool {
        view.withLock { $0.journal.operations.contains { $0.after == id } }
    }
}
