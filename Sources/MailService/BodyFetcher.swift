internal import BlockingWork
internal import IMAPClient
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
internal import Synchronization

/// Gets bodies into the cache: at once for whoever waits, ahead of those who read in order. What is fetched when, and who is told, is the
/// board's to say.
///
/// Lock order: `state` only; nothing else is locked while it is held.
final class BodyFetcher: Sendable {
    struct State {
        var board = BodyBoard<WantedBody>()
        /// Of those whom the board knows as waiting.
        var waiters: [BodyWaiter: CheckedContinuation<OpenBody, any Error>] = [:]
        /// What the board knows as arrived.
        var received: [MessageID: ReceivedBody] = [:]
        var condition = CacheCondition()
    }

    let state = Mutex(State())
    /// Rings when the disk has caught up with the wire.
    let room = Bell()
    /// Rings when all that arrived is stored.
    let stored = Bell()
    let eviction: CacheEviction
    private let queue = BodyQueue()
    let store: MailStore
    private let pool: ConnectionPool
    private let budget: DownloadBudget
    let inUse: BodiesInUse
    let logger: Logger
    let clock: ServiceClock
    private let folder: @Sendable (FolderID) -> Folder?
    let published: @Sendable (AppliedBatch) -> Void
    private let moved: @Sendable (FolderID, _ isDoubted: Bool) -> Void

    /// - Parameter limit: octets that the cache may hold.
    init(
        store: MailStore, pool: ConnectionPool, limit: UInt64, budget: DownloadBudget, inUse: BodiesInUse,
        logger: Logger, clock: ServiceClock, folder: @escaping @Sendable (FolderID) -> Folder?,
        published: @escaping @Sendable (AppliedBatch) -> Void,
        moved: @escaping @Sendable (FolderID, _ isDoubted: Bool) -> Void
    ) {
        self.store = store
        self.pool = pool
        self.budget = budget
        self.inUse = inUse
        self.logger = logger
        self.clock = clock
        self.folder = folder
        self.published = published
        self.moved = moved
        eviction = CacheEviction(store: store, limit: limit, inUse: inUse, logger: logger, published: published)
    }

    /// The body, once it is here: from the cache, or from memory where the cache cannot take it.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled, and nothing is left of the wait then.
    func fetch(_ body: WantedBody, in folder: FolderID) async throws -> OpenBody {
        try Task.checkCancellation()
        let waiter = state.withLock { $0.board.newWaiter() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<OpenBody, any Error>) in
                let begins = state.withLock { state in
                    state.waiters[waiter] = continuation
                    return state.board.wanted(body, in: folder, by: waiter)
                }
                if Task.isCancelled { cancel(waiter) }
                if begins { Task(executorPreference: BlockingExecutor.disk) { await self.runUrgent(folder) } }
            }
        } onCancel: {
            cancel(waiter)
        }
    }

    private func cancel(_ waiter: BodyWaiter) {
        let continuation = state.withLock { state in
            state.board.cancelled(waiter) ? state.waiters.removeValue(forKey: waiter) : nil
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Fetches bodies that will be wanted soon, in this order; those that are under way already are left out. None where the cache cannot
    /// keep them.
    func fetchAhead(_ bodies: [WantedBody], in folder: FolderID) {
        let now = clock.now
        let shared = (try? store.shareBodies(with: bodies.map(\.id), published: published)) ?? []
        let bodies = bodies.filter { !shared.contains($0.id) }
        let begins = state.withLock { state in
            state.condition.isWorthTrying(at: now) && state.board.expected(bodies, in: folder)
        }
        if begins { Task(executorPreference: BlockingExecutor.disk) { await self.runAhead(folder) } }
    }

    /// Whether the body of another message, proven to have the same octets, is that of this one from here on.
    func isShared(_ id: MessageID) -> Bool {
        // Where that cannot be stored it is fetched, and streamed beside the cache if it must be.
        (try? store.shareBodies(with: [id], published: published))?.isEmpty == false
    }

    /// Why the cache does not keep what is fetched; nil where it does.
    var trouble: ServiceError? { state.withLock { $0.condition.trouble } }

    var queuedAhead: Int { state.withLock { $0.board.queuedCount } }

    /// Who waits for a body.
    var waiterCount: Int { state.withLock { $0.board.waiterCount } }

    // MARK: - Running

    private func runUrgent(_ folder: FolderID) async {
        while let batch = state.withLock({ $0.board.takeUrgent(folder) }) {
            // What was fetched ahead may have come between the reader's look at the cache and this one.
            var wanted: [WantedBody] = []
            for body in batch.bodies {
                if let kept = open(body.id) ?? (isShared(body.id) ? open(body.id) : nil) {
                    wake(body.id, of: batch.retrieval) { .success(kept) }
                } else {
                    wanted.append(body)
                }
            }
            if !wanted.isEmpty { await retrieve(wanted, in: folder, lane: .reading, as: batch.retrieval) }
        }
    }

    private func runAhead(_ folder: FolderID) async {
        while let batch = state.withLock({ $0.board.takeAhead(folder) }) {
            await retrieve(batch.bodies, in: folder, lane: .bulk, as: batch.retrieval)
        }
    }

    /// Fetches a batch, and in the bulk lane the following ones too, asked for while those before them arrive.
    private func retrieve(_ first: [WantedBody], in id: FolderID, lane: Lane, as number: BodyOwner) async {
        var open = first
        do {
            guard let folder = folder(id), let cursor = try store.cursor(id) else { throw ServiceError.gone }
            let lease = try await pool.lease(lane, folder: id)
            let isSelected = lease.selected?.isOpen(id, cursor.uidValidity) ?? false
            let here = isSelected ? lease.selected : SelectedFolder(folder: id, uidValidity: cursor.uidValidity)
            let retrieval = BodyRetrieval(
                folder: folder, uidValidity: cursor.uidValidity, store: store, queue: queue, logger: logger,
                clock: clock,
                isAwaited: lane == .reading, finished: { [weak self] in self?.receive($0, from: number) },
                failed: { [weak self] in self?.fail([$0], of: number, with: $1) }, moved: moved)
            do {
                let sure = try certain(first, in: id, epoch: cursor.uidValidity, lane, as: number)
                open = sure
                guard !sure.isEmpty else { return await pool.release(lease, selected: lease.selected) }
                var flow = BodyFlow()
                var running = [retrieval.submit(sure, on: lease.connection, isSelected: isSelected)]
                while let oldest = running.first {
                    while lane == .bulk, flow.hasRoom(beside: running), await !pool.isContended,
                        let following = state.withLock({ $0.board.takeAhead(id, for: number) })?.bodies
                    {
                        let sure = try certain(following, in: id, epoch: cursor.uidValidity, lane, as: number)
                        guard !sure.isEmpty else { continue }
                        open += sure
                        running.append(retrieval.submit(sure, on: lease.connection, isSelected: true))
                    }
                    try await retrieval.settle(oldest, on: lease.connection)
                    running.removeFirst()
                    flow.arrived(after: clock.now - oldest.began)
                    let settled = Set(oldest.wanted.map(\.id))
                    open.removeAll { settled.contains($0.id) }
                    await room.wait { [self] in state.withLock { $0.board.hasRoom } }
                }
                await pool.release(lease, selected: here)
            } catch {
                await pool.release(lease, after: error)
                throw error
            }
        } catch {
            if let error = error as? IMAPClientError, case .protocolViolation = error,
                await retrieveApart(open, id, lane, number)
            {
                return
            }
            fail(open.map(\.id), of: number, with: ServiceError(error))
        }
    }

    /// Those whose UIDs are of this epoch and still theirs, as far as there is a budget for them; the others are gone as far as their readers
    /// know (HAZARD 1).
    private func certain(
        _ bodies: [WantedBody], in folder: FolderID, epoch: UIDValidity, _ lane: Lane, as number: BodyOwner
    ) throws -> [WantedBody] {
        let uids = try store.uids(of: bodies.map(\.id), in: folder, epoch: epoch)
        fail(bodies.filter { uids[$0.id] != $0.uid }.map(\.id), of: number, with: .gone)
        let sure = bodies.filter { uids[$0.id] == $0.uid }.filter { body in
            do throws(ServiceError) {
                try budget.take(body.size, isAwaited: lane == .reading)
                return true
            } catch {
                fail([body.id], of: number, with: error)
                return false
            }
        }
        let headers = try store.headers(of: sure.map(\.id))
        return sure.map { body in
            var body = body
            body.mark = headers[body.id].map { BodyHeader.Mark(Header($0)) }
            return body
        }
    }

    /// One answer that no connection survives must not cost the others of its batch: asks for each half by itself.
    private func retrieveApart(_ batch: [WantedBody], _ folder: FolderID, _ lane: Lane, _ number: BodyOwner) async
        -> Bool
    {
        let left = state.withLock { $0.board.open(batch, of: number) }
        guard left.count > 1 || left.count < batch.count else { return false }
        let half = left.count / 2
        for part in [Array(left[..<half]), Array(left[half...])] where !part.isEmpty {
            await retrieve(part, in: folder, lane: lane, as: number)
        }
        return true
    }
}
