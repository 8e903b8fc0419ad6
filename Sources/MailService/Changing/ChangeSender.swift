internal import BlockingWork
internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
internal import Synchronization

/// Brings what the journal has to the server: one batch after the other, each of what waits when its turn comes.
///
/// The journal says that a batch is sent before the first octet of it is, and what the answer made of it in the transaction that ends
/// it. What was sent and not answered is looked for on the server before anything else is sent.
actor ChangeSender {
    let journal: Journal
    let facts: AccountFacts
    let bodies: BodyReader
    let pool: ConnectionPool
    let gate: FolderGate
    /// Held around LIST and around each change of folders, by whoever has the connection for it already.
    let listGate: FolderGate
    let scheduler: SyncScheduler
    let steward: AccountSteward
    let clock: ServiceClock
    let logger: Logger
    private let rest = Atomic<Bool>(true)
    /// Rung where what comes in quick succession is collected no longer.
    private let hurry = Bell()
    private var isConnected = false
    private var isStarted = false
    private var isStopped = false
    private var isWanted = false
    private var runner: Task<Void, Never>?
    private var timer: Task<Void, Never>?
    var fates = Fates()
    /// UIDs that operations of this run brought, by folder: no arrival of another's.
    var brought: [FolderID: Set<UID>] = [:]
    /// A session was met that has no MOVE.
    var lacksMove = false
    /// How much the account holds is another now.
    var hasChangedSize = false
    private var failures = 0
    /// When something was sent last, and how long more was waited for before that.
    private var lastSent: ServiceClock.Instant?
    private var patience = Duration.zero

    /// How long what comes in quick succession is collected, at most.
    private static let longestPatience = Duration.milliseconds(250)

    init(
        journal: Journal, bodies: BodyReader, pool: ConnectionPool, gate: FolderGate, listGate: FolderGate,
        scheduler: SyncScheduler, steward: AccountSteward, clock: ServiceClock
    ) {
        self.journal = journal
        facts = journal.facts
        self.bodies = bodies
        self.pool = pool
        self.gate = gate
        self.listGate = listGate
        self.scheduler = scheduler
        self.steward = steward
        self.clock = clock
        logger = journal.logger
    }

    /// Whether nothing can be sent now that could not be sent before.
    nonisolated var isAtRest: Bool { rest.load(ordering: .sequentiallyConsistent) }

    // MARK: - Life

    func start() {
        guard !journal.configuration.isReadOnly else { return }
        isStarted = true
        wake()
    }

    func stop() {
        isStopped = true
        timer?.cancel()
        runner?.cancel()
        hurry.ring()
    }

    /// The folders are listed: what waits can be sent, unless the connection has ended since; that was said before this then.
    func connected() {
        guard facts.standing.obstacle == nil else { return }
        isConnected = true
        failures = 0
        facts.forgetRights()
        wake()
    }

    func disconnected() {
        isConnected = false
        hurry.ring()
    }

    /// Somebody waits for the server's word: nothing is collected before what is there is sent.
    nonisolated func hurryUp() { hurry.ring() }

    /// Failures in succession, but for connections that end, after which nothing can be sent now.
    private static let mostFailures = 4

    /// Somebody waits for what failed before to be tried some times more.
    func attemptAnew() {
        failures = 0
        if runner != nil { rest.store(false, ordering: .sequentiallyConsistent) }
        wake()
    }

    /// Something was recorded, or may be sent now.
    func wake() {
        isWanted = true
        guard runner == nil, isStarted, isConnected, !isStopped else { return }
        rest.store(false, ordering: .sequentiallyConsistent)
        runner = Task { await withTaskExecutorPreference(BlockingExecutor.disk) { await run() } }
    }

    private func run() async {
        while isWanted, isConnected, !isStopped {
            await collect()
            isWanted = false
            do {
                try await round()
                failures = 0
                rest.store(false, ordering: .sequentiallyConsistent)
            } catch {
                await stumbled(over: error)
            }
        }
        if hasChangedSize, isConnected, !isStopped {
            hasChangedSize = false
            await steward.refreshQuota()
        }
        runner = nil
        rest.store(true, ordering: .sequentiallyConsistent)
        journal.waiting.wakeAll()
        if isWanted { wake() }
    }

    /// One change is sent at once. Where one follows the other, as in a loop of a shell, they are sent together after a moment, unless
    /// somebody waits for one.
    private func collect() async {
        guard let lastSent else { return }
        let isBurst = clock.now - lastSent < .milliseconds(500)
        patience = isBurst ? min(max(patience * 2, .milliseconds(20)), Self.longestPatience) : .zero
        let end = clock.now + patience
        while clock.now < end, !journal.waiting.isAwaited, isConnected, !isStopped {
            await hurry.wait(until: end, by: clock) { journal.waiting.isAwaited }
        }
    }

    /// The connection ended, or the disk is full: what was sent is looked for after a pause.
    private func stumbled(over error: any Error) async {
        let error = ServiceError(error)
        logger.info("changes are not sent now: \(error)")
        failures += 1
        // One connection may have ended, and not the server.
        if error != .offline || failures > 3 { journal.waiting.stall(error) }
        if error == .offline {
            await pool.closeIdle()
        } else if failures > Self.mostFailures {
            // A disk that fails may do so for ever: nobody waits for that without an end.
            rest.store(true, ordering: .sequentiallyConsistent)
            journal.waiting.wakeAll()
        }
        isWanted = true
        guard isConnected, !isStopped else { return }
        let pause = Duration.milliseconds(50 * (1 << min(failures, 7)))
        try? await clock.sleep(for: pause)
    }

    // MARK: - Rounds

    /// Sends all that can be sent now.
    private func round() async throws {
        // One moment for all of it: what is paused now is what is waited for at the end.
        let moment = clock.elapsed
        try await recover(at: moment)
        fates.forget(try journal.takeBackUnknown())
        try await confirmCopies()
        let plan = try journal.plan(heldBack: fates.paused(at: moment))
        try settleArrived(plan.arrived)
        try journal.endLost(plan.lost)
        for batch in plan.batches {
            guard isConnected, !isStopped else { return }
            try await send(batch)
            lastSent = clock.now
            isWanted = true
        }
        if !plan.arrived.isEmpty || !plan.lost.isEmpty { isWanted = true }
        let late = journal.completeLate().map { journal.deletionClock.now + $0 }
        let over = try journal.endDeletedFiles()
        if !isWanted {
            let due = [plan.nextDue, journal.deferred.nextDue, late, over].compactMap(\.self).min()
            sleep(until: due, paused: moment)
        }
    }

    /// Wakes when something is due, or the first of those ends that were paused at a moment.
    private func sleep(until due: Int64?, paused moment: Duration) {
        timer?.cancel()
        var wait = fates.nextEnd(after: moment).map { max($0 - clock.elapsed, .zero) }
        if let due {
            let seconds = Duration.seconds(min(max(due - journal.deletionClock.now, 0), 86_400)) + .milliseconds(10)
            wait = wait.map { min($0, seconds) } ?? seconds
        }
        guard let wait else { return }
        timer = Task {
            try? await clock.sleep(for: wait)
            if !Task.isCancelled { wake() }
        }
    }

    /// Only names are left to be stored.
    private func settleArrived(_ operations: [Operation]) throws {
        let claimed = journal.claim(operations)
        defer { journal.unclaim(claimed) }
        for operation in claimed { try journal.settleName(of: operation) }
    }

    // MARK: - Batches

    private func send(_ batch: Batch) async throws {
        var operations = batch.operations
        if operations.count > 1, let single = operations.first(where: { fates[$0].isApart }) {
            operations = [single]
        }
        // Who changes one of them at this moment has it: its turn comes again.
        let claimed = journal.claim(operations)
        defer { journal.unclaim(claimed) }
        operations = claimed
        if case .move = batch.kind, batch.source != batch.target, lacksMove || !facts.capabilities.has(.move),
            let source = batch.source
        {
            operations = try await withTextsKept(operations, in: source)
        }
        guard !operations.isEmpty else { return }
        let chosen = operations
        var folders = Set([batch.source, batch.target].compactMap { $0 })
        if case .renameFolder = batch.kind { folders.formUnion(facts.foldersBelow(batch.source)) }
        try await gate.holding(folders) { try await send(chosen, of: batch) }
        try await clearDoubts(of: chosen, in: batch.source)
    }

    private func send(_ operations: [Operation], of batch: Batch) async throws {
        switch batch.kind {
        case .move, .copy, .flags, .labels, .delete, .expunge:
            guard let source = batch.source else { return }
            try await sendMessages(operations, batch.kind, from: source, to: batch.target)
        case .append:
            guard let target = batch.target else { return }
            try await sendUploads(operations, to: target)
        case .createFolder, .deleteFolder, .renameFolder:
            guard let operation = operations.first else { return }
            try await sendFolderChange(operation)
        }
    }

    /// Messages that the server did not know are looked for once in a new listing.
    private func clearDoubts(of operations: [Operation], in source: FolderID?) async throws {
        guard let source else { return }
        let open = operations.filter { operation in
            fates[operation].stage == .doubted && journal.state(of: operation.id) == .waiting
        }
        guard !open.isEmpty else { return }
        do {
            try await scheduler.bringUpToDate(source, lane: .changing)
        } catch let error as ServiceError {
            switch error {
            // What is doubted is still there, and given up when it is not found once more.
            case .gone, .accessDenied, .unavailable, .noSuchFolder: return
            default: throw error
            }
        }
    }

    /// The message of an operation is not where the store has it: it is looked into for the first time, given up the second.
    func missed(_ operation: Operation) throws {
        if case .failed = fates.change(operation, { $0.missed() }) { try giveUp(operation) }
    }

    // MARK: - Connections

    /// Runs `body` over a connection, and again over another where that one had ended unnoticed before anything was sent.
    func exchanging(in folder: FolderID?, _ body: (ChangeExchange) async throws -> Void) async throws {
        while true {
            let lease = try await pool.lease(.changing, folder: folder)
            // How a change is made hangs on what the server can do.
            await lease.connection.settled()
            let exchange = ChangeExchange(lease)
            do {
                try await body(exchange)
                await giveBack(lease, exchange.isRefusingAll, exchange.selected)
                if exchange.hasHeard, let folder { await scheduler.heard(of: folder) }
                return
            } catch {
                let isDoubtful = if case .doubtful? = error as? ChangeObstacle { true } else { false }
                await giveBack(lease, exchange.isRefusingAll, isDoubtful ? nil : exchange.selected, after: error)
                if lease.isStale(error), !exchange.hasChanged { continue }
                throw error
            }
        }
    }

    /// A session in which everything is refused may be of no use any more.
    private func giveBack(
        _ lease: ConnectionPool.Lease, _ isRefusingAll: Bool, _ selected: SelectedFolder?,
        after error: (any Error)? = nil
    ) async {
        if isRefusingAll {
            await pool.discard(lease, after: error)
        } else if let error {
            await pool.release(lease, after: error, selected: selected)
        } else {
            await pool.release(lease, selected: selected)
        }
    }
}
