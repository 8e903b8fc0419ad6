internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import MailModel
internal import MailPool
internal import Synchronization

/// Drives the account's connections: opens and closes what `PoolStateMachine` says, and resumes whoever waits. It decides nothing by
/// itself.
actor ConnectionPool {
    private let configuration: ClientConfiguration
    private let clock: ServiceClock
    private let beginning: ServiceClock.Instant
    private let logger: Logger
    private let events: Events
    private var machine: PoolStateMachine
    /// Those that are up.
    private var connections: [ConnectionNumber: IMAPConnection] = [:]
    /// The last that was to watch.
    private var watched: (connection: ObjectIdentifier, number: ConnectionNumber)?
    private var attempts: [ConnectionNumber: Task<Void, Never>] = [:]
    private var logins: [ConnectionNumber: CheckedContinuation<Void, any Error>] = [:]
    private var calls: [LeaseRequest: CheckedContinuation<Lease, any Error>] = [:]
    private var lastCall = 0
    /// Wait for the outcome of the attempt that is being made.
    private var outcomes: [Int: CheckedContinuation<Void, Never>] = [:]
    /// What the server said to the last login, where it was refused.
    private var refusal: LoginRefusal?
    /// Of the credentials, when they were last asked for.
    private var version: CredentialVersion?
    /// When is looked at what nobody tells of.
    private var pulse: ServiceClock.Instant?
    private var timer: (until: ServiceClock.Instant, task: Task<Void, Never>)?
    /// Heard on the event loops and not taken yet: as many as a server sends say no more than the first.
    private let hints = Mutex(Set<Hint>())

    /// Something was said on a connection that no command of it had asked for.
    private struct Hint: Hashable {
        let connection: ConnectionNumber
        /// EXISTS
        let isCount: Bool
    }

    init(
        configuration: ClientConfiguration, connections: Int, clock: ServiceClock = .continuous, logger: Logger,
        events: Events
    ) {
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.events = events
        beginning = clock.now
        machine = PoolStateMachine(
            connections: connections, isRenewable: configuration.credentials.renewal == .renewable)
    }

    // MARK: - Life

    /// Starts connecting and never stops trying.
    func start() {
        pulse = clock.now + PoolStateMachine.lookInterval
        let slept = clock.slept
        handle { machine, _ in machine.start(slept: slept) }
    }

    func stop() {
        pulse = nil
        handle { machine, _ in machine.stop() }
    }

    /// Where the account is known to be offline, or its login refused: makes an attempt that is not due yet, and returns when it, or one
    /// that is under way, has had an outcome; or as soon as the task is cancelled.
    func reconnect() async {
        guard let state = machine.state, state != .online, !Task.isCancelled else { return }
        handle { machine, _ in machine.wanted() }
        guard machine.isAttempting else { return }
        lastCall += 1
        let call = lastCall
        await withTaskCancellationHandler {
            await withCheckedContinuation { outcomes[call] = $0 }
        } onCancel: {
            Task { await leave(call) }
        }
    }

    private func leave(_ call: Int) { outcomes.removeValue(forKey: call)?.resume() }

    /// Who waits for the outcome of an attempt.
    var outcomeWaiterCount: Int { outcomes.count }

    /// The folder that the only connection watches when nothing else is to be done.
    func watch(_ folder: FolderID?) { machine.watch(folder) }

    /// Ends a watching connection that cannot be used as it should.
    ///
    /// - Parameter words: why, for people.
    func giveUp(_ connection: IMAPConnection, words: String) {
        guard let watched, watched.connection == ObjectIdentifier(connection) else { return connection.close() }
        handle { machine, _ in machine.gaveUp(watched.number, words: words) }
    }

    // MARK: - What it knows

    /// Whether the server has all of these.
    func offers(_ wanted: Capability...) -> Bool { wanted.allSatisfy { offered.has($0) } }

    /// What the server offers, as far as the watching connection knows.
    var offered: Capabilities { watcher?.capabilities ?? .none }

    /// Whether the watching connection was told that this is enabled (RFC 5161).
    func hasEnabled(_ wanted: Capability) -> Bool { watcher?.enabled.contains(wanted.rawValue) ?? false }

    /// What the server said of itself (RFC 2971).
    var serverID: [String: String] { watcher?.serverID ?? [:] }

    private var watcher: IMAPConnection? { machine.watching.flatMap { connections[$0] } }

    /// Somebody more urgent waits for a connection.
    var isContended: Bool { machine.isContended }

    /// Further connections are being made.
    var isOpening: Bool { machine.isOpening }

    /// Who asked for a connection and has none yet.
    var waitingCount: Int { machine.waitingCount }

    var connectionCount: Int { machine.connectionCount }

    /// Until a connection is tried again by itself; nil where there is one, or one is being made.
    var pause: Duration? {
        guard machine.watching == nil, !machine.isAttempting, let deadline = machine.nextDeadline else { return nil }
        return max(.zero, deadline - now)
    }

    // MARK: - Leasing

    /// A connection for work in `folder`, the one that has it selected if it is free.
    ///
    /// - Throws: `ServiceError`, `.offline` at once when the account is known to be offline; `CancellationError` where the task was
    ///   cancelled before a connection was to be had: nothing is left to be given back then.
    func lease(_ lane: Lane, folder: FolderID?) async throws -> Lease {
        try Task.checkCancellation()
        lastCall += 1
        let call = LeaseRequest(rawValue: lastCall)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                calls[call] = continuation
                handle { machine, now in machine.lease(call, lane, folder: folder, at: now) }
            }
        } onCancel: {
            Task { await cancel(call) }
        }
    }

    private func cancel(_ call: LeaseRequest) {
        guard machine.cancel(call) else { return }
        calls.removeValue(forKey: call)?.resume(throwing: CancellationError())
    }

    func release(_ lease: Lease, selected: SelectedFolder?) {
        let canIdle = lease.connection.capabilities.has(.idle)
        handle { machine, now in machine.release(lease.number, selected: selected, canIdle: canIdle, at: now) }
    }

    /// Gives back a connection that must not be used again.
    ///
    /// - Parameter error: why; a server that fell silent is doubted on all connections.
    func discard(_ lease: Lease, after error: (any Error)? = nil) {
        lease.connection.close()
        let isSilent = if case .silent? = error as? IMAPClientError { true } else { false }
        handle { machine, now in machine.discard(lease.number, isSilent: isSilent, at: now) }
    }

    /// Closes what nobody has in hands, so that whoever asks next gets a connection that nothing was done on.
    func closeIdle() {
        handle { machine, _ in machine.closeIdle() }
    }

    // MARK: - Events

    private var now: Moment { Moment(clock.now - beginning) }

    private func handle(_ event: (inout PoolStateMachine, Moment) -> [PoolAction]) {
        let now = now
        // Nobody is given what has ended, though its end may not have been heard of yet.
        for (number, connection) in connections where connection.isClosed {
            connections[number] = nil
            perform(machine.closed(number, words: nil, at: now, spread: .random(in: 0...1)))
        }
        perform(event(&machine, now))
        setTimer()
    }

    private func connect(_ number: ConnectionNumber, _ role: ConnectionRole) async {
        var configuration = configuration
        configuration.refusal = refusal
        configuration.credentials = AwaitedCredentials(source: configuration.credentials) { [weak self] in
            try await self?.logIn(number)
        }
        do {
            let connection = try await IMAPConnection.open(
                configuration, unsolicited: { [weak self] in self?.heard(number, role, $0) },
                closed: { [weak self] error in Task { await self?.closed(number, error) } })
            attempts[number] = nil
            refusal = nil
            connections[number] = connection
            perform(machine.opened(number, at: now))
            // It may have ended before anybody knew of it.
            handle { _, _ in [] }
        } catch {
            attempts[number] = nil
            failed(number, role, error)
        }
    }

    /// Returns when the connection may log in.
    private func logIn(_ number: ConnectionNumber) async throws {
        version = configuration.credentials.version
        try await withCheckedThrowingContinuation { continuation in
            logins[number] = continuation
            handle { machine, _ in machine.loginReached(number) }
        }
    }

    private func failed(_ number: ConnectionNumber, _ role: ConnectionRole, _ error: any Error) {
        logins.removeValue(forKey: number)?.resume(throwing: ServiceError.offline)
        switch role {
        case _ where error is CancellationError: break
        case .watching: logger.notice("cannot connect: \(error)")
        case .working: logger.info("no further connection: \(error)")
        }
        if case .loginRefused(let status)? = error as? IMAPClientError {
            refusal = LoginRefusal(text: status?.text ?? "", count: (refusal?.count ?? 0) + 1)
        }
        let failure = PoolFailure(error, remedy: configuration.credentials.remedy)
        handle { machine, now in machine.failed(number, failure, at: now, spread: .random(in: 0...1)) }
    }

    private func closed(_ number: ConnectionNumber, _ error: IMAPClientError?) {
        logger.info("connection closed: \(error.map { "\($0)" } ?? "by us")")
        connections[number] = nil
        handle { machine, now in
            machine.closed(number, words: error.map { "\($0)" }, at: now, spread: .random(in: 0...1))
        }
    }

    /// Called on the connection's event loop.
    nonisolated private func heard(_ number: ConnectionNumber, _ role: ConnectionRole, _ incoming: Incoming) {
        let hint: Hint? =
            switch incoming.response {
            case .exists: Hint(connection: number, isCount: true)
            case .expunge, .vanished, .fetch: Hint(connection: number, isCount: false)
            default: nil
            }
        if let hint, hints.withLock({ $0.insert(hint).inserted }) { Task { await take(hint) } }
        if role == .watching { events.heard(incoming) }
    }

    private func take(_ hint: Hint) {
        _ = hints.withLock { $0.remove(hint) }
        perform(machine.heard(hint.connection, isCount: hint.isCount))
    }

    // MARK: - Actions

    private func perform(_ actions: [PoolAction]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: PoolAction) {
        switch action {
        case .open(let number, let role): attempts[number] = Task { await connect(number, role) }
        case .close(let number):
            attempts.removeValue(forKey: number)?.cancel()
            logins.removeValue(forKey: number)?.resume(throwing: ServiceError.offline)
            connections[number]?.close()
        case .logIn(let number): logins.removeValue(forKey: number)?.resume()
        case .abandonLogin(let number): logins.removeValue(forKey: number)?.resume(throwing: ServiceError.offline)
        case .grant(let call, let grant): give(grant, to: call)
        case .refuse(let call, let obstacle):
            calls.removeValue(forKey: call)?.resume(throwing: ServiceError(obstacle))
        case .watch(let number, let isLeased):
            guard let connection = connections[number] else { return }
            watched = (ObjectIdentifier(connection), number)
            events.watching(
                connection,
                isLeased
                    ? Lease(connection: connection, LeaseGrant(connection: number, selected: nil, isUsed: false)) : nil)
        case .idle(let number): connections[number]?.startIdle()
        case .probe(let number): _ = connections[number]?.submit(.noop)
        case .tell(let state, let reason): events.stateChanged(state, reason)
        case .folderMoved(let folder): events.folderMoved(folder)
        case .foldersLeft(let folders): events.foldersLeft(folders)
        case .limited(let count): logger.notice("the server allows no more than \(count) connections")
        case .slept: logger.notice("the machine has slept: connecting anew")
        case .attemptEnded:
            let waiting = outcomes
            outcomes = [:]
            for continuation in waiting.values { continuation.resume() }
        }
    }

    private func give(_ grant: LeaseGrant, to call: LeaseRequest) {
        guard let continuation = calls.removeValue(forKey: call) else { return }
        guard let connection = connections[grant.connection] else {
            return continuation.resume(throwing: ServiceError.offline)
        }
        continuation.resume(returning: Lease(connection: connection, grant))
    }

    // MARK: - Time

    private func setTimer() {
        let deadline = machine.nextDeadline.map { beginning + $0.sinceBeginning }
        let until = [deadline, pulse].compactMap { $0 }.min()
        guard until != timer?.until else { return }
        timer?.task.cancel()
        timer = until.map { until in
            let task = Task { [weak self, clock] in
                guard (try? await clock.sleep(until: until)) != nil else { return }
                await self?.timePassed()
            }
            return (until, task)
        }
    }

    private func timePassed() {
        timer = nil
        if let due = pulse, due <= clock.now { look() }
        handle { machine, now in machine.timePassed(at: now) }
    }

    private func look() {
        pulse = clock.now + PoolStateMachine.lookInterval
        let slept = clock.slept
        let isOther = machine.awaitsCredentials && version != nil && version != configuration.credentials.version
        handle { machine, _ in machine.looked(slept: slept, hasOtherCredentials: isOther) }
    }
}
