internal import BlockingWork
internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore

/// All of a service that speaks with the server. Each part holds those that it uses; what it has to say to others they hear as news.
struct ServiceParts: Sendable {
    let pool: ConnectionPool
    let watcher: Watcher
    let scheduler: SyncScheduler
    let budget: DownloadBudget
    let bodies: BodyFetcher
    let reader: BodyReader
    let alone: PartFetcher
    let search: MailSearch
    let references: ReferenceFetcher
    let steward: AccountSteward
    let sender: ChangeSender
    let saver: UploadSaver

    private let journal: Journal

    init(journal: Journal, news: ServiceNews, clock: ServiceClock) {
        self.journal = journal
        let (configuration, facts, store, logger) = (
            journal.configuration, journal.facts, journal.store, journal.logger
        )
        let inUse = BodiesInUse()
        let gate = FolderGate()
        let listGate = FolderGate()
        let watcher = Watcher(
            logger: logger, folderNamed: { facts.folder(named: $0) },
            folderMoved: { if journal.isFollowed($0) { news.tell(.folderMoved($0)) } },
            foldersChanged: { news.tell(.foldersChanged) })
        pool = ConnectionPool(
            configuration: configuration.client, connections: configuration.connections, clock: clock,
            logger: logger,
            events: ConnectionPool.Events(
                folderMoved: { news.tell(.folderMoved($0)) }, foldersLeft: { news.tell(.foldersLeft($0)) },
                stateChanged: { state, reason in
                    logger.notice("\(state.rawValue)\(reason.map { ": \($0)" } ?? "")")
                    facts.standing.became(state, reason)
                    if state == .online { return }
                    news.tell(.disconnected)
                    journal.waiting.stall(facts.standing.obstacle ?? .offline)
                },
                watching: { news.tell(.watching($0, $1)) }, heard: { watcher.heard($0) }))
        let turn = SyncTurn(
            journal: journal, pool: pool, gate: gate,
            transientEpoch: SyncTurn.transientEpoch(at: journal.now()))
        scheduler = SyncScheduler(clock: clock) { folder, lane in
            try await withTaskExecutorPreference(BlockingExecutor.disk) { try await turn.run(folder, lane: lane) }
        }
        budget = DownloadBudget(
            limit: configuration.downloadLimit, store: store, logger: logger, now: journal.now)
        bodies = BodyFetcher(
            store: store, pool: pool, limit: configuration.limits.bodies, budget: budget, inUse: inUse, logger: logger,
            clock: clock,
            folder: { facts.folder($0) }, published: { journal.publish($0) },
            moved: { folder, isDoubted in
                if isDoubted { facts.doubt(folder, at: journal.now()) }
                news.tell(.folderMoved(folder))
            })
        reader = BodyReader(
            journal: journal, store: store, pool: pool, scheduler: scheduler, fetcher: bodies, inUse: inUse,
            limit: configuration.client.limits.literal)
        alone = PartFetcher(
            journal: journal, pool: pool, bodies: bodies, budget: budget, limit: configuration.client.limits.literal)
        steward = AccountSteward(
            journal: journal, pool: pool, watcher: watcher, scheduler: scheduler, listGate: listGate, clock: clock)
        sender = ChangeSender(
            journal: journal, bodies: reader, pool: pool, gate: gate, listGate: listGate, scheduler: scheduler,
            steward: steward, clock: clock)
        saver = UploadSaver(journal: journal, clock: clock)
        search = MailSearch(
            journal: journal,
            indexer: SearchIndexer(store: store, facts: facts, backlog: journal.searchBacklog, logger: logger),
            pool: pool,
            logger: logger)
        references = ReferenceFetcher(store: store, facts: facts, pool: pool, logger: logger)
        self.watcher = watcher
    }

    /// Hands news on to whom it concerns.
    func take(_ item: ServiceNews.Item) async {
        switch item {
        case .watching(let connection, let lease): await steward.connected(connection, lease: lease)
        case .foldersListed:
            bodies.eviction.evict()
            await sender.connected()
        case .disconnected: await sender.disconnected()
        case .folderMoved(let folder): await scheduler.heard(of: folder)
        case .foldersLeft(let folders): await steward.left(folders)
        case .foldersChanged: await steward.foldersChanged()
        case .foldersNamed:
            do { try journal.giveWayToFolders() } catch { journal.logger.warning("names of folders: \(error)") }
        case .changesWait: await sender.wake()
        case .uploadsUnsynced: await saver.wake()
        case .verdictAwaited: sender.hurryUp()
        }
    }
}
