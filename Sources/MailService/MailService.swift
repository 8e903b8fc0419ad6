public import Logging
internal import MailModel
internal import MailStore
internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailSync
internal import Synchronization

/// One account: its cache, its connections, and the work that keeps the one like the other.
///
/// Lock order: `state` is never held across a call into the store, the pool or the observer.
public final class MailService: Sendable {
    struct State {
        var folders: [FolderID: Folder] = [:]
        var names: [[UInt8]: FolderID] = [:]
        var listed: Set<FolderID> = []
        var progress: [FolderID: (done: Int, total: Int)] = [:]
        var errors: [FolderID: ServiceError] = [:]
        var used: [FolderID: Int64] = [:]
        var polled: [FolderID: PolledStatus] = [:]
        var readAhead: [FolderID: ReadAheadProgress] = [:]
        var quota: Quota?
        var connection: ConnectionState?
        var reason: String?
        var server: [String: String] = [:]
        var hasListedFolders = false
        var ready: [CheckedContinuation<Void, Never>] = []
        var isStopped = false
    }

    struct ReadAheadProgress {
        var policy = ReadAhead()
        var frontier = MessageID(rawValue: 0)
        var refill = MessageID(rawValue: 0)
    }

    let configuration: ServiceConfiguration
    let logger: Logger
    let store: MailStore
    let now: @Sendable () -> Int64
    let state = Mutex(State())
    let bodiesInUse = BodiesInUse()
    /// Set once, before anything runs that uses them.
    private let parts = Mutex<Parts?>(nil)
    private let watchedBy = Mutex<WeakObserver>(WeakObserver())
    /// The epoch of this run for folders whose UIDs do not last.
    private let transientEpoch: UIDValidity

    private struct WeakObserver {
        weak var observer: (any MailObserver)?
    }

    struct Parts: Sendable {
        let pool: ConnectionPool
        let watcher: Watcher
        let scheduler: SyncScheduler
        let bodies: BodyFetcher
        let steward: AccountSteward
    }

    /// Opens the cache; nothing is asked of the server before `start`.
    ///
    /// - Throws: `MailStoreError`.
    public init(
        configuration: ServiceConfiguration, logger: Logger, now: @escaping @Sendable () -> Int64
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.now = now
        transientEpoch = UIDValidity(UInt32(clamping: now())) ?? .first
        store = try MailStore(
            cache: configuration.cache, state: configuration.state, account: configuration.account,
            limits: configuration.limits, naming: configuration.naming, now: now)
        for stored in try store.folders() { remember(stored) }
    }

    private func remember(_ stored: StoredFolder) {
        state.withLock { state in
            state.folders[stored.folder.id] = stored.folder
            state.names[stored.folder.rawName] = stored.folder.id
            if stored.cursor?.isListed == true { state.listed.insert(stored.folder.id) }
        }
    }

    var running: Parts? { parts.withLock { $0 } }

    var observer: (any MailObserver)? { watchedBy.withLock { $0.observer } }

    // MARK: - Life

    /// Whether an earlier run left something to show.
    public var hasCachedFolders: Bool { state.withLock { !$0.folders.isEmpty } }

    /// Starts connecting. The observer is told all folders known so far first.
    public func start(observer: any MailObserver) async throws {
        watchedBy.withLock { $0.observer = observer }
        let known = try store.folders()
        let shown = Set(
            known.map(\.folder.path).filter {
                isShown($0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/"))
            })
        let kept = known.filter { stored in
            shown.contains(stored.folder.path)
                || shown.contains { $0.count > stored.folder.path.count && $0.starts(with: stored.folder.path) }
        }
        observer.foldersPut(
            kept.sorted { $0.folder.path.count < $1.folder.path.count }.map { ($0.folder, $0.listingChanged) })
        let parts = assemble()
        self.parts.withLock { $0 = parts }
        await parts.pool.start()
    }

    /// Waits for the first word of the server: the folder list, or why there is none.
    ///
    /// - Throws: `ServiceError` when the first attempt to connect has failed.
    public func waitUntilReady() async throws {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.hasListedFolders || (state.connection != nil && state.connection != .online) { return true }
                state.ready.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
        let (connection, reason) = state.withLock { ($0.connection, $0.reason) }
        switch connection {
        case .refused: throw ServiceError.accessDenied(reason ?? "login refused")
        case .offline: throw ServiceError.unavailable(reason ?? "the server cannot be reached")
        case .online, nil: break
        }
    }

    /// Ends all work and closes the cache. Does not wait for the server.
    public func stop() async {
        state.withLock { $0.isStopped = true }
        if let parts = running {
            await parts.steward.stop()
            await parts.pool.stop()
        }
        signalReady()
        store.close()
    }

    private func signalReady() {
        let waiting = state.withLock { state in
            let waiting = state.ready
            state.ready = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func foldersAreListed() {
        running?.bodies.evict()
        state.withLock { $0.hasListedFolders = true }
        signalReady()
    }

    private func stateChanged(_ new: ConnectionState, _ reason: String?) {
        state.withLock { state in
            state.connection = new
            state.reason = reason
        }
        logger.notice("\(new.rawValue)\(reason.map { ": \($0)" } ?? "")")
        if new != .online { signalReady() }
    }

    // MARK: - Parts

    private func assemble() -> Parts {
        let logger = logger
        let watcher = Watcher(
            logger: logger, folderNamed: { [weak self] in self?.folder(named: $0) },
            folderMoved: { [weak self] in self?.heard(of: $0) },
            foldersChanged: { [weak self] in self?.heardOfFolders() })
        let pool = ConnectionPool(
            configuration: configuration.client, connections: configuration.connections, logger: logger,
            events: ConnectionPool.Events(
                folderMoved: { [weak self] in self?.heard(of: $0) },
                stateChanged: { [weak self] in self?.stateChanged($0, $1) },
                watching: { [weak self] in self?.running?.steward.connected($0, lease: $1) },
                heard: { watcher.heard($0) }))
        let scheduler = SyncScheduler(logger: logger) { [weak self] in try await self?.synchronise($0, lane: $1) }
        let bodies = BodyFetcher(
            store: store, pool: pool, limit: configuration.limits.bodies, inUse: bodiesInUse, logger: logger,
            folder: { [weak self] in self?.folder($0) },
            published: { [weak self] in self?.publish($0) }, moved: { [weak self] in self?.heard(of: $0) })
        let steward = AccountSteward(service: self, pool: pool, watcher: watcher, scheduler: scheduler, logger: logger)
        return Parts(pool: pool, watcher: watcher, scheduler: scheduler, bodies: bodies, steward: steward)
    }

    func publish(_ batch: AppliedBatch) {
        guard !batch.isEmpty || batch.listingChanged > 0 else { return }
        observer?.messagesChanged(batch)
    }

    func heard(of folder: FolderID) {
        guard let parts = running else { return }
        Task { await parts.scheduler.heard(of: folder) }
    }

    func heardOfFolders() {
        guard let parts = running else { return }
        Task { await parts.steward.foldersChanged() }
    }

    private func synchronise(_ id: FolderID, lane: Lane) async throws {
        guard let parts = running else { throw ServiceError.offline }
        guard let folder = folder(id) else { throw ServiceError.gone }
        guard folder.holdsMessages else { return }
        let synchronizer = FolderSynchronizer(
            store: store, pool: parts.pool, logger: logger, limits: configuration.synchronisation, now: now,
            published: { [weak self] in self?.publish($0) },
            progress: { [weak self] id, done, total in
                self?.state.withLock { $0.progress[id] = done < total ? (done, total) : nil }
            })
        do {
            do {
                try await synchronizer.run(folder, lane: lane, transient: transientEpoch)
            } catch let error as IMAPClientError where ServiceError(error) == .offline {
                // One connection may have gone and not the server: what was learnt is kept, another one goes on from there.
                await parts.pool.closeIdle()
                try await synchronizer.run(folder, lane: lane, transient: transientEpoch)
            }
            state.withLock { state in
                state.listed.insert(id)
                state.errors[id] = nil
                state.progress[id] = nil
            }
        } catch {
            let error = ServiceError(error)
            state.withLock { state in
                state.progress[id] = nil
                switch error {
                case .accessDenied, .unavailable: state.errors[id] = error
                case .offline, .timedOut, .busy, .gone, .tooLarge, .noSuchFolder, .noSpace: break
                }
            }
            if error == .gone { heardOfFolders() }
            logger.info("\(folder.displayName): \(error)")
            throw error
        }
    }

    // MARK: - Folders

    func folder(_ id: FolderID) -> Folder? { state.withLock { $0.folders[id] } }

    func folder(named rawName: [UInt8]) -> FolderID? {
        state.withLock { state in
            state.names[rawName]
                ?? (ListedFolder.isInbox(rawName) ? state.names.first { ListedFolder.isInbox($0.key) }?.value : nil)
        }
    }

    var folders: [Folder] { state.withLock { Array($0.folders.values) } }

    func isListed(_ id: FolderID) -> Bool { state.withLock { $0.listed.contains(id) } }

    func isShown(_ path: String) -> Bool {
        (configuration.folders.isEmpty || configuration.folders.contains { $0.matches(path) })
            && !configuration.excluded.contains { $0.matches(path) }
    }

    /// Takes in what a LIST changed and tells the observer.
    func take(_ outcome: FolderLister.Outcome) throws {
        state.withLock { state in
            for id in outcome.removed {
                if let old = state.folders.removeValue(forKey: id) { state.names[old.rawName] = nil }
                state.listed.remove(id)
            }
            // First all old names, since one folder may take the name of another.
            for folder in outcome.put {
                if let old = state.folders[folder.id] { state.names[old.rawName] = nil }
            }
            for folder in outcome.put {
                state.folders[folder.id] = folder
                state.names[folder.rawName] = folder.id
            }
        }
        if !outcome.removed.isEmpty { observer?.foldersRemoved(outcome.removed) }
        if !outcome.put.isEmpty {
            let seconds = now()
            observer?.foldersPut(
                outcome.put.sorted { $0.path.count < $1.path.count }.map { ($0, seconds) })
        }
    }
}
