import Foundation

/// The condition did not come true in time.
public struct ConditionNotMet: Error, CustomStringConvertible {
    public let what: String
    /// The last lines of the talk.
    public let transcript: [TranscriptLine]

    public var description: String {
        "not met: \(what)\n" + transcript.map(\.description).joined(separator: "\n")
    }
}

extension InMemoryServer {
    // MARK: Misbehaviour

    /// Puts a rule in force.
    @discardableResult
    public func install(_ rule: Misbehaviour) -> Misbehaviour.ID {
        monitor.withLock { state in
            state.lastRule += 1
            let id = Misbehaviour.ID(number: state.lastRule)
            state.rules.append(InstalledRule(id: id, rule: rule))
            return id
        }
    }

    /// Takes a rule out of force; what it stalls goes on.
    public func remove(_ id: Misbehaviour.ID) {
        monitor.withLock { state in
            state.rules.removeAll { $0.id == id }
            state.wakeAll()
        }
    }

    /// Takes all rules out of force.
    public func behave() {
        monitor.withLock { state in
            state.rules = []
            state.wakeAll()
        }
    }

    /// Ends a stall or a drip, also later ones of the same rule.
    public func release(_ id: Misbehaviour.ID) {
        monitor.withLock { state in
            guard let index = state.rules.firstIndex(where: { $0.id == id }) else { return }
            state.rules[index].isReleased = true
            state.wakeAll()
        }
    }

    /// Lets a drip send so many bytes more.
    public func allow(_ id: Misbehaviour.ID, bytes: Int) {
        monitor.withLock { state in
            guard let index = state.rules.firstIndex(where: { $0.id == id }) else { return }
            state.rules[index].allowance += bytes
            state.wakeAll()
        }
    }

    /// Sends raw bytes on all connections, or on one, as soon as no answer is being sent there.
    public func inject(_ bytes: [UInt8], connection: Int? = nil) {
        monitor.withLock { state in
            for number in state.connections.keys where connection == nil || number == connection {
                state.connections[number]?.outbox += bytes
                state.wake(number)
            }
        }
    }

    /// As ``inject(_:connection:)-([UInt8],_)``, lines that get their CRLF.
    public func inject(lines: [String], connection: Int? = nil) {
        inject([UInt8](lines.map { $0 + "\r\n" }.joined().utf8), connection: connection)
    }

    // MARK: Observation

    /// What has happened until now.
    public var observation: Observation { monitor.withLock { $0.observed } }
    public var transcript: [TranscriptLine] { observation.transcript }
    /// Messages sent whole until now.
    public var fetchedBodies: Int { observation.fetchedBodies }

    /// Forgets transcript and counters; connections keep their numbers.
    public func clearObservation() {
        monitor.withLock { state in
            let accepted = state.observation.accepted
            state.observation = Observation()
            state.observation.accepted = accepted
        }
    }

    /// Suspends until what has happened is as wished; looked at after every event, without polling.
    ///
    /// - Throws: ``ConditionNotMet`` after `seconds`.
    public func wait(
        for what: String = "condition", seconds: Double = 10, until condition: @escaping @Sendable (Observation) -> Bool
    ) async throws {
        try await wait(what, seconds) { condition($0.observed) }
    }

    /// Suspends until the mail is as wished.
    ///
    /// - Throws: ``ConditionNotMet`` after `seconds`.
    public func waitForMail(
        _ what: String = "mail", seconds: Double = 10, until condition: @escaping @Sendable (Account) -> Bool
    ) async throws {
        try await wait(what, seconds) { condition(Account(mail: $0.mail)) }
    }

    /// Suspends until so many sessions idle.
    public func waitForIdle(sessions: Int = 1, seconds: Double = 10) async throws {
        try await wait(for: "\(sessions) in IDLE", seconds: seconds) { $0.idling.count >= sessions }
    }

    /// Suspends until a rule has fired so often.
    public func waitForFiring(_ id: Misbehaviour.ID, times: Int = 1, seconds: Double = 10) async throws {
        try await wait(for: "rule fired", seconds: seconds) { $0.fired[id, default: 0] >= times }
    }

    /// On a thread of its own, because the threads of Swift's concurrency must not block.
    private func wait(
        _ what: String, _ seconds: Double, _ condition: @escaping @Sendable (ServerState) -> Bool
    ) async throws {
        let monitor = monitor
        let deadline = Date(timeIntervalSinceNow: seconds)
        let failure = await withCheckedContinuation { (continuation: CheckedContinuation<ConditionNotMet?, Never>) in
            Thread.detachNewThread {
                let met = monitor.wait(until: deadline) { condition($0) ? true : nil }
                if met == true {
                    continuation.resume(returning: nil)
                } else {
                    let lines = monitor.withLock { [TranscriptLine]($0.observation.transcript.suffix(40)) }
                    continuation.resume(returning: ConditionNotMet(what: what, transcript: lines))
                }
            }
        }
        if let failure { throw failure }
    }
}

extension ServerState {
    /// The record, with the counts that follow from the state.
    var observed: Observation {
        var result = observation
        result.open = connections.count
        result.authenticated = connections.values.count(where: \.isAuthenticated)
        result.idling = connections.values.filter(\.isIdling).map { connection in
            connection.selected.flatMap { mail.folder(id: $0)?.name.text }
        }
        result.notifying = connections.values.count(where: \.notifies)
        result.fired = Dictionary(uniqueKeysWithValues: rules.map { ($0.id, $0.fired) })
        return result
    }
}
