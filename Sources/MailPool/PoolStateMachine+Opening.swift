/// Making connections, and their ends.
extension PoolStateMachine {
    /// A connection is where it may log in. One beside the watching one waits until that one was let in: what is wrong is refused once,
    /// not twice.
    public mutating func loginReached(_ number: ConnectionNumber) -> [PoolAction] {
        if case .opening(number, _) = phase {
            phase = .opening(number, isLoggingIn: true)
            return [.logIn(number)] + openBesideLogin()
        }
        guard opening.contains(number) else { return [.abandonLogin(number)] }
        if state == .online, !isStopped { return [.logIn(number)] }
        guard case .opening(_, isLoggingIn: true) = phase else { return [.abandonLogin(number)] }
        standby.append(number)
        return []
    }

    /// Another connection is wanted as soon as the login was accepted: it is made ready meanwhile.
    private mutating func openBesideLogin() -> [PoolAction] {
        // Not where the last word was to stay away.
        guard limit > 1, workers.isEmpty, opening.isEmpty, obstacle == .offline, login.refusals == 0 else { return [] }
        return openWorker()
    }

    private mutating func openWorker() -> [PoolAction] {
        let number = nextNumber()
        opening.insert(number)
        return [.open(number, .working)]
    }

    /// A connection is up, logged in.
    public mutating func opened(_ number: ConnectionNumber, at now: Moment) -> [PoolAction] {
        if case .opening(number, _) = phase { return watchingOpened(number, at: now) }
        guard opening.remove(number) != nil, state == .online else { return [.close(number)] }
        workers[number] = Worker()
        return dispatch(at: now)
    }

    /// A connection could not be made.
    ///
    /// - Parameter spread: 0 to 1, at random; keeps several clients from coming back in one moment.
    public mutating func failed(
        _ number: ConnectionNumber, _ failure: PoolFailure, at now: Moment, spread: Double
    ) -> [PoolAction] {
        if case .opening(number, _) = phase { return watchingFailed(failure, at: now, spread: spread) }
        standby.removeAll { $0 == number }
        guard opening.remove(number) != nil else { return [] }
        // Before the first one is there, that shows whether the server is.
        guard state == .online, !isStopped else { return [] }
        var actions: [PoolAction] = []
        switch failure.kind {
        case .throttled, .refused, .impossible:
            // The server is there and has enough of us: make do with what we have.
            limit = workers.isEmpty && opening.isEmpty ? 1 : min(limit, max(2, workers.count + 1))
            actions.append(.limited(limit))
            // The watching connection comes back as the one that does everything.
            if limit == 1, let watching, workers[watching] == nil { actions.append(.close(watching)) }
        case .unreachable, .violation, .silent:
            patience = now + .seconds(5)
            guard workers.isEmpty else { break }
            // Not even one: let the watching connection show whether the server is there at all.
            actions += refuseWaiters(.failed(failure))
            if let watching { actions.append(.close(watching)) }
        }
        return actions + dispatch(at: now)
    }

    /// A connection has ended; what was never up, or is known to have ended, is left alone.
    ///
    /// - Parameter words: why, for people; nil where this side ended it.
    public mutating func closed(
        _ number: ConnectionNumber, words: String?, at now: Moment, spread: Double
    ) -> [PoolAction] {
        if case .watching(number, let since) = phase {
            workers[number] = nil
            return watchingClosed(since: since, words: words, at: now, spread: spread)
        }
        guard let worker = workers[number] else { return [] }
        guard worker.lane == nil else {
            // One that is leased stays until it is given back.
            workers[number]?.isClosed = true
            return []
        }
        workers[number] = nil
        return dispatch(at: now)
    }

    /// Closes what nobody has in hands, so that whoever asks next gets a connection that nothing was done on.
    public mutating func closeIdle() -> [PoolAction] {
        let idle = workers.filter { $0.value.lane == nil }.keys.sorted()
        for number in idle { workers[number] = nil }
        return idle.map { .close($0) }
    }

    /// Gives connections to those who wait, and wants more of them where that helps.
    mutating func dispatch(at now: Moment) -> [PoolAction] {
        guard !isStopped, state == .online else { return [] }
        var actions: [PoolAction] = []
        while let waiter = queue.next(mayReadAhead: mayReadAhead) {
            let free = workers.filter { $0.value.lane == nil && !$0.value.isClosed }
            guard let chosen = choice(of: free, for: waiter) else { break }
            _ = queue.remove(waiter.request)
            actions.append(
                .grant(
                    waiter.request,
                    LeaseGrant(
                        connection: chosen, selected: workers[chosen]?.selected,
                        isUsed: workers[chosen]?.isUsed ?? false)))
            workers[chosen]?.lane = waiter.lane
            workers[chosen]?.isIdling = false
            workers[chosen]?.isUsed = true
        }
        // Who reads one message may read the next, which are fetched ahead; and while that is done, another connection is there for
        // whoever will wait for a message.
        let isSpareWanted =
            opening.isEmpty && workers.values.allSatisfy { $0.lane != nil }
            && workers.values.contains { $0.lane == .bulk || $0.lane == .reading }
        let isWanted = queue.count(mayReadAhead: mayReadAhead) > opening.count || isSpareWanted
        let mayTry = patience.map { $0 <= now } ?? true
        if mayTry { patience = nil }
        if isWanted, limit > 1, workers.count + opening.count < capacity, mayTry || workers.isEmpty {
            actions += openWorker()
        }
        return actions
    }

    /// The last place is kept for somebody who waits.
    private var mayReadAhead: Bool {
        capacity == 1 || workers.values.count { $0.lane == .bulk } < capacity - 1
    }

    /// The one that has the folder open; else one that nobody misses, as it watches nothing.
    private func choice(of free: [ConnectionNumber: Worker], for waiter: LeaseQueue.Waiter) -> ConnectionNumber? {
        let open = waiter.folder.flatMap { folder in free.first { $0.value.selected?.folder == folder }?.key }
        return open
            ?? free.min { ($0.value.selected == nil ? 0 : 1, $0.key) < ($1.value.selected == nil ? 0 : 1, $1.key) }?.key
    }
}
