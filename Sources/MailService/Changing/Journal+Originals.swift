internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// What a move leaves behind where the server has no MOVE: no user deleted it, so it goes at once and nobody brings it back.
extension Journal {
    private static let originalsKey = "moves.copied"

    /// These moves are about to become the deletions of their originals.
    func noteOriginals(of moves: [OperationID]) throws {
        guard !moves.isEmpty else { return }
        let known = originals.withLock { $0 }
        let all = view.withLock { view in known.filter { view.journal[$0] != nil } }.union(moves)
        originals.withLock { $0 = all }
        try keep(all)
    }

    func isOriginal(_ deletion: OperationID) -> Bool { originals.withLock { $0.contains(deletion) } }

    /// Those of an earlier run that are still in the journal.
    func restoreOriginals() throws {
        let text = try store.setting(Self.originalsKey) ?? ""
        let known = Set(text.split(separator: " ").compactMap { Int64($0).map(OperationID.init(rawValue:)) })
        let open = view.withLock { view in known.filter { view.journal[$0] != nil } }
        originals.withLock { $0 = open }
        if open != known { try keep(open) }
    }

    private func keep(_ operations: Set<OperationID>) throws {
        let text = operations.sorted().map { String($0.rawValue) }.joined(separator: " ")
        try store.setSetting(Self.originalsKey, text.isEmpty ? nil : text)
    }
}
