internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import MailModel
public import MailPool
internal import MailStore
internal import MailSync
internal import Synchronization

extension MailService {
    /// How the account stands. Where the first attempt to connect has had no outcome yet, that is waited for a moment.
    public func status() async throws -> StatusReport {
        await facts.standing.waitForOutcome(until: clock.now + .seconds(2), by: clock)
        let stored = try store.folders()
        let statistics = try store.statistics()
        let (connection, reason) = facts.standing.connection
        let progress = facts.progress
        let pool = parts.pool
        return StatusReport(
            account: configuration.account, connection: connection ?? .offline,
            reason: facts.standing.listFailure.map { "\($0)" } ?? reason,
            nextAttempt: await pool.pause.map { Int(clamping: $0.components.seconds) },
            connections: await pool.connectionCount, server: await pool.serverID,
            capabilities: await pool.offered.names.sorted(),
            folders: stored.compactMap { stored in
                guard let shown = journal.shownFolder(stored.folder.id) else { return nil }
                return StatusReport.FolderReport(
                    path: Journal.text(shown.path),
                    messages: stored.messages, isListed: stored.cursor?.isListed ?? !stored.folder.holdsMessages,
                    progress: progress[stored.folder.id])
            }.sorted { $0.path < $1.path },
            cachedBodies: statistics.bodies,
            cachedOctets: statistics.bodyOctets &+ store.keptTextOctets &+ store.keptPartOctets,
            cacheLimit: configuration.limits.bodies, cacheTrouble: cacheTrouble, quota: facts.quota,
            fetching: parts.bodies.queuedAhead, pending: pendingChanges, late: journal.lateUploads,
            failed: failedChanges,
            interrupted: interruptedChanges, unknown: unknownChanges,
            held: heldChanges, barred: journal.barredChanges, blocked: journal.blockedChanges)
    }

    private var cacheTrouble: String? {
        let removed = store.removedDatabases
        if !removed.isEmpty {
            return "\(removed.joined(separator: " and ")) was removed or replaced: unmount, and it is written again"
        }
        guard let trouble = parts.bodies.trouble else { return parts.budget.obstacle }
        return "it keeps nothing that is read now: "
            + CacheCondition.text(of: trouble, reserve: store.reserve)
    }

    /// How the first attempt to connect went, waited for at most so long; nil where it is not known by then.
    public func outcome(within time: Duration) async -> (connection: ConnectionState?, reason: String?) {
        await facts.standing.waitForOutcome(until: clock.now + time, by: clock)
        let (state, reason) = facts.standing.connection
        return (state, reason)
    }

    /// Why nothing can be deleted in this account as the policy wants it, for people; nil where it can.
    public var deletionObstacle: String? { journal.deletionObstacle }

    /// Sends what waits, asks the server about all folders, or those of these paths, and returns when the mount shows its answer.
    ///
    /// - Parameters:
    ///   - bodies: download every body too.
    ///   - progress: bodies fetched so far and in all.
    /// - Throws: `ServiceError`.
    public func synchronise(
        paths: [String], bodies: Bool, progress: @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws {
        guard facts.standing.isRunning else { throw ServiceError.offline }
        await parts.pool.reconnect()
        let chosen = try paths.map { path in
            let wanted = path.split(separator: "/").map { Array($0.utf8) }
            guard let id = journal.folder(at: wanted), let folder = facts.folder(id) else {
                throw ServiceError.noSuchFolder(path)
            }
            return folder
        }
        await journal.settleFiles(by: clock)
        await parts.sender.endPauses()
        let left = await drain(until: nil)
        try await parts.steward.synchroniseAll(chosen.compactMap { facts.folder($0.id) })
        // Perhaps there was no connection before: what was sent now made the server another.
        if left > 0 {
            let waiting = await drain(until: nil)
            if waiting > 0 { logger.notice("\(waiting) changes still wait") }
            if waiting < left { try await parts.steward.synchroniseAll(chosen.compactMap { facts.folder($0.id) }) }
        }
        guard bodies else { return }
        let targets =
            chosen.isEmpty ? facts.folders.filter { $0.isSynchronised && journal.shownFolder($0.id) != nil } : chosen
        try await parts.reader.fetchAll(of: targets.map(\.id), progress: progress)
    }
}
