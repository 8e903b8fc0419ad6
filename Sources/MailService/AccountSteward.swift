internal import BlockingWork
internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
internal import Synchronization

/// Keeps the account in step while nobody asks: the folder list, first listings, polling of what is not watched, the quota.
///
/// What it learns is committed: its tasks run where waiting for a disk holds up nobody.
actor AccountSteward {
    private let journal: Journal
    private let facts: AccountFacts
    private let pool: ConnectionPool
    private let watcher: Watcher
    private let scheduler: SyncScheduler
    /// Held around LIST and around each change of folders.
    private let listGate: FolderGate
    private let clock: ServiceClock
    private let logger: Logger
    private var doubted: [FolderID: FolderAbsence] = [:]
    private let began: ServiceClock.Instant
    private var round: Task<Void, Never>?
    private var listing: Task<Void, Never>?
    private var poller: Task<Void, Never>?
    private var relist: Task<Void, Never>?
    private var isRelistWanted = false
    /// The last LIST that was begun: another waits for its end, so that none is applied after a later one.
    private var lastListing: Task<Void, any Error>?
    /// LISTs that were begun so far, and the last of them that was applied.
    private var begunListings = 0
    private var appliedListing = 0
    /// The numbers of the last connections that have asked for the folders; of those that ended too.
    private var haveListed: Set<Int> = []
    /// More than there are at once.
    private static let remembered = 64
    /// Folders whose first listing ended the connection, and when it is tried again unless somebody asks.
    private var setAside: [FolderID: ServiceClock.Instant] = [:]
    private var isStopped = false

    /// A folder looked at in the last so many seconds is in use.
    private static let inUse: Int64 = 300
    private static let aside = Duration.seconds(600)

    init(
        journal: Journal, pool: ConnectionPool, watcher: Watcher, scheduler: SyncScheduler, listGate: FolderGate,
        clock: ServiceClock
    ) {
        self.journal = journal
        facts = journal.facts
        self.pool = pool
        self.watcher = watcher
        self.scheduler = scheduler
        self.listGate = listGate
        self.clock = clock
        began = clock.now
        logger = journal.logger
    }

    func stop() {
        isStopped = true
        for task in [round, listing, poller, relist] { task?.cancel() }
    }

    /// Returns when what was begun so far has ended: the round after connecting, LISTs, first listings.
    func rest() async {
        await round?.value
        await relist?.value
        await listing?.value
    }

    /// The watching connection is up, again perhaps: everything may have changed meanwhile.
    ///
    /// - Parameter lease: where it is the only one: given back once something is watched.
    func connected(_ connection: IMAPConnection, lease: ConnectionPool.Lease?) {
        guard !isStopped else { return }
        round?.cancel()
        poller?.cancel()
        round = begin { await $0.bringUp(connection, lease) }
    }

    private func begin(_ work: @escaping @Sendable (AccountSteward) async -> Void) -> Task<Void, Never> {
        Task(executorPreference: BlockingExecutor.disk) { await work(self) }
    }

    private func bringUp(_ connection: IMAPConnection, _ lease: ConnectionPool.Lease?) async {
        var step = "list the folders"
        do {
            try await listFolders(on: connection, withStatus: false)
            await connection.settled()
            if facts.offered(connection.capabilities, enabled: connection.enabled) { try journal.nameFoldersAnew() }
            facts.standing.listedFolders()
            journal.news.tell(.foldersListed)
            let inbox = facts.inbox.flatMap { journal.isFollowed($0.id) ? $0 : nil }
            if let obstacle = journal.deletionObstacle { logger.warning("\(obstacle)") }
            step = "watch \(inbox?.displayName ?? "INBOX")"
            let selected = try await watcher.start(on: connection, inbox: inbox)
            await pool.watch(inbox?.id)
            if let lease { await pool.release(lease, selected: selected) }
            if let inbox { await scheduler.heard(of: inbox.id) }
            startPolling()
            await poll(on: lease == nil ? connection : nil)
            await refreshQuota()
        } catch {
            logger.notice("cannot \(step): \(error)")
            facts.standing.failedToListFolders(error)
            await pool.giveUp(connection, words: "cannot \(step): \(error)")
        }
    }

    /// A connection that hears of all folders had these selected and left them: of what changed just before, it heard nothing.
    func left(_ folders: Set<FolderID>) {
        guard watcher.hearsAllFolders, !isStopped else { return }
        _ = begin { await $0.lookAgain(at: folders) }
    }

    private func lookAgain(at ids: Set<FolderID>) async {
        let folders = facts.folders.filter { ids.contains($0.id) && $0.isSynchronised && facts.isListed($0.id) }
        await attempt(.watching) { lease in
            let seen = facts.polled
            let statuses = try await StatusPoll.run(folders, on: lease.connection)
            // One that was synchronised for this very state is not again, whatever it lacks.
            await self.compare(
                statuses.filter { name, status in
                    facts.folder(named: name).map { seen[$0] != status } ?? false
                })
        }
    }

    /// Something was said of folders that are not known, or a known one is gone.
    func foldersChanged() {
        isRelistWanted = true
        guard relist == nil, !isStopped else { return }
        relist = begin { await $0.listAgain() }
    }

    private func listAgain() async {
        // One LIST answers for all that is heard before it is sent.
        while isRelistWanted, !isStopped {
            isRelistWanted = false
            do {
                try await leased(.watching, toList: true) {
                    try await self.listFolders(on: $0.connection, withStatus: false)
                }
                try await confirmAbsence(.watching)
            } catch {
                logger.info("cannot list the folders: \(error)")
                break
            }
        }
        relist = nil
        listUnlisted()
    }

    /// Brings all folders, or some, up to date now.
    func synchroniseAll(_ folders: [Folder]) async throws {
        let called = clock.now
        let earlier = begunListings
        try await leased(.listing, toList: true) { lease in
            // One that was begun while no connection was to be had answers as well.
            if self.begunListings > earlier { _ = try? await self.lastListing?.value }
            if self.appliedListing <= earlier {
                try await self.listFolders(on: lease.connection, withStatus: false)
            }
        }
        try await confirmAbsence(.listing)
        let chosen = (folders.isEmpty ? journal.followed : folders).filter(\.isSynchronised)
            .sorted { $0.path.count < $1.path.count }
        let scheduler = scheduler
        let failures = await FolderRun(width: max(1, journal.configuration.connections - 1))
            .run(chosen) { folder in
                do {
                    try await scheduler.bringUpToDate(folder.id, lane: .listing, since: called)
                } catch ServiceError.gone {
                    // It went meanwhile.
                }
            }
        if let error = ServiceError(failures, of: chosen.count) { throw error }
    }

    /// What LIST left out is looked for over another connection; where there is only one, once more after a while.
    private func confirmAbsence(_ lane: Lane) async throws {
        guard !doubted.isEmpty else { return }
        await pool.closeIdle()
        try await leased(lane, toList: true) { try await self.listFolders(on: $0.connection, withStatus: false) }
        // A rename of ours whose outcome is not known yet keeps its folders in doubt.
        guard let since = doubted.values.map(\.since).min(), journal.uncertainRenames.isEmpty else { return }
        try await clock.sleep(for: .seconds(max(0, since + FolderAbsence.time - seconds)))
        try await leased(lane) { try await self.listFolders(on: $0.connection, withStatus: false) }
    }

    /// Since this object was made.
    private var seconds: Int64 { (clock.now - began).components.seconds }

    // MARK: - Rounds

    /// Asks which folders there are, and returns when that is known.
    func listNow() async throws {
        try await leased(.changing) { try await self.listFolders(on: $0.connection, withStatus: false) }
    }

    private func listFolders(on connection: IMAPConnection, withStatus: Bool) async throws {
        let before = lastListing
        let turn = Task(executorPreference: BlockingExecutor.disk) {
            _ = try? await before?.value
            try await self.listFoldersAlone(on: connection, withStatus: withStatus)
        }
        lastListing = turn
        try await turn.value
    }

    private func listFoldersAlone(on connection: IMAPConnection, withStatus: Bool) async throws {
        try await listGate.holding([.root]) {
            try await listFoldersHeld(on: connection, withStatus: withStatus)
        }
    }

    /// The gate is held.
    private func listFoldersHeld(on connection: IMAPConnection, withStatus: Bool) async throws {
        let journal = journal
        let lister = FolderLister(
            store: journal.store, logger: logger, isNeeded: { journal.isNeeded($0) },
            published: { journal.publish($0) },
            uncertain: { journal.uncertainRenames }, resolvePaths: journal.configuration.paths)
        var missing = doubted
        haveListed.insert(connection.number)
        if haveListed.count > Self.remembered, let oldest = haveListed.min() { haveListed.remove(oldest) }
        begunListings += 1
        let number = begunListings
        var outcome = FolderLister.Outcome()
        do {
            try await lister.run(
                on: connection, into: &outcome, doubted: &missing, withStatus: withStatus, at: seconds)
        } catch {
            try? journal.take(foldersOf: outcome)
            throw error
        }
        doubted = missing
        try journal.take(outcome)
        appliedListing = number
        if withStatus { await compare(outcome.statuses) }
    }

    private func startPolling() {
        poller?.cancel()
        poller = begin { await $0.pollOn() }
    }

    private func pollOn() async {
        while !Task.isCancelled {
            let intervals = journal.configuration.polling
            try? await clock.sleep(for: watcher.hearsAllFolders ? intervals.watched : intervals.unwatched)
            if Task.isCancelled { return }
            await poll()
        }
    }

    /// Asks for the state of every folder and synchronises those that differ.
    ///
    /// - Parameter connection: to ask over; nil: one that nobody else has.
    private func poll(on connection: IMAPConnection? = nil) async {
        if let connection {
            do { try await askStates(on: connection) } catch { logger.info("\(error)") }
        } else {
            await attempt(.watching, toList: true) { try await self.askStates(on: $0.connection) }
        }
        if !doubted.isEmpty { foldersChanged() }
        await synchroniseInUse()
        listUnlisted()
    }

    private func askStates(on connection: IMAPConnection) async throws {
        let hasListStatus = await pool.offers(.listStatus, .listExtended)
        try await listFolders(on: connection, withStatus: hasListStatus)
        guard !hasListStatus else { return }
        let polled = journal.followed.filter { $0.isSynchronised && facts.isListed($0.id) }
        await compare(try await StatusPoll.run(polled, on: connection))
    }

    private func compare(_ statuses: [[UInt8]: PolledStatus]) async {
        let followed = Set(journal.followed.map(\.id))
        for (name, status) in statuses {
            guard let id = facts.folder(named: name), followed.contains(id), facts.isListed(id) else { continue }
            let previous = facts.polled(status, of: id)
            guard let cursor = try? journal.store.cursor(id), let known = try? journal.store.messageCount(id) else {
                continue
            }
            if status.differs(from: cursor, known: known, previous: previous) { await scheduler.heard(of: id) }
        }
    }

    /// Without mod-sequences STATUS does not show changed flags: folders that somebody looks at are compared whole.
    private func synchroniseInUse() async {
        guard await !pool.offers(.condstore) else { return }
        let since = journal.now() - Self.inUse
        for id in facts.used(since: since) where facts.isListed(id) { await scheduler.heard(of: id) }
    }

    /// First listings of folders nobody has looked at yet, one after the other.
    private func listUnlisted() {
        guard listing == nil, !isStopped else { return }
        listing = begin { await $0.listNext() }
    }

    private func listNext() async {
        defer { listing = nil }
        var tried: Set<FolderID> = []
        while !Task.isCancelled {
            let now = clock.now
            let next = journal.followed
                .filter {
                    $0.isSynchronised && !facts.isListed($0.id) && !tried.contains($0.id)
                        && (setAside[$0.id].map { $0 <= now } ?? true)
                }
                .min { ($0.path.count, $0.id) < ($1.path.count, $1.id) }
            guard let next else { return }
            tried.insert(next.id)
            do {
                try await scheduler.join(next.id, lane: .watching)
            } catch {
                logger.info("cannot list \(next.displayName): \(error)")
                // One that ends each connection is not to be the end of all others, again and again.
                if ServiceError(error) == .offline { setAside[next.id] = clock.now + Self.aside }
            }
        }
    }

    func refreshQuota() async {
        guard await pool.offers(.quota) else { return }
        let found = Mutex<Quota?>(nil)
        await attempt(.watching) { lease in
            _ = try await lease.connection.perform(.getQuotaRoot(Array("INBOX".utf8)), literals: nil) { incoming in
                guard case .quota(let root) = incoming.response else { return .passed }
                if let storage = root.resources.first(where: { $0.name == "STORAGE" }) {
                    found.withLock {
                        $0 = Quota(
                            used: storage.usage.multipliedReportingOverflow(by: 1024).partialValue,
                            limit: storage.limit.multipliedReportingOverflow(by: 1024).partialValue)
                    }
                }
                return .taken
            }
        }
        facts.told(found.withLock { $0 })
    }

    /// Does something over a connection of its own; whatever goes wrong is logged.
    private func attempt(
        _ lane: Lane, toList: Bool = false, _ body: (ConnectionPool.Lease) async throws -> Void
    ) async {
        do {
            try await leased(lane, toList: toList, body)
        } catch {
            logger.info("\(error)")
        }
    }

    /// Does something that may be done twice: a connection that was idle may have ended unnoticed.
    ///
    /// - Parameter toList: over one that has not listed the folders before, unless it is the only one (`ServiceQuirk.listsAsBefore`).
    private func leased(
        _ lane: Lane, toList: Bool = false, _ body: (ConnectionPool.Lease) async throws -> Void
    ) async throws {
        do {
            try await leasedOnce(lane, toList, body)
        } catch ServiceError.offline {
            await pool.closeIdle()
            try await leasedOnce(lane, toList, body)
        }
    }

    private func leasedOnce(
        _ lane: Lane, _ toList: Bool, _ body: (ConnectionPool.Lease) async throws -> Void
    ) async throws {
        var lease = try await pool.lease(lane, folder: nil)
        while toList, await pool.connectionCount > 1, haveListed.remove(lease.connection.number) != nil {
            await pool.discard(lease)
            lease = try await pool.lease(lane, folder: nil)
        }
        do {
            try await body(lease)
            await pool.release(lease, selected: lease.selected)
        } catch {
            await pool.release(lease, after: error, selected: lease.selected)
            throw ServiceError(error)
        }
    }
}
