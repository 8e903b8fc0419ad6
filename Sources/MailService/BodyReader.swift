internal import IMAPCodec
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
internal import PosixFile

/// The octets of messages and files: from the cache, the spool or the server.
struct BodyReader: Sendable {
    let journal: Journal
    let store: MailStore
    let pool: ConnectionPool
    let scheduler: SyncScheduler
    let fetcher: BodyFetcher
    let inUse: BodiesInUse
    /// Octets of the largest message that is fetched.
    let limit: UInt64

    /// The body from the cache or the spool; nil when it is not there.
    func cachedBody(_ id: MessageID) throws -> OpenBody? {
        let origin = journal.origin(of: id)
        if journal.localFile(origin) != nil {
            let path = store.spoolPath(of: origin)
            // Else the server has it since, and the view hears of that in a moment.
            if FileNames.exists(path) { return OpenBody(try FileDescriptor(reading: path)) }
        }
        for id in Set([id, origin]) {
            let use = inUse.begin(id)
            if let body = try store.openBody(id) { return OpenBody(body, use) }
        }
        return nil
    }

    /// The text that was kept of the message's body; nil where it is to be made. A file of the spool has none.
    func keptText(of id: MessageID, form: String) -> [UInt8]? {
        hasText(id) ? store.keptText(of: id, form: form) : nil
    }

    func keptTextSize(of id: MessageID, form: String) -> UInt64? {
        hasText(id) ? store.keptTextSize(of: id, form: form) : nil
    }

    func keep(text: [UInt8], of id: MessageID, madeOf body: [UInt8], form: String) {
        guard hasText(id) else { return }
        store.keep(text: text, of: id, madeOf: body, form: form)
        fetcher.eviction.evictIfFull()
    }

    private func hasText(_ id: MessageID) -> Bool { journal.localFile(journal.origin(of: id)) == nil }

    /// Fetches a body and opens it: into the cache, or beside it where the cache cannot take it.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled.
    func body(of message: MessageSummary, in folder: FolderID) async throws -> OpenBody {
        if let cached = try? cachedBody(message.id) { return cached }
        if fetcher.isShared(journal.origin(of: message.id)), let cached = try? cachedBody(message.id) {
            return cached
        }
        guard message.size <= limit else { throw ServiceError.tooLarge(limit: limit) }
        guard journal.facts.standing.isRunning else { throw ServiceError.offline }
        var mayConnectAgain = true
        var mayListAgain = true
        while true {
            // Where the server has it, which is not always where it is shown.
            guard let stored = try store.message(journal.origin(of: message.id)) else { throw ServiceError.gone }
            do {
                guard let wanted = WantedBody(stored.summary) else { throw ServiceError.gone }
                return try await fetcher.fetch(wanted, in: stored.folder)
            } catch ServiceError.offline where mayConnectAgain {
                // The connection may just have gone: one more try, over another, shows whether the server has.
                mayConnectAgain = false
                await pool.closeIdle()
            } catch ServiceError.gone {
                // `ServiceQuirk.renumbersUnseenMail`: the message may be there under another UID.
                if mayListAgain { try await scheduler.bringUpToDate(stored.folder, lane: .reading) }
                // Without a UID it is nowhere on the server: only what was to be done with it keeps it in mind.
                guard let current = try store.message(journal.origin(of: message.id)), current.summary.uid != nil
                else { throw ServiceError.gone }
                if current.folder == stored.folder {
                    guard mayListAgain else { throw ServiceError.unavailable("it is listed, but not to be had") }
                    mayListAgain = false
                }
            }
        }
    }

    /// Fetches what is not cached of these folders.
    ///
    /// - Parameter progress: bodies fetched so far and in all.
    /// - Throws: as `body`.
    func fetchAll(of folders: [FolderID], progress: (_ done: Int, _ total: Int) -> Void) async throws {
        var missing: [(MessageSummary, FolderID)] = []
        for folder in folders {
            try store.loadListing(
                folder, { if !$0.isCached, $0.size <= limit { missing.append(($0.summary, folder)) } }, done: {})
        }
        // What another of them brings is shared when it is here.
        let repeated = try store.repeated(among: missing.map(\.0.id))
        progress(0, missing.count)
        var queued = 0
        for (done, (message, folder)) in missing.enumerated() {
            if queued < missing.count, done + 256 >= queued {
                let next = missing[queued..<min(done + 512, missing.count)]
                queued = next.endIndex
                let single = next.filter { !repeated.contains($0.0.id) }
                for (folder, wanted) in Dictionary(grouping: single, by: \.1) {
                    fetcher.fetchAhead(wanted.compactMap { WantedBody($0.0) }, in: folder)
                }
            }
            do {
                _ = try await body(of: message, in: folder)
                // What is fetched to be there later has to be kept.
                if let trouble = fetcher.trouble { throw trouble }
            } catch ServiceError.gone {
                continue
            }
            progress(done + 1, missing.count)
        }
    }
}
