internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
internal import Synchronization

// Without MOVE a message is copied, and its original deleted: two steps, between which a server can lose it (HAZARD 28).
extension ChangeSender {
    /// Has the text of each message here before its original is touched. Those whose text cannot be had are not moved.
    ///
    /// - Returns: what can be sent.
    func withTextsKept(_ operations: [Operation], in source: FolderID) async throws -> [Operation] {
        var kept: [Operation] = []
        for operation in operations {
            guard let id = operation.change.origin, let message = try journal.store.message(id),
                message.folder == source, message.summary.uid != nil
            else {
                // Whoever sends it finds out what became of it.
                kept.append(operation)
                continue
            }
            do {
                _ = try await bodies.body(of: message.summary, in: source)
                if try journal.store.message(id)?.summary.isCached ?? true {
                    kept.append(operation)
                } else {
                    try refuseMove(
                        operation, "there is no room in the cache for its text, which is kept while it is moved")
                }
            } catch let error as ServiceError {
                switch error {
                case .gone: kept.append(operation)
                case .unavailable(let text): try refuseMove(operation, "it cannot be read: \(text)")
                case .tooLarge: try refuseMove(operation, "it is too large to be read")
                default: throw error
                }
            }
        }
        return kept
    }

    private func refuseMove(_ operation: Operation, _ text: String) throws {
        try give(up: [operation], ChangeFailure(kind: .refused, text: "it was not moved: \(text)"))
    }

    /// The originals of these messages are gone: the copies have to be there. The text of what is in neither folder is offered as an
    /// upload that failed.
    func confirmCopies() async throws {
        let copies = journal.unconfirmedCopies
        guard !copies.isEmpty else { return }
        for folder in Set(copies.values.map(\.folder)).sorted() {
            do {
                try await scheduler.bringUpToDate(folder, lane: .changing)
            } catch let error as ServiceError {
                switch error {
                case .gone, .noSuchFolder: break
                // Another time.
                case .accessDenied, .unavailable: return
                default: throw error
                }
            }
        }
        var areListed = false
        for (id, copy) in copies.sorted(by: { $0.key < $1.key }) {
            if try !isOnServer(copy.message) {
                switch try await elsewhere(copy, areListed: &areListed) {
                case .taken: logger.info("another client has taken a copied message to another folder")
                // Another time.
                case .hidden: continue
                case .nowhere:
                    logger.error("a message is in neither folder after its move: its text is kept, `status` lists it")
                    try journal.offerText(of: copy)
                }
            }
            try journal.confirmed([id])
        }
    }

    /// Whether a message is known to be in a folder, or was taken away here meanwhile.
    private func isOnServer(_ id: MessageID) throws -> Bool {
        if try journal.store.message(id)?.summary.uid != nil { return true }
        return journal.isChanged(id)
    }
}
