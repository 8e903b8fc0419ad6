internal import IMAPClient
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailSync
internal import Synchronization

extension MailService {
    /// As `undelete`; where the server can be asked, returns when it has answered and the folders were looked into.
    ///
    /// - Returns: the paths that are back, and those that are not, because the server has the message or its folder no more, or refused.
    public func restore(_ pattern: String?) async throws -> (back: [String], lost: [String]) {
        try require(.delete)
        let restored = try journal.undelete(pattern)
        let pending = restored.map { journal.pendingOperations(of: $0.message) }
        for operations in pending where facts.standing.obstacle == nil {
            // Whatever it is, what is shown then is the answer.
            try? await journal.verdict(of: Receipt(operations))
            try Task.checkCancellation()
        }
        var gone: Set<FolderID> = []
        for folder in Set(restored.map(\.folder)).sorted() where facts.standing.obstacle == nil {
            do {
                try await parts.scheduler.bringUpToDate(folder, lane: .changing)
            } catch {
                switch ServiceError(error) {
                case .gone, .noSuchFolder: gone.insert(folder)
                default: logger.info("\(folder.rawValue) was not looked into: \(error)")
                }
            }
        }
        let places = try journal.places(of: restored.map(\.message))
        let back = restored.filter { one in
            guard !gone.contains(one.folder), let place = places[one.message] else { return false }
            return place.folder == one.folder && !place.summary.flags.isDeleted
        }
        let lost = Set(restored).subtracting(back)
        return (back.map(\.path), restored.filter(lost.contains).map(\.path))
    }
}

extension Journal {
    /// What of a message the server has yet to answer for.
    fileprivate func pendingOperations(of message: MessageID) -> [OperationID] {
        view.withLock { view in
            view.journal.operations(of: message).filter { $0.isAwaited && !$0.isHeld }.map(\.id)
        }
    }
}
