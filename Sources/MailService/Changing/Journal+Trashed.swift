internal import MailModel
internal import MailStore
internal import Synchronization

// A deletion that moved its message is taken back by another move.
extension Journal {
    /// A message is about to be moved to the folder for deleted mail.
    func noteTrashed(_ message: MessageSummary, in folder: FolderID) throws {
        guard configuration.expungeAfter > 0 else { return }
        let entry = TrashedMessage(
            message: message.id, folder: folder, name: try ownName(message),
            until: deletionClock.now + configuration.expungeAfter)
        try deletionClock.keepNow()
        try store.note(trashed: entry)
        trashed.withLock { $0[message.id] = entry }
    }

    func restoreTrashed() throws {
        let known = try store.trashedMessages()
        trashed.withLock { $0 = Dictionary(known.map { ($0.message, $0) }, uniquingKeysWith: { first, _ in first }) }
        if !configuration.isReadOnly { try forgetTrashed { $0.until <= deletionClock.now } }
    }

    private func forgetTrashed(where isOver: (TrashedMessage) -> Bool) throws {
        let over = trashed.withLock { known in
            let over = known.values.filter(isOver).map(\.message)
            for id in over { known[id] = nil }
            return over
        }
        try store.forget(trashed: over)
    }

    /// - Returns: the paths that are back.
    func undeleteFromTrash(_ pattern: String?) throws -> [String] {
        let moment = deletionClock.now
        try forgetTrashed { $0.until <= moment }
        guard configuration.allowed.contains(.move) else { return [] }
        var paths: [String] = []
        var over: Set<MessageID> = []
        for entry in trashed.withLock({ $0.values.sorted { $0.message < $1.message } }) {
            try watching([entry.message]) {
                guard let shown = view.withLock({ $0.shown(entry.message) }) else { return }
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
                paths.append(path(entry.folder, name))
            }
        }
        try forgetTrashed { over.contains($0.message) }
        return paths
    }
}
