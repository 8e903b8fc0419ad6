internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// A deletion that moved its message is taken back by another move.
extension Journal {
    /// A message is about to be moved to the folder for deleted mail.
    ///
    /// - Parameter id: that it has from then on, where it gets another one.
    func noteTrashed(_ message: MessageSummary, as id: MessageID? = nil, in folder: FolderID) throws {
        guard configuration.expungeAfter > 0 else { return }
        let entry = TrashedMessage(
            message: id ?? message.id, folder: folder, name: try ownName(message),
            until: deletionClock.now + configuration.expungeAfter)
        try deletionClock.keepNow()
        try store.note(trashed: entry)
        trashed.withLock { $0[entry.message] = entry }
    }

    /// As `noteTrashed` once more, for those that are known.
    func noteTrashedAgain(_ messages: [MessageID]) throws {
        let until = deletionClock.now + configuration.expungeAfter
        for var entry in trashed.withLock({ known in messages.compactMap { known[$0] } }) {
            entry.until = until
            try store.note(trashed: entry)
            trashed.withLock { [entry] in $0[entry.message] = entry }
        }
    }

    /// Whether a message cannot be brought back any more.
    private func isOver(_ entry: TrashedMessage) -> Bool {
        entry.until <= deletionClock.now && !isHeld(entry.message)
    }

    /// The old version of a draft comes back only when the new one is there.
    private func waitsForNewVersion(_ entry: TrashedMessage) -> Bool {
        guard facts.folder(entry.folder)?.specialUse == .drafts else { return false }
        return view.withLock { view in
            view.journal.operations(of: entry.message).contains { operation in
                operation.after.flatMap { view.journal[$0] }?.change.message != nil
            }
        }
    }

    func restoreTrashed() throws {
        let known = try store.trashedMessages()
        trashed.withLock { $0 = Dictionary(known.map { ($0.message, $0) }, uniquingKeysWith: { first, _ in first }) }
        if !configuration.isReadOnly { try forgetTrashed(where: isOver) }
    }

    private func forgetTrashed(where isOver: (TrashedMessage) -> Bool) throws {
        let over = trashed.withLock { Array($0.values) }.filter(isOver).map(\.message)
        trashed.withLock { known in
            for id in over { known[id] = nil }
        }
        try store.forget(trashed: over)
    }

    func undeleteFromTrash(_ pattern: String?) throws -> [Restored] {
        try forgetTrashed(where: isOver)
        guard configuration.allowed.contains(.move) else { return [] }
        var restored: [Restored] = []
        var over: Set<MessageID> = []
        for entry in trashed.withLock({ $0.values.sorted { $0.message < $1.message } }) {
            try watching([entry.message]) {
                guard let shown = view.withLock({ $0.shown(entry.message) }) else { return }
                if waitsForNewVersion(entry) { return }
                // Somebody has put it elsewhere since.
                guard facts.isTrash(shown.folder) else {
                    over.insert(entry.message)
                    return
                }
                guard pattern.map({ Self.matches(path(entry.folder, entry.name), $0) }) ?? true,
                    try revive(entry.folder)
                else { return }
                let name = try freeName(entry.name, in: entry.folder, for: entry.message)
                _ = try renameMessage(entry.message, to: entry.folder, as: name, replacing: nil)
                over.insert(entry.message)
                restored.append(
                    Restored(message: entry.message, folder: entry.folder, path: path(entry.folder, name)))
            }
        }
        try forgetTrashed { over.contains($0.message) }
        return restored
    }
}
