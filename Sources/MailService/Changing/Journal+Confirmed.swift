internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Uploads of which the server said that it has them, and that were not seen in their folder: another client may have taken them elsewhere
// since. That outlives the program, for what is sent again could be there twice.
extension Journal {
    private static let confirmedKey = "uploads.confirmed"

    /// - Parameter uploads: on the wire until now.
    func noteConfirmed(_ uploads: some Sequence<OperationID>) throws {
        let attempts = view.withLock { view in
            uploads.reduce(into: [:]) { found, id in found[id] = view.journal[id]?.attempts }
        }
        guard !attempts.isEmpty else { return }
        try changeConfirmed { $0.merge(attempts) { _, new in new } }
    }

    /// Whether the server said so when it was sent the last time.
    func isConfirmed(_ upload: Operation) -> Bool { confirmed.withLock { $0[upload.id] == upload.attempts } }

    func restoreConfirmed() throws {
        var known: [OperationID: Int] = [:]
        for entry in (try store.kept(Self.confirmedKey) ?? "").split(separator: " ") {
            let parts = entry.split(separator: ":").compactMap { Int64($0) }
            guard parts.count == 2 else { continue }
            known[OperationID(rawValue: parts[0])] = Int(exactly: parts[1])
        }
        confirmed.withLock { $0 = known }
    }

    /// What left the journal is forgotten on the way.
    private func changeConfirmed(_ change: (inout [OperationID: Int]) -> Void) throws {
        let known = view.withLock { view in
            confirmed.withLock { known in
                change(&known)
                known = known.filter { view.journal[$0.key] != nil }
                return known
            }
        }
        let text = known.sorted { $0.key < $1.key }.map { "\($0.key.rawValue):\($0.value)" }.joined(separator: " ")
        try store.keep(text.isEmpty ? nil : text, as: Self.confirmedKey)
    }
}
