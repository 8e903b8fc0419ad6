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
/// Lock order, outermost first: `changes`, held while a change is made here; the store's writer, with the closures that it calls; then
/// one of `view`, `state` and the small ones, which are never held across a call into the store, the pool or the observer, nor two of them
/// at once, but that `state` may be taken under `view`.
public final class MailService: Sendable {
    struct State {
        var folders: [FolderID: Folder] = [:]
        var names: [[UInt8]: FolderID] = [:]
        var listed: Set<FolderID> = []
        var progress: [FolderID: (done: Int, total: Int)] = [:]
        var errors: [FolderID: ServiceError] = [:]
        var used: [FolderID: Int64] = [:]
        /// Whose listing was loaded last; remembered over restarts.
        var lastListed: FolderID?
        var polled: [FolderID: PolledStatus] = [:]
        var readAhead: [FolderID: ReadAheadProgress] = [:]
        var quota: Quota?
        var connection: ConnectionState?
        var reason: String?
        /// What the server offered last; remembered over restarts.
        var capabilities = Capabilities.none
        var enabled: Set<String> = []
        var hasListedFolders = false
        /// Why the server does not list its folders.
        var listFailure: ServiceError?
        /// Folders that messages were brought to whose UID there is not known.
        var unmatched: Set<FolderID> = []
        /// As the last LIST had them, by name.
        var listedNames: Set<[UInt8]> = []
        /// Moves by copy: what they became deletes an original, which nobody can bring back.
        var originals: Set<OperationID> = []
        /// Folders that the server opens for reading only.
        var readOnly: Set<FolderID> = []
        /// The first attempt to connect has had an outcome.
        var hasOutcome = false
        var outcome: [CheckedContinuation<Void, Never>] = []
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
    let view = Mutex(AccountView())
    /// Held by whoever makes a change: one is made after the other.
    let changes = Mutex(())
    let waiting = Verdicts()
    let gate = FolderGate()
    /// Held around LIST and around each change of folders, by whoever has the connection for it already.
    let listGate = FolderGate()
    /// Asked at each step of a change, in tests: true ends the service there as a crash would.
    let probe = Mutex<(@Sendable (ChangeStep) -> Bool)?>(nil)
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
        let sender: ChangeSender
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
        // What an earlier run left without a UID is looked for once.
        let capabilities = Capabilities(
            (try store.setting(Self.capabilitiesKey) ?? "").split(separator: " ").map(String.init))
        let lastListed = try store.setting(Self.lastListedKey).flatMap { Int64($0) }.map(FolderID.init(rawValue:))
        state.withLock { state in
            state.unmatched = Set(state.folders.keys)
            state.capabilities = capabilities
            state.lastListed = lastListed
        }
        try restoreJournal()
        try restoreOriginals()
        if !configuration.isReadOnly {
            try endDeletionsTakenBack()
            try finishUploads()
        }
    }

    private static let capabilitiesKey = "server.capabilities"

    /// What the server offers decides how changes are made, also while there is no connection.
    func remember(_ connection: IMAPConnection) {
        let capabilities = connection.capabilities
        let isNew = state.withLock { state in
            defer { state.capabilities = capabilities }
            state.enabled = connection.enabled
            return state.capabilities != capabilities
        }
        guard isNew else { return }
        do {
            try store.setSetting(Self.capabilitiesKey, capabilities.names.sorted().joined(separator: " "))
        } catch {
            logger.info("cannot remember the capabilities: \(error)")
        }
    }

    var isGmail: Bool { state.withLock { $0.capabilities.has(.gmail) } }

    /// Whether messages can be expunged one by one (RFC 4315).
    var canExpunge: Bool { state.withLock { $0.capabilities.has(.uidPlus) } }

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
        let times = Dictionary(
            try store.folders().map { ($0.folder.id, $0.listingChanged) }, uniquingKeysWith: { first, _ in first })
        try inOrder { showFolders(times: times) }
        let parts = assemble()
        self.parts.withLock { $0 = parts }
        await parts.pool.start()
        await parts.sender.start()
    }

    /// Waits for the first word of the server: the folder list, or why there is none.
    ///
    /// - Throws: `ServiceError` when the first attempt to connect has failed.
    public func waitUntilReady() async throws {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.hasListedFolders || state.listFailure != nil
                    || (state.connection != nil && state.connection != .online)
                {
                    return true
                }
                state.ready.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
        let (connection, reason, failure) = state.withLock {
            ($0.connection, $0.reason, $0.hasListedFolders ? nil : $0.listFailure)
        }
        if let failure { throw failure }
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
            await parts.sender.stop()
            await parts.steward.stop()
            await parts.pool.stop()
        }
        signalReady()
        waiting.stop()
        store.close()
    }

    private func signalReady() {
        let waiting = state.withLock { state in
            let waiting = state.ready
            state.ready = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
        endWaitForOutcome()
    }

    func foldersAreListed() {
        running?.bodies.evict()
        state.withLock { state in
            state.hasListedFolders = true
            state.listFailure = nil
        }
        signalReady()
        if let sender = running?.sender { Task { await sender.connected() } }
    }

    /// The server answers, and lists no folders: whoever waits is told its words.
    func foldersAreRefused(_ error: any Error) {
        switch error as? ServiceError {
        case .unavailable(let text):
            state.withLock { $0.listFailure = .unavailable("the server does not list its folders: \(text)") }
        case .accessDenied(let text):
            state.withLock { $0.listFailure = .accessDenied("the server does not list its folders: \(text)") }
        default: return
        }
        signalReady()
    }

    private func stateChanged(_ new: ConnectionState, _ reason: String?) {
        state.withLock { state in
            state.connection = new
            state.reason = reason
        }
        logger.notice("\(new.rawValue)\(reason.map { ": \($0)" } ?? "")")
        endWaitForOutcome()
        if new != .online {
            signalReady()
            if let sender = running?.sender { Task { await sender.disconnected() } }
            waiting.stall(new == .refused ? .accessDenied(reason ?? "login refused") : .offline)
        }
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
                foldersLeft: { [weak self] in self?.running?.steward.left($0) },
                stateChanged: { [weak self] in self?.stateChanged($0, $1) },
                watching: { [weak self] in self?.running?.steward.connected($0, lease: $1) },
                heard: { watcher.heard($0) }))
        let scheduler = SyncScheduler(logger: logger) { [weak self] in try await self?.synchronise($0, lane: $1) }
        let bodies = BodyFetcher(
            store: store, pool: pool, limit: configuration.limits.bodies, inUse: bodiesInUse, logger: logger,
            folder: { [weak self] in self?.folder($0) },
            published: { [weak self] in self?.publish($0) }, moved: { [weak self] in self?.heard(of: $0) })
        let steward = AccountSteward(service: self, pool: pool, watcher: watcher, scheduler: scheduler, logger: logger)
        let sender = ChangeSender(
            service: self, pool: pool, gate: gate, scheduler: scheduler, steward: steward, logger: logger)
        return Parts(
            pool: pool, watcher: watcher, scheduler: scheduler, bodies: bodies, steward: steward, sender: sender)
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
        guard folder.isSynchronised else { return }
        await gate.acquire([id])
        do {
            try await synchronise(folder, id, parts, lane)
            await gate.release([id])
        } catch {
            await gate.release([id])
            throw error
        }
    }

    /// The gate is held.
    private func synchronise(_ folder: Folder, _ id: FolderID, _ parts: Parts, _ lane: Lane) async throws {
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
            // All that the folder has is listed: what was brought there and not found went elsewhere.
            if state.withLock({ $0.unmatched.remove(id) }) != nil {
                try store.dropUnmatched(in: id) { publish($0) }
            }
        } catch {
            let error = ServiceError(error)
            state.withLock { state in
                state.progress[id] = nil
                switch error {
                case .accessDenied, .unavailable: state.errors[id] = error
                case .offline, .timedOut, .busy, .gone, .tooLarge, .noSuchFolder, .noSpace, .readOnly, .notPermitted,
                    .notAMessage, .overQuota, .notEmpty, .exists, .badName, .nameTooLong, .inUse, .refused,
                    .noSuchChange:
                    break
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

    /// Whether the last LIST had the folder under its name.
    func isListedByServer(_ id: FolderID) -> Bool {
        state.withLock { state in state.folders[id].map { state.listedNames.contains($0.rawName) } ?? false }
    }

    var folders: [Folder] { state.withLock { Array($0.folders.values) } }

    func isListed(_ id: FolderID) -> Bool { state.withLock { $0.listed.contains(id) } }

    func isShown(_ path: String) -> Bool {
        (configuration.folders.isEmpty || configuration.folders.contains { $0.matches(path) })
            && !configuration.excluded.contains { $0.matches(path) }
    }

    /// Takes in what a LIST changed and tells the observer.
    func take(_ outcome: FolderLister.Outcome) throws {
        state.withLock { $0.listedNames = outcome.listed }
        guard !outcome.put.isEmpty || !outcome.removed.isEmpty else { return }
        try inOrder {
            take(folders: outcome.put, removed: outcome.removed)
            showFolders()
        }
    }
}

extension Folder {
    /// Whether SELECT can be asked of it.
    var isSynchronised: Bool { holdsMessages && !attributes.contains(.pending) }
}
