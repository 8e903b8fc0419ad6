internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import MailModel
internal import MailStore
internal import Synchronization

extension MailService {
    /// How the account stands. Where the first attempt to connect has had no outcome yet, that is waited for a moment.
    public func status() async throws -> StatusReport {
        await firstOutcome(within: .seconds(2))
        let stored = try store.folders()
        let statistics = try store.statistics()
        let (connection, reason, progress, quota) = state.withLock {
            ($0.connection ?? .offline, $0.listFailure.map { "\($0)" } ?? $0.reason, $0.progress, $0.quota)
        }
        let pool = running?.pool
        return StatusReport(
            account: configuration.account, connection: connection, reason: reason,
            connections: await pool?.connectionCount ?? 0, server: await pool?.serverID ?? [:],
            capabilities: await pool?.offered.names.sorted() ?? [],
            folders: stored.compactMap { stored in
                guard let shown = shownFolder(stored.folder.id) else { return nil }
                return StatusReport.FolderReport(
                    path: Self.text(shown.path),
                    messages: stored.messages, isListed: stored.cursor?.isListed ?? !stored.folder.holdsMessages,
                    progress: progress[stored.folder.id])
            }.sorted { $0.path < $1.path },
            cachedBodies: statistics.bodies, cachedOctets: statistics.bodyOctets,
            cacheLimit: configuration.limits.bodies, quota: quota,
            fetching: running?.bodies.queuedAhead ?? 0, pending: pendingChanges, failed: failedChanges)
    }

    /// How the first attempt to connect went, waited for at most so long; nil where it is not known by then.
    public func outcome(within time: Duration) async -> (connection: ConnectionState?, reason: String?) {
        await firstOutcome(within: time)
        return state.withLock { ($0.connection, $0.reason) }
    }

    private func firstOutcome(within time: Duration) async {
        guard running != nil else { return }
        let timer = Task {
            try await Task.sleep(for: time)
            endWaitForOutcome(hasOutcome: false)
        }
        await withCheckedContinuation { continuation in
            let isKnown = state.withLock { state in
                if state.hasOutcome || state.isStopped { return true }
                state.outcome.append(continuation)
                return false
            }
            if isKnown { continuation.resume() }
        }
        timer.cancel()
    }

    func endWaitForOutcome(hasOutcome: Bool = true) {
        let waiting = state.withLock { state in
            defer { state.outcome = [] }
            if hasOutcome { state.hasOutcome = true }
            return state.outcome
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Sends what waits, asks the server about all folders, or those of these paths, and returns when the mount shows its answer.
    ///
    /// - Parameters:
    ///   - bodies: download every body too.
    ///   - progress: bodies fetched so far and in all.
    /// - Throws: `ServiceError`.
    public func synchronise(
        paths: [String], bodies: Bool, progress: @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws {
        guard let parts = running else { throw ServiceError.offline }
        await parts.pool.retryIfWaiting()
        let chosen = try paths.map { path in
            let wanted = path.split(separator: "/").map { Array($0.utf8) }
            guard let id = view.withLock({ $0.folder(at: wanted) }), let folder = folder(id) else {
                throw ServiceError.noSuchFolder(path)
            }
            return folder
        }
        if await drain(until: nil) == 0 {
            try await parts.steward.synchroniseAll(chosen.compactMap { folder($0.id) })
        } else {
            // Perhaps there was no connection yet.
            try await parts.steward.synchroniseAll(chosen.compactMap { folder($0.id) })
            if await drain(until: nil) > 0 { logger.notice("\(pendingChanges) changes still wait") }
        }
        guard bodies else { return }
        let targets = chosen.isEmpty ? folders.filter(\.isSynchronised) : chosen
        let limit = configuration.client.limits.literal
        var missing: [(MessageSummary, FolderID)] = []
        for folder in targets {
            try store.loadListing(
                folder.id, { if !$0.isCached, $0.size <= limit { missing.append(($0.summary, folder.id)) } }, done: {})
        }
        progress(0, missing.count)
        var queued = 0
        for (done, (message, folder)) in missing.enumerated() {
            if queued < missing.count, done + 256 >= queued {
                let next = missing[queued..<min(done + 512, missing.count)]
                queued = next.endIndex
                for (folder, wanted) in Dictionary(grouping: next, by: \.1) {
                    parts.bodies.fetchAhead(wanted.compactMap { WantedBody($0.0) }, in: folder)
                }
            }
            do {
                _ = try await body(of: message, in: folder)
            } catch ServiceError.gone {
                continue
            }
            progress(done + 1, missing.count)
        }
    }
}
