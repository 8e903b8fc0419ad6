internal import IMAPClient
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync

/// Brings one folder up to date while nobody changes it, and notes what came of it.
struct SyncTurn: Sendable {
    let journal: Journal
    let pool: ConnectionPool
    let gate: FolderGate
    /// The epoch of this run for folders whose UIDs do not last.
    let transientEpoch: UIDValidity

    /// Another for each run, and none that a server gives: many take the second in which a folder is made, so that a folder made as the
    /// program starts would be taken for one without UIDs that last.
    static func transientEpoch(at now: Int64) -> UIDValidity {
        UIDValidity(UInt32(truncatingIfNeeded: now) | 0x8000_0000) ?? .first
    }

    private var facts: AccountFacts { journal.facts }

    func run(_ id: FolderID, lane: Lane) async throws {
        guard let folder = facts.folder(id) else { throw ServiceError.gone }
        guard folder.isSynchronised else { return }
        do {
            try await gate.holding([id]) { try await synchronise(folder, lane) }
        } catch {
            throw note(ServiceError(error), of: folder)
        }
    }

    /// The gate is held.
    private func synchronise(_ folder: Folder, _ lane: Lane) async throws {
        let synchronizer = FolderSynchronizer(
            store: journal.store, pool: pool, logger: journal.logger, limits: journal.configuration.synchronisation,
            now: journal.now, published: { journal.publish($0) },
            progress: { id, done, total in facts.progressed(id, done: done, total: total) })
        if facts.takeDoubt(folder.id) { try journal.store.updateFolder(folder, isDoubted: true) }
        let epoch = try journal.store.cursor(folder.id)?.uidValidity
        // Also where only the first part of it is listed.
        defer { journal.listed(folder.id, since: epoch) }
        do {
            try await synchronizer.run(folder, lane: lane, transient: transientEpoch)
        } catch let error as IMAPClientError where ServiceError(error) == .offline {
            // One connection may have gone and not the server: what was learnt is kept, another one goes on from there.
            await pool.closeIdle()
            try await synchronizer.run(folder, lane: lane, transient: transientEpoch)
        }
        let wasListed = facts.isListed(folder.id)
        facts.listed(folder.id)
        facts.hasPassingUIDs(folder.id, try journal.store.cursor(folder.id)?.uidValidity == transientEpoch)
        try journal.acceptReturns(in: folder.id)
        try journal.showIfFilled(folder.id)
        // Changes may have waited for it.
        if !wasListed, journal.pendingChanges > 0 { journal.wakeSender() }
        // All that the folder has is listed: what was brought there and not found went elsewhere.
        if facts.wasArrivalExpected(in: folder.id) {
            try journal.store.dropUnmatched(in: folder.id) { journal.publish($0) }
        }
    }

    private func note(_ error: ServiceError, of folder: Folder) -> ServiceError {
        switch error {
        case .accessDenied, .unavailable, .diskFailed: facts.failedToList(folder.id, error)
        case .offline, .timedOut, .busy, .limitReached, .gone, .tooLarge, .noSuchFolder, .noSpace, .readOnly,
            .notPermitted, .notAMessage, .overQuota, .notEmpty, .exists, .badName, .nameTooLong, .inUse, .refused,
            .noSuchChange:
            facts.failedToList(folder.id, nil)
        }
        if error == .gone { journal.heardOfFolders() }
        journal.logger.info("\(folder.displayName): \(error)")
        return error
    }
}
