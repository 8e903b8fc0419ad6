internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailSync

/// What became of messages that were to be brought back: their paths in the mount.
public struct Restoration: Hashable, Sendable {
    /// The server has them as it is shown.
    public var back: [String] = []
    /// Shown again, and not on the server yet, or not known to be: what is left to do is in the journal.
    public var waiting: [String] = []
    /// The server has the message or its folder no more, or refused.
    public var lost: [String] = []

    public init(back: [String] = [], waiting: [String] = [], lost: [String] = []) {
        self.back = back
        self.waiting = waiting
        self.lost = lost
    }
}

extension MailService {
    /// As `undelete`; where the server can be asked, returns when it has answered and the folders were looked into.
    public func restore(_ pattern: String?) async throws -> Restoration {
        try require(.delete)
        return try await RestoringTurn(journal: journal, scheduler: parts.scheduler).run(pattern)
    }
}

/// Brings deleted messages back, and sees what the server has afterwards.
struct RestoringTurn: Sendable {
    let journal: Journal
    let scheduler: SyncScheduler

    private var facts: AccountFacts { journal.facts }

    func run(_ pattern: String?) async throws -> Restoration {
        let restored = try journal.undelete(pattern)
        try await answered(restored)
        let gone = await foldersGone(of: restored)
        let places = try journal.places(of: restored.map(\.message))
        var restoration = Restoration()
        for one in restored {
            let place = places[one.message].flatMap { $0.folder == one.folder ? $0 : nil }
            // The folder may have another name by now, or none.
            let isKnown = facts.folder(one.folder) != nil
            let path = isKnown ? place.map { journal.path($0.folder, $0.summary.name) } ?? one.path : one.path
            if gone.contains(one.folder) {
                restoration.lost.append(path)
            } else if !journal.pendingOperations(of: one.message).isEmpty {
                restoration.waiting.append(path)
            } else if let place, !place.summary.flags.isDeleted, !journal.hasFailedUpload(of: one.message) {
                restoration.back.append(path)
            } else {
                restoration.lost.append(path)
            }
        }
        return restoration
    }

    private func answered(_ restored: [Restored]) async throws {
        let asked = restored.filter { !journal.pendingOperations(of: $0.message).isEmpty }.map(\.message)
        for message in asked where facts.standing.obstacle == nil {
            // Whatever it is, what the journal says then is the answer.
            try? await journal.verdict(of: Receipt(journal.pendingOperations(of: message)))
            try Task.checkCancellation()
        }
    }

    private func foldersGone(of restored: [Restored]) async -> Set<FolderID> {
        var gone: Set<FolderID> = []
        for folder in Set(restored.map(\.folder)).sorted() where facts.standing.obstacle == nil {
            do {
                try await scheduler.bringUpToDate(folder, lane: .changing)
            } catch {
                switch ServiceError(error) {
                case .gone, .noSuchFolder: gone.insert(folder)
                default: journal.logger.info("\(folder.rawValue) was not looked into: \(error)")
                }
            }
        }
        return gone
    }
}
