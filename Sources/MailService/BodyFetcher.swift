internal import BlockingWork
internal import IMAPClient
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailPool
internal import MailStore
internal import Synchronization

/// Gets bodies into the cache: at once for whoever waits, ahead of those who read in order.
///
/// A waiter is resumed exactly once: each body that is asked of the server belongs to one retrieval, and only that one, or the adoption
/// of what it received, may wake who waits for it.
///
/// Lock order: `state` only; nothing else is locked while it is held.
final class BodyFetcher: Sendable {
    private struct State {
        var waiters: [MessageID: [CheckedContinuation<OpenBody, any Error>]] = [:]
        /// Asked of the server: by which retrieval.
        var underWay: [MessageID: Int] = [:]
        var retrievals = 0
        var urgent: [FolderID: [WantedBody]] = [:]
        var urgentRunners: [FolderID: Int] = [:]
        var ahead: [FolderID: [WantedBody]] = [:]
        var aheadRunners: Set<FolderID> = []
        /// Arrived and not adopted yet; no retrieval's any more.
        var received: [ReceivedBody] = []
        /// Octets of them that are in memory.
        var backlog = 0
        /// Retrievals that go on when there is less of it.
        var heldUp: [CheckedContinuation<Void, Never>] = []
        var isAdopting = false
        var eviction: Task<Void, Never>?
        var condition = CacheCondition()
    }

    /// What adoption owns in place of a retrieval.
    private static let adoption = 0

    private let state = Mutex(State())
    private let queue = BodyQueue()
    private let store: MailStore
    private let pool: ConnectionPool
    private let limit: UInt64
    private let budget: DownloadBudget
    private let inUse: BodiesInUse
    private let logger: Logger
    private let clock: ServiceClock
    private let folder: @Sendable (FolderID) -> Folder?
    private let published: @Sendable (AppliedBatch) -> Void
    private let moved: @Sendable (FolderID) -> Void

    /// One command fetches at most this many messages and about this many octets ahead.
    private static let batchCount = 200
    private static let batchOctets: UInt64 = 1 << 20
    /// One transaction stores at most this many bodies: whoever waits for one of them waits for all.
    private static let adoptionCount = 64
    /// Octets that may lie in memory until the disk has them.
    private static let mostBacklog = 16 << 20

    /// - Parameter limit: octets that the cache may hold.
    init(
        store: MailStore, pool: ConnectionPool, limit: UInt64, budget: DownloadBudget, inUse: BodiesInUse,
        logger: Logger, clock: ServiceClock, folder: @escaping @Sendable (FolderID) -> Folder?,
        published: @escaping @Sendable (AppliedBatch) -> Void,
        moved: @escaping @Sendable (FolderID) -> Void
    ) {
        self.store = store
        self.pool = pool
        self.limit = limit
        self.budget = budget
        self.inUse = inUse
        self.logger = logger
        self.clock = clock
        self.folder = folder
        self.published = published
        self.moved = moved
    }

    /// The body, once it is here: from the cache, or from memory where the cache cannot take it.
    func fetch(_ body: WantedBody, in folder: FolderID) async throws -> OpenBody {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<OpenBody, any Error>) in
            let start = state.withLock { state in
                state.waiters[body.id, default: []].append(continuation)
                guard state.underWay[body.id] == nil,
                    state.urgent[folder]?.contains(where: { $0.id == body.id }) != true
                else { return false }
                state.ahead[folder]?.removeAll { $0.id == body.id }
                state.urgent[folder, default: []].append(body)
                guard state.urgentRunners[folder, default: 0] < 2 else { return false }
                state.urgentRunners[folder, default: 0] += 1
                return true
            }
            if start { Task(executorPreference: BlockingExecutor.disk) { await self.runUrgent(folder) } }
        }
    }

    /// Fetches bodies that will be wanted soon, in this order; those that are under way already are left out. None where the cache cannot
    /// keep them.
    func fetchAhead(_ bodies: [WantedBody], in folder: FolderID) {
        let now = clock.now
        let start = state.withLock { state in
            guard state.condition.isWorthTrying(at: now) else { return false }
            let queued = Set((state.ahead[folder] ?? []).map(\.id)).union((state.urgent[folder] ?? []).map(\.id))
            state.ahead[folder, default: []] += bodies.filter {
                state.underWay[$0.id] == nil && !queued.contains($0.id)
            }
            return state.ahead[folder]?.isEmpty == false && state.aheadRunners.insert(folder).inserted
        }
        if start { Task(executorPreference: BlockingExecutor.disk) { await self.runAhead(folder) } }
    }

    /// Why the cache does not keep what is fetched; nil where it does.
    var trouble: ServiceError? { state.withLock { $0.condition.trouble } }

    var queuedAhead: Int { state.withLock { $0.ahead.values.reduce(0) { $0 + $1.count } + $0.underWay.count } }

    // MARK: - Running

    private func runUrgent(_ folder: FolderID) async {
        while let batch = takeUrgent(folder) {
            // What was fetched ahead may have come between the reader's look at the cache and this one.
            var wanted: [WantedBody] = []
            for body in batch.wanted {
                if let kept = open(body.id) {
                    wake(body.id, of: batch.retrieval) { .success(kept) }
                } else {
                    wanted.append(body)
                }
            }
            if !wanted.isEmpty { await retrieve(wanted, in: folder, lane: .reading, as: batch.retrieval) }
        }
    }

    private func takeUrgent(_ folder: FolderID) -> (wanted: [WantedBody], retrieval: Int)? {
        state.withLock { state in
            let batch = Self.take(from: &state.urgent[folder, default: []], count: 50)
            if batch.isEmpty {
                state.urgentRunners[folder, default: 1] -= 1
                state.urgent[folder] = nil
                return nil
            }
            state.retrievals += 1
            for body in batch { state.underWay[body.id] = state.retrievals }
            return (batch, state.retrievals)
        }
    }

    private func runAhead(_ folder: FolderID) async {
        while let batch = takeAhead(folder) {
            await retrieve(batch.wanted, in: folder, lane: .bulk, as: batch.retrieval)
        }
    }

    /// - Parameter retrieval: that goes on with them; nil begins one, or ends the runner of the folder where nothing is left.
    private func takeAhead(_ folder: FolderID, for retrieval: Int? = nil) -> (wanted: [WantedBody], retrieval: Int)? {
        state.withLock { state in
            // Some of them may have been asked for by a reader meanwhile.
            state.ahead[folder]?.removeAll { state.underWay[$0.id] != nil }
            let batch = Self.take(from: &state.ahead[folder, default: []], count: Self.batchCount)
            if batch.isEmpty {
                if retrieval == nil { state.aheadRunners.remove(folder) }
                state.ahead[folder] = nil
                return nil
            }
            if retrieval == nil { state.retrievals += 1 }
            let owner = retrieval ?? state.retrievals
            for body in batch { state.underWay[body.id] = owner }
            return (batch, owner)
        }
    }

    private static func take(from queue: inout [WantedBody], count limit: Int) -> [WantedBody] {
        var octets: UInt64 = 0
        var count = 0
        for body in queue {
            let (sum, overflows) = octets.addingReportingOverflow(body.size)
            if count > 0, count >= limit || overflows || sum > batchOctets { break }
            octets = sum
            count += 1
        }
        let batch = Array(queue.prefix(count))
        queue.removeFirst(count)
        return batch
    }

    /// Fetches a batch, and in the bulk lane the following ones too, asked for while those before them arrive.
    private func retrieve(_ first: [WantedBody], in id: FolderID, lane: Lane, as number: Int) async {
        var open = first
        do {
            guard let folder = folder(id), let cursor = try store.cursor(id) else { throw ServiceError.gone }
            let lease = try await pool.lease(lane, folder: id)
            let isSelected = lease.selected?.isOpen(id, cursor.uidValidity) ?? false
            let here = isSelected ? lease.selected : SelectedFolder(folder: id, uidValidity: cursor.uidValidity)
            let retrieval = BodyRetrieval(
                folder: folder, uidValidity: cursor.uidValidity, store: store, queue: queue, logger: logger,
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
                        let following = takeAhead(id, for: number)?.wanted
                    {
                        let sure = try certain(following, in: id, epoch: cursor.uidValidity, lane, as: number)
                        guard !sure.isEmpty else { continue }
                        open += sure
                        running.append(retrieval.submit(sure, on: lease.connection, isSelected: true))
                    }
                    try await retrieval.settle(oldest, on: lease.connection)
                    running.removeFirst()
                    flow.arrived(oldest)
                    let settled = Set(oldest.wanted.map(\.id))
                    open.removeAll { settled.contains($0.id) }
                    await roomForMore()
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
        _ bodies: [WantedBody], in folder: FolderID, epoch: UIDValidity, _ lane: Lane, as number: Int
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
    private func retrieveApart(_ batch: [WantedBody], _ folder: FolderID, _ lane: Lane, _ number: Int) async -> Bool {
        let left = state.withLock { state in batch.filter { state.underWay[$0.id] == number } }
        guard left.count > 1 || left.count < batch.count else { return false }
        let half = left.count / 2
        for part in [Array(left[..<half]), Array(left[half...])] where !part.isEmpty {
            await retrieve(part, in: folder, lane: lane, as: number)
        }
        return true
    }

    // MARK: - Ends

    /// Called on a connection's event loop, or on a thread that writes.
    private func receive(_ body: ReceivedBody, from retrieval: Int) {
        let start = state.withLock { state in
            guard state.underWay[body.id] == retrieval else { return false }
            state.underWay[body.id] = Self.adoption
            state.received.append(body)
            state.backlog += body.content.octetsInMemory
            if state.isAdopting { return false }
            state.isAdopting = true
            return true
        }
        if start { BlockingExecutor.disk.run { self.adopt() } }
    }

    /// What is to be stored next, first of all what somebody waits for.
    private func takeReceived() -> [ReceivedBody] {
        let (batch, heldUp) = state.withLock { state in
            var batch = state.received
            if batch.count > Self.adoptionCount {
                let awaited = Set(batch.map(\.id).filter { state.waiters[$0] != nil })
                if !awaited.isEmpty {
                    batch = batch.filter { awaited.contains($0.id) } + batch.filter { !awaited.contains($0.id) }
                }
                state.received = Array(batch[Self.adoptionCount...])
                batch.removeSubrange(Self.adoptionCount...)
            } else {
                state.received = []
            }
            state.backlog -= batch.reduce(0) { $0 + $1.content.octetsInMemory }
            var heldUp: [CheckedContinuation<Void, Never>] = []
            if state.backlog <= Self.mostBacklog { swap(&heldUp, &state.heldUp) }
            if batch.isEmpty { state.isAdopting = false }
            return (batch, heldUp)
        }
        for continuation in heldUp { continuation.resume() }
        return batch
    }

    /// Returns when the disk is not too far behind the wire.
    private func roomForMore() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.backlog <= Self.mostBacklog { return true }
                state.heldUp.append(continuation)
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// Stores what has come, in one transaction for all that is there, and wakes those who waited for it.
    private func adopt() {
        while true {
            let batch = takeReceived()
            if batch.isEmpty { return }
            var failure: ServiceError?
            do {
                let finished = batch.compactMap(\.finished)
                if !finished.isEmpty { try store.adoptBodies(finished, published: published) }
            } catch {
                failure = ServiceError(storing: error)
            }
            note(failure ?? batch.lazy.compactMap(\.obstacle).first)
            for body in batch {
                wake(body.id, of: Self.adoption) { self.opened(body, isKept: failure == nil) }
            }
            evictIfFull()
        }
    }

    private func note(_ failure: ServiceError?) {
        let now = clock.now
        switch state.withLock({ $0.condition.note(failure, at: now) }) {
        case .began(let reason): logger.error("the cache cannot keep bodies, they are served without it: \(reason)")
        case .ended: logger.notice("the cache keeps bodies again")
        case nil: break
        }
    }

    /// What somebody who waits for a received body gets.
    private func opened(_ body: ReceivedBody, isKept: Bool) -> Result<OpenBody, ServiceError> {
        if isKept, let kept = open(body.id) { return .success(kept) }
        if let beside = body.openUncached() { return .success(beside) }
        return .failure(.noSpace)
    }

    /// The body from the cache.
    func open(_ id: MessageID) -> OpenBody? {
        // Noted before it is opened, so that no eviction comes between.
        let use = inUse.begin(id)
        return (try? store.openBody(id)).flatMap { $0 }.map { OpenBody($0, use) }
    }

    private func fail(_ ids: [MessageID], of retrieval: Int, with error: ServiceError) {
        for id in ids { wake(id, of: retrieval) { .failure(error) } }
    }

    private func wake(_ id: MessageID, of owner: Int, with result: () -> Result<OpenBody, ServiceError>) {
        let woken = state.withLock { state -> [CheckedContinuation<OpenBody, any Error>] in
            guard state.underWay[id] == owner else { return [] }
            state.underWay[id] = nil
            return state.waiters.removeValue(forKey: id) ?? []
        }
        guard !woken.isEmpty else { return }
        let result = result()
        for continuation in woken { continuation.resume(with: result) }
    }

    // MARK: - Eviction

    /// Keeps the cache within its limit, one eviction at a time and beside everything else.
    func evictIfFull() {
        guard store.cachedSize > limit else { return }
        evict()
    }

    /// Takes out what is over the limit and what is left of messages that went long ago.
    func evict() {
        state.withLock { state in
            guard state.eviction == nil else { return }
            state.eviction = Task(executorPreference: BlockingExecutor.disk, priority: .utility) {
                var freed: UInt64 = 0
                do {
                    freed = try self.store.evict(keeping: self.inUse.ids, published: self.published)
                } catch {
                    self.logger.info("cannot evict: \(error)")
                }
                self.state.withLock { $0.eviction = nil }
                // More may have come meanwhile; but what is in use is not looked for again and again.
                if freed > 0 { self.evictIfFull() }
            }
        }
    }

    /// Returns when nothing that arrived is left to be stored and no eviction is under way.
    func rest() async {
        while state.withLock({ $0.isAdopting }) { await Task.yield() }
        while let eviction = state.withLock({ $0.eviction }) { await eviction.value }
    }
}
