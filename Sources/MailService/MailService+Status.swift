internal import IMAPClient
internal import IMAPCodec
internal import MailModel
internal import MailStore
internal import Synchronization

extension MailService {
    /// How the account stands.
    public func status() async throws -> StatusReport {
        let stored = try store.folders()
        let statistics = try store.statistics()
        let (connection, reason, progress, quota) = state.withLock {
            ($0.connection ?? .offline, $0.reason, $0.progress, $0.quota)
        }
        let pool = running?.pool
        return StatusReport(
            account: configuration.account, connection: connection, reason: reason,
            connections: await pool?.connectionCount ?? 0, server: await pool?.serverID ?? [:],
            capabilities: await pool?.capabilities.names.sorted() ?? [],
            folders: stored.map { stored in
                StatusReport.FolderReport(
                    path: stored.folder.path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/"),
                    messages: stored.messages, isListed: stored.cursor?.isListed ?? false,
                    progress: progress[stored.folder.id])
            }.sorted { $0.path < $1.path },
            cachedBodies: statistics.bodies, cachedOctets: statistics.bodyOctets,
            cacheLimit: configuration.limits.bodies, quota: quota,
            fetching: running?.bodies.queuedAhead ?? 0)
    }

    /// Asks the server about all folders, or those of these paths, and returns when the mount shows its answer.
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
            guard let folder = folders.first(where: { $0.path == wanted }) else {
                throw ServiceError.noSuchFolder(path)
            }
            return folder
        }
        try await parts.steward.synchroniseAll(chosen)
        guard bodies else { return }
        let targets = chosen.isEmpty ? folders.filter(\.holdsMessages) : chosen
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
                    parts.bodies.fetchAhead(wanted.map { WantedBody($0.0) }, in: folder)
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
