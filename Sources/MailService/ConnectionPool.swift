internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import MailModel
internal import MailSync

/// The connections of one account: one that watches, the rest leased to whoever works, the most urgent lane first.
///
/// It knows whether the account is online: connecting is tried again with growing pauses until it works, and whoever asks meanwhile
/// is told so at once.
actor ConnectionPool {
    private struct Waiter {
        let order: Int
        let lane: Lane
        let folder: FolderID?
        let continuation: CheckedContinuation<Lease, any Error>
    }

    private let configuration: ClientConfiguration
    private let logger: Logger
    private let events: Events
    /// Most connections as far as it is known; lower than configured where the server refused one.
    private var limit: Int
    private var workers: [Int: Worker] = [:]
    private var opening = 0
    private var nextNumber = 1
    private var nextOrder = 1
    private var waiting: [Waiter] = []
    /// The watching connection was asked who it is, and what came of it is not known.
    private var isLoggingIn = false
    private var loggingIn: [CheckedContinuation<Void, any Error>] = []
    private var watcher: IMAPConnection?
    private var backoff = Backoff()
    private var keeper: Task<Void, Never>?
    private var isStopped = false
    private var wake: CheckedContinuation<Void, Never>?
    private var isWoken = false
    private var bulk = 0
    private var home: FolderID?
    /// Where the only connection was since it was at home.
    private var visited: Set<FolderID> = []
    /// What whoever asks is told while there is no connection.
    private var obstacle = ServiceError.offline
    /// Watching connections in succession that did not last.
    private var shortLived = 0
    /// No further connection is tried before, unless there is none at all.
    private var patience: ContinuousClock.Instant?
    private(set) var state: ConnectionState?
    private(set) var reason: String?

    init(configuration: ClientConfiguration, connections: Int, logger: Logger, events: Events) {
        self.configuration = configuration
        limit = max(1, connections)
        self.logger = logger
        self.events = events
    }

    /// Starts connecting and never stops trying.
    func start() {
        guard keeper == nil else { return }
        keeper = Task { await keep() }
    }

    func stop() {
        isStopped = true
        keeper?.cancel()
        signal()
        failWaiters(ServiceError.offline)
        endWaitForLogin(.failure(ServiceError.offline))
        watcher?.close()
        for worker in workers.values { worker.connection.close() }
        workers = [:]
    }

    /// Tries to connect now instead of later; a refused login is tried again.
    func retry() {
        backoff.succeeded()
        signal()
    }

    /// Tries to connect now where it is waiting to.
    func retryIfWaiting() {
        if state != .online { retry() }
    }

    /// The folder that the only connection watches when nothing else is to be done.
    func watch(_ folder: FolderID?) { home = folder }

    /// Whether the server has all of these.
    func offers(_ wanted: Capability...) -> Bool { wanted.allSatisfy { offered.has($0) } }

    /// What the server offers, as far as the watching connection knows.
    var offered: Capabilities { watcher?.capabilities ?? .none }

    /// Whether the watching connection was told that this is enabled (RFC 5161).
    func hasEnabled(_ wanted: Capability) -> Bool { watcher?.enabled.contains(wanted.rawValue) ?? false }

    /// What the server said of itself (RFC 2971).
    var serverID: [String: String] { watcher?.serverID ?? [:] }

    /// How many may be worked with beside the watching one.
    private var capacity: Int { max(1, limit - 1) }

    /// Somebody more urgent waits for a connection.
    var isContended: Bool { waiting.contains { $0.lane < .bulk } }

    /// Further connections are being made.
    var isOpening: Bool { opening > 0 }

    /// Who asked for a connection and has none yet.
    var waitingCount: Int { waiting.count }

    var connectionCount: Int { workers.count + (watcher == nil ? 0 : 1) }

    // MARK: - Leasing

    /// A connection for work in `folder`, the one that has it selected if it is free.
    ///
    /// - Throws: `ServiceError.offline` at once when the account is known to be offline.
    func lease(_ lane: Lane, folder: FolderID?) async throws -> Lease {
        if isStopped { throw ServiceError.offline }
        switch state {
        case .offline: throw obstacle
        case .refused: throw ServiceError.accessDenied(reason ?? "login refused")
        case .online, nil: break
        }
        let order = nextOrder
        nextOrder += 1
        return try await withCheckedThrowingContinuation { continuation in
            waiting.append(Waiter(order: order, lane: lane, folder: folder, continuation: continuation))
            waiting.sort { ($0.lane, $0.order) < ($1.lane, $1.order) }
            dispatch()
        }
    }

    func release(_ lease: Lease, selected: SelectedFolder?) {
        guard var worker = workers[lease.number], worker.connection === lease.connection else { return }
        if worker.lane == .bulk { bulk -= 1 }
        if worker.hasHeard {
            // What was told to somebody who synchronised another folder was said of the one selected before.
            let synchronised = worker.lane == .listing || worker.lane == .watching
            let about = [worker.selected?.folder, synchronised ? nil : selected?.folder].compactMap { $0 }
            for folder in Set(about) where !synchronised || folder != selected?.folder { events.folderMoved(folder) }
            // What nobody asked for may have come behind the last answer. Once more tells; a server that always says something is
            // not followed for ever.
            if synchronised, !worker.isFollowed, let folder = selected?.folder { events.folderMoved(folder) }
            worker.isFollowed = synchronised && !worker.isFollowed
        } else {
            worker.isFollowed = false
        }
        worker.lane = nil
        worker.hasHeard = false
        worker.selected = selected
        workers[lease.number] = lease.connection.isClosed ? nil : worker
        if lease.number == 0 { visited.formUnion([lease.selected?.folder, selected?.folder].compactMap { $0 }) }
        dispatch()
        park(lease.number)
    }

    /// Gives back a connection that must not be used again.
    ///
    /// - Parameter error: why; a server that fell silent is doubted on all connections.
    func discard(_ lease: Lease, after error: (any Error)? = nil) {
        lease.connection.close()
        if case .silent? = error as? IMAPClientError {
            closeIdle()
            // In IDLE a dead server looks like a quiet one: the watching connection ends itself if this stays unanswered.
            if lease.number != 0 { _ = watcher?.submit(.noop) }
        }
        guard let worker = workers[lease.number], worker.connection === lease.connection else { return }
        workers[lease.number] = nil
        if worker.lane == .bulk { bulk -= 1 }
        dispatch()
    }

    /// Closes what nobody has in hands, so that whoever asks next gets a connection that nothing was done on.
    func closeIdle() {
        for (number, worker) in workers where worker.lane == nil {
            worker.connection.close()
            workers[number] = nil
        }
    }

    private func dispatch() {
        guard !isStopped, state == .online else { return }
        for (number, worker) in workers where worker.lane == nil && worker.connection.isClosed {
            workers[number] = nil
        }
        var index = 0
        while index < waiting.count {
            let waiter = waiting[index]
            // The last place is kept for somebody who waits.
            if waiter.lane == .bulk, capacity > 1, bulk >= capacity - 1 {
                index += 1
                continue
            }
            let free = workers.filter { $0.value.lane == nil }
            let chosen =
                free.first { $0.value.selected != nil && $0.value.selected?.folder == waiter.folder } ?? free.first
            guard let chosen else { break }
            waiting.remove(at: index)
            workers[chosen.key]?.lane = waiter.lane
            workers[chosen.key]?.isIdling = false
            workers[chosen.key]?.isUsed = true
            if waiter.lane == .bulk { bulk += 1 }
            waiter.continuation.resume(
                returning: Lease(
                    connection: chosen.value.connection, number: chosen.key, selected: chosen.value.selected,
                    isUsed: chosen.value.isUsed))
        }
        let wanted = waiting.count { $0.lane != .bulk || capacity == 1 || bulk < capacity - 1 }
        let mayTry = patience.map { $0 <= .now } ?? true
        // Who reads one message may read the next, which are fetched ahead; and while that is done, another connection is there for
        // whoever will wait for a message.
        let isSpareWanted =
            opening == 0 && workers.values.allSatisfy { $0.lane != nil }
            && workers.values.contains { $0.lane == .bulk || $0.lane == .reading }
        if wanted > opening || isSpareWanted, limit > 1, workers.count + opening < capacity, mayTry || workers.isEmpty {
            opening += 1
            Task { await openWorker() }
        }
    }

    /// The server asks who the watching connection is: another one is wanted as soon as that is known.
    private func expectLogin() {
        // Nobody would tell those who wait what came of it.
        guard !isStopped else { return }
        isLoggingIn = true
        // Not where the last word was to stay away.
        guard limit > 1, workers.isEmpty, opening == 0, obstacle == .offline else { return }
        opening += 1
        Task { await openWorker() }
    }

    /// Returns when the credentials have been accepted on the watching connection: what is wrong is refused once, not twice.
    private func waitForLogin() async throws {
        if state == .online { return }
        guard isLoggingIn else { throw ServiceError.offline }
        try await withCheckedThrowingContinuation { loggingIn.append($0) }
    }

    private func endWaitForLogin(_ result: Result<Void, any Error>) {
        isLoggingIn = false
        let waiting = loggingIn
        loggingIn = []
        for continuation in waiting { continuation.resume(with: result) }
    }

    private func openWorker() async {
        let number = nextNumber
        nextNumber += 1
        var configuration = configuration
        configuration.credentials = AwaitedCredentials(source: configuration.credentials) { [weak self] in
            try await self?.waitForLogin()
        }
        do {
            let connection = try await IMAPConnection.open(
                configuration, unsolicited: { [weak self] in self?.workerHeard(number, $0) },
                closed: { [weak self] _ in Task { await self?.workerClosed(number) } })
            opening -= 1
            if isStopped {
                connection.close()
                return
            }
            if !connection.isClosed { workers[number] = Worker(connection: connection) }
        } catch {
            opening -= 1
            logger.info("no further connection: \(error)")
            // Before the first one is there, that shows whether the server is.
            guard state == .online else { return }
            notOpened(error as? IMAPClientError)
        }
        dispatch()
    }

    private func notOpened(_ error: IMAPClientError?) {
        switch error {
        case .throttled, .loginRefused, .loginImpossible:
            // The server is there and has enough of us: make do with what we have (HAZARD 71).
            limit = workers.isEmpty && opening == 0 ? 1 : max(2, workers.count + 1)
            logger.notice("the server allows no more than \(limit) connections")
            // The watching connection comes back as the one that does everything.
            if limit == 1 { watcher?.close() }
        case .unreachable, .untrusted, .protocolViolation, .silent, .disconnected, nil:
            patience = .now + .seconds(5)
            guard workers.isEmpty else { return }
            // Not even one: let the watching connection show whether the server is there at all.
            failWaiters(error.map { ServiceError($0) } ?? .offline)
            watcher?.close()
        }
    }

    private func workerClosed(_ number: Int) {
        // One that is leased stays until it is given back.
        guard let worker = workers[number], worker.lane == nil else { return }
        workers[number] = nil
        dispatch()
    }

    /// Called on the connection's event loop.
    nonisolated private func workerHeard(_ number: Int, _ incoming: Incoming) {
        switch incoming.response {
        case .exists: Task { await hint(number, isCount: true) }
        case .expunge, .vanished, .fetch: Task { await hint(number, isCount: false) }
        default: break
        }
    }

    /// - Parameter isCount: EXISTS, which some servers repeat with every command.
    private func hint(_ number: Int, isCount: Bool) {
        guard let worker = workers[number] else { return }
        switch worker.lane {
        case nil: if let folder = worker.selected?.folder { events.folderMoved(folder) }
        case .reading, .changing, .bulk: workers[number]?.hasHeard = true
        // Who synchronises looks at a folder anyway, but perhaps at another.
        case .listing, .watching: if !isCount { workers[number]?.hasHeard = true }
        }
    }

    /// An idle connection watches the folder it has selected.
    private func park(_ number: Int) {
        guard let worker = workers[number], worker.lane == nil, !worker.isIdling, worker.selected != nil,
            worker.connection.capabilities.has(.idle)
        else { return }
        if number == 0 {
            // The only connection goes back to where it watches.
            guard let home else { return }
            visited.remove(home)
            if worker.selected?.folder != home {
                events.folderMoved(home)
            } else if !visited.isEmpty {
                events.foldersLeft(visited)
                visited = []
            }
            return
        }
        workers[number]?.isIdling = true
        worker.connection.startIdle()
    }

    // MARK: - Staying connected

    private func keep() async {
        var configuration = configuration
        configuration.credentials = AwaitedCredentials(source: configuration.credentials) { [weak self] in
            await self?.expectLogin()
        }
        while !isStopped {
            do {
                let connection = try await IMAPConnection.open(
                    configuration, unsolicited: { [weak self] in self?.watcherHeard($0) },
                    closed: { [weak self] error in Task { await self?.watcherClosed(error) } })
                let began = ContinuousClock.now
                if shortLived <= Self.freeAttempts { backoff.succeeded() }
                adopt(connection)
                while watcher != nil, !isStopped { await sleepUntilSignalled(for: nil) }
                if .now - began > .seconds(10) {
                    shortLived = 0
                } else {
                    shortLived += 1
                    // A server that ends each session soon would be asked again and again.
                    if shortLived > Self.freeAttempts, !isStopped {
                        await sleepUntilSignalled(for: failed(IMAPClientError.disconnected("sessions do not last")))
                    }
                }
            } catch {
                let pause = failed(error)
                await sleepUntilSignalled(for: pause)
            }
        }
    }

    /// Sessions that end at once and are begun anew without a pause.
    private static let freeAttempts = 3

    private func adopt(_ connection: IMAPConnection) {
        if isStopped {
            connection.close()
            return
        }
        watcher = connection
        var lease: Lease?
        visited = []
        if limit == 1 {
            // Nobody else gets it before the folders are listed and something is watched.
            workers[0] = Worker(connection: connection, lane: .watching)
            lease = Lease(connection: connection, number: 0, selected: nil, isUsed: false)
        }
        become(.online, reason: nil)
        endWaitForLogin(.success(()))
        events.watching(connection, lease)
        // It may have ended before anybody knew of it.
        if connection.isClosed { watcherClosed(nil) }
        dispatch()
    }

    /// Called on the connection's event loop.
    nonisolated private func watcherHeard(_ incoming: Incoming) {
        workerHeard(0, incoming)
        events.heard(incoming)
    }

    private func watcherClosed(_ error: IMAPClientError?) {
        guard let closed = watcher, closed.isClosed else { return }
        logger.info("connection closed: \(error.map { "\($0)" } ?? "by us")")
        watcher = nil
        if let worker = workers[0], worker.connection === closed { workers[0] = nil }
        signal()
    }

    /// - Returns: the pause before the next attempt; nil to wait until somebody asks.
    private func failed(_ error: any Error) -> Duration? {
        let error = error as? IMAPClientError ?? .unreachable(String(describing: error))
        logger.notice("cannot connect: \(error)")
        let refused: Bool
        let pause: Duration?
        obstacle = .offline
        switch error {
        case .loginRefused, .loginImpossible:
            refused = true
            pause = nil
        case .throttled(let seconds, _):
            refused = false
            obstacle = ServiceError(error)
            pause = .seconds(min(max(seconds ?? 60, 1), 3_600))
        case .unreachable, .untrusted, .protocolViolation, .silent, .disconnected:
            refused = false
            pause = backoff.failed(spread: Double.random(in: 0...1))
        }
        for worker in workers.values { worker.connection.close() }
        workers = [:]
        bulk = 0
        become(refused ? .refused : .offline, reason: "\(error)")
        endWaitForLogin(.failure(ServiceError(error)))
        failWaiters(ServiceError(error))
        return pause
    }

    private func become(_ new: ConnectionState, reason: String?) {
        self.reason = reason
        guard state != new else { return }
        state = new
        events.stateChanged(new, reason)
    }

    private func failWaiters(_ error: ServiceError) {
        let failed = waiting
        waiting = []
        for waiter in failed { waiter.continuation.resume(throwing: error) }
    }

    // MARK: - Waiting

    private func sleepUntilSignalled(for pause: Duration?) async {
        if isWoken {
            isWoken = false
            return
        }
        let timer = pause.map { pause in
            Task {
                try await Task.sleep(for: pause)
                self.signal()
            }
        }
        await withCheckedContinuation { continuation in
            if isWoken { continuation.resume() } else { wake = continuation }
        }
        isWoken = false
        timer?.cancel()
    }

    private func signal() {
        isWoken = true
        wake?.resume()
        wake = nil
    }
}
