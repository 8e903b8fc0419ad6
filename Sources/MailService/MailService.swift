internal import BlockingWork
internal import IMAPClient
internal import IMAPValue
public import Logging
internal import MailModel
internal import MailStore
internal import Synchronization

/// One account: its cache, its connections, and the work that keeps the one like the other.
///
/// It has what a user asks for, and holds those who do it: the facts of the account, the journal of changes made here, and the parts
/// that speak with the server. Each of these holds what it is built on; what it has to say to those built on it goes into `news`.
public final class MailService: Sendable {
    let configuration: ServiceConfiguration
    let logger: Logger
    let store: MailStore
    let clock: ServiceClock
    /// Seconds since 1970.
    let now: @Sendable () -> Int64
    let facts: AccountFacts
    let journal: Journal
    let reading = ReadingOrder()
    let parts: ServiceParts
    private let news = ServiceNews()
    private let indexing = Mutex<Task<Void, Never>?>(nil)

    /// Opens the cache; nothing is asked of the server before `start`.
    ///
    /// - Throws: `MailStoreError`.
    public convenience init(
        configuration: ServiceConfiguration, logger: Logger, now: @escaping @Sendable () -> Int64
    ) throws {
        try self.init(
            configuration: configuration, logger: logger, now: now, clock: .continuous, ownsTime: true, stepped: nil)
    }

    /// - Parameters:
    ///   - ownsTime: deletions become final by the machine's clock, and not by `now`.
    ///   - stepped: as of `Journal`.
    init(
        configuration: ServiceConfiguration, logger: Logger, now: @escaping @Sendable () -> Int64,
        clock: ServiceClock, ownsTime: Bool = false, stepped: (@Sendable (ChangeStep) throws -> Void)?
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.now = now
        self.clock = clock
        store = try MailStore(
            cache: configuration.cache, state: configuration.state, account: configuration.account,
            limits: configuration.limits, naming: configuration.naming, now: now)
        if let tag = store.tagAboveState {
            logger.warning("\(tag) has backups leave out \(configuration.state), which cannot be fetched again")
        }
        facts = try AccountFacts(store: store, logger: logger)
        journal = try Journal(
            configuration: configuration, store: store, facts: facts, news: news, logger: logger, now: now,
            deletionClock: ownsTime ? DeletionClock(of: store, wall: now()) : nil, stepped: stepped)
        parts = ServiceParts(journal: journal, news: news, clock: clock)
    }

    /// The parts that speak with the server, once they do.
    var running: ServiceParts? { facts.standing.isStarted ? parts : nil }

    // MARK: - Life

    /// Whether an earlier run left something to show.
    public var hasCachedFolders: Bool { !facts.folders.isEmpty }

    /// Starts connecting. The observer is told all folders known so far first; it is held until `stop`.
    public func start(observer: any MailObserver) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.disk) { try journal.tell(observer) }
        facts.standing.started()
        Task(executorPreference: BlockingExecutor.disk) { [parts, news] in
            for await item in news.items { await parts.take(item) }
        }
        let indexer = parts.search.indexer
        indexing.withLock {
            $0 = Task(executorPreference: BlockingExecutor.disk, priority: .utility) { [clock] in
                await indexer.follow(by: clock)
            }
        }
        await parts.pool.start()
        await parts.sender.start()
    }

    /// Waits for the first word of the server: the folder list, or why there is none.
    ///
    /// - Throws: `ServiceError` when the first attempt to connect has failed.
    public func waitUntilReady() async throws { try await facts.standing.waitUntilReady() }

    /// Ends all work and closes the cache. Does not wait for the server.
    public func stop() async {
        indexing.withLock { $0?.cancel() }
        await parts.sender.stop()
        await parts.saver.stop()
        await parts.steward.stop()
        await parts.pool.stop()
        facts.standing.stopped()
        news.end()
        await withTaskExecutorPreference(BlockingExecutor.disk) {
            journal.stop()
            _ = try? journal.synchroniseUploads(isLast: true)
            try? journal.deletionClock.keep()
            store.close()
        }
    }
}
