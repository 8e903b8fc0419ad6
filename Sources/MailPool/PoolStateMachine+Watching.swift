public import MailModel

/// Staying connected.
extension PoolStateMachine {
    /// - Parameter slept: how long the machine has slept since some fixed moment.
    public mutating func start(slept total: Duration = .zero) -> [PoolAction] {
        guard case .resting = phase else { return [] }
        slept = total
        return attempt()
    }

    public mutating func stop() -> [PoolAction] {
        guard !isStopped else { return [] }
        var actions = standby.map { PoolAction.abandonLogin($0) }
        let attempted: ConnectionNumber? = if case .opening(let number, _) = phase { number } else { nil }
        actions += opening.union(workers.keys).union([watching, attempted].compactMap { $0 }).sorted().map {
            .close($0)
        }
        actions += refuseWaiters(.offline)
        if isAttempting { actions.append(.attemptEnded) }
        phase = .stopped
        workers = [:]
        opening = []
        standby = []
        return actions
    }

    /// Somebody wants the account to be online: an attempt that is not due yet is made now.
    public mutating func wanted() -> [PoolAction] {
        pauses.asked()
        patience = nil
        guard case .pausing = phase else { return [] }
        return attempt()
    }

    /// Nothing is to be done before `nextDeadline`.
    public mutating func timePassed(at now: Moment) -> [PoolAction] {
        if let moment = patience, moment <= now { patience = nil }
        if case .pausing(let until) = phase, until <= now { return attempt() }
        return dispatch(at: now)
    }

    /// The folder that the only connection watches when nothing else is to be done.
    public mutating func watch(_ folder: FolderID?) { home = folder }

    /// Whoever uses the watching connection gives it up.
    ///
    /// - Parameter words: why, for people.
    public mutating func gaveUp(_ number: ConnectionNumber, words: String) -> [PoolAction] {
        guard lastWatching == number else { return [] }
        lastWords = words
        if watching == number { return [.close(number)] }
        // It has ended meanwhile, for that very reason.
        guard state == .offline, pauses.isOffline, case .pausing = phase else { return [] }
        return become(.offline, reason: Self.shortLived(words))
    }

    /// A new watching connection.
    mutating func attempt() -> [PoolAction] {
        let number = nextNumber()
        phase = .opening(number, isLoggingIn: false)
        return [.open(number, .watching)]
    }

    mutating func watchingOpened(_ number: ConnectionNumber, at now: Moment) -> [PoolAction] {
        phase = .watching(number, since: now)
        pauses.opened()
        // What the server refused may have been the credentials only.
        if login.refusals > 0 { limit = most }
        login.accepted()
        obstacle = .offline
        visited = []
        lastWatching = number
        lastWords = nil
        let isOnly = limit == 1
        // Nobody else gets it before the folders are listed and something is watched.
        if isOnly { workers[number] = Worker(lane: .watching) }
        var actions = become(.online, reason: nil)
        actions += standby.map { .logIn($0) }
        standby = []
        actions += [.attemptEnded, .watch(number, isLeased: isOnly)]
        return actions + dispatch(at: now)
    }

    mutating func watchingFailed(_ failure: PoolFailure, at now: Moment, spread: Double) -> [PoolAction] {
        let pause: Duration
        obstacle = .offline
        switch failure.kind {
        case .refused, .impossible:
            pause = login.refused(isRenewable: isRenewable && failure.kind == .refused, spread: spread)
        case .throttled(let seconds):
            pause = .seconds(min(max(seconds ?? 60, 1), 3_600))
            obstacle = .failed(failure)
        case .silent, .violation, .unreachable:
            pause = pauses.failed(spread: spread)
        }
        let isRefused = failure.kind == .refused || failure.kind == .impossible
        return [.attemptEnded] + goOffline(isRefused ? .refused : .offline, failure, until: now + pause)
    }

    private mutating func goOffline(
        _ state: ConnectionState, _ failure: PoolFailure, until moment: Moment
    ) -> [PoolAction] {
        phase = .pausing(until: moment)
        var actions = workers.keys.sorted().map { PoolAction.close($0) }
        workers = [:]
        actions += become(state, reason: failure.text)
        if state == .refused { obstacle = .failed(failure) }
        actions += standby.map { .abandonLogin($0) }
        standby = []
        return actions + refuseWaiters(.failed(failure))
    }

    /// The watching connection has ended.
    mutating func watchingClosed(since: Moment, words: String?, at now: Moment, spread: Double) -> [PoolAction] {
        let (pause, isOffline) = pauses.ended(after: now - since, spread: spread)
        guard pause > .zero else { return attempt() }
        let said = lastWords ?? words
        if isOffline {
            return goOffline(.offline, PoolFailure(.unreachable, Self.shortLived(said)), until: now + pause)
        }
        phase = .pausing(until: now + pause)
        return []
    }

    private static func shortLived(_ words: String?) -> String {
        "sessions do not last" + (words.map { ": \($0)" } ?? "")
    }
}
