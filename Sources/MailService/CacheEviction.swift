internal import BlockingWork
internal import Logging
internal import MailModel
internal import MailStore
internal import Synchronization

/// Keeps the cache within its limit, one eviction at a time and beside everything else.
final class CacheEviction: Sendable {
    private let store: MailStore
    /// Octets that the cache may hold.
    private let limit: UInt64
    private let inUse: BodiesInUse
    private let logger: Logger
    private let published: @Sendable (AppliedBatch) -> Void
    private let isRunning = Mutex(false)
    private let ended = Bell()

    init(
        store: MailStore, limit: UInt64, inUse: BodiesInUse, logger: Logger,
        published: @escaping @Sendable (AppliedBatch) -> Void
    ) {
        self.store = store
        self.limit = limit
        self.inUse = inUse
        self.logger = logger
        self.published = published
    }

    func evictIfFull() {
        guard store.cachedSize > limit else { return }
        evict()
    }

    /// Takes out what is over the limit and what is left of messages that went long ago.
    func evict() {
        let begins = isRunning.withLock { isRunning in
            defer { isRunning = true }
            return !isRunning
        }
        if begins { Task(executorPreference: BlockingExecutor.disk, priority: .utility) { self.run() } }
    }

    private func run() {
        var freed: UInt64 = 0
        do {
            freed = try store.evict(keeping: inUse.ids, published: published)
        } catch {
            logger.info("cannot evict: \(error)")
        }
        isRunning.withLock { $0 = false }
        // More may have come meanwhile; but what is in use is not looked for again and again.
        if freed > 0 { evictIfFull() }
        ended.ring()
    }

    /// Returns when no eviction is under way, or the task is cancelled.
    func rest() async {
        while isRunning.withLock({ $0 }), !Task.isCancelled {
            await ended.wait { [self] in !isRunning.withLock { $0 } }
        }
    }
}
