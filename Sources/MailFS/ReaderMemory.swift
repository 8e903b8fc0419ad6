internal import Fuse
internal import MailModel
internal import MailService
internal import Synchronization

/// What is remembered of files that the kernel may have open, where it does not say which.
///
/// Everything here is bounded, and most of it can be had again.
final class ReaderMemory: Sendable {
    private struct State {
        /// The one read last is the last.
        var bodies: [(id: MessageID, body: OpenBody)] = []
        var failures: [MessageID: (error: Errno, at: Duration)] = [:]
        /// Whose body has another length than the kernel was told, and which it has not asked for since; in fast mode those only whose
        /// body is longer.
        var misjudged: Set<MessageID> = []
        /// As they were when their names went.
        var departed: [MessageID: Attributes] = [:]
        var departures: [MessageID] = []
    }

    private let state = Mutex(State())
    private let misjudgedCount = Atomic(0)

    /// How many bodies stay open, which so are not evicted, where descriptors are plenty.
    static let bodyLimit = 32
    private let bodyLimit: Int
    static let departedLimit = 4096
    /// A read that fails is repeated by the kernel page by page: those get the same answer.
    static let failureTime = Duration.seconds(1)

    /// - Parameter reserve: of the descriptors those that stay open leave most to others.
    init(_ reserve: DescriptorReserve = .ofProcess) {
        bodyLimit = Int(clamping: min(UInt64(Self.bodyLimit), max(1, reserve.limit / 16)))
    }

    // MARK: - Bodies

    func body(of id: MessageID) -> OpenBody? {
        state.withLock { state in
            guard let place = state.bodies.lastIndex(where: { $0.id == id }) else { return nil }
            let found = state.bodies[place]
            if place < state.bodies.endIndex - 1 {
                state.bodies.remove(at: place)
                state.bodies.append(found)
            }
            return found.body
        }
    }

    func keep(_ body: OpenBody, of id: MessageID) {
        // Closes descriptors: outside the lock.
        let dropped = state.withLock { state in
            var dropped = state.bodies.filter { $0.id == id }
            state.bodies.removeAll { $0.id == id }
            state.bodies.append((id, body))
            if state.bodies.count > bodyLimit { dropped.append(state.bodies.removeFirst()) }
            return dropped
        }
        _ = dropped
    }

    /// Its octets are others now.
    func forgetBody(of id: MessageID) {
        let dropped = state.withLock { state in
            let dropped = state.bodies.filter { $0.id == id }
            state.bodies.removeAll { $0.id == id }
            return dropped
        }
        _ = dropped
    }

    // MARK: - Failures

    /// - Parameter now: of any clock that never goes back.
    func failed(_ id: MessageID, with error: Errno, at now: Duration) {
        state.withLock { state in
            state.failures[id] = (error, now)
            if state.failures.count > 64 {
                state.failures = state.failures.filter { now - $0.value.at < Self.failureTime }
            }
            if state.failures.count > 1024 { state.failures = [:] }
        }
    }

    func recentFailure(of id: MessageID, at now: Duration) -> Errno? {
        state.withLock { state in
            guard let failure = state.failures[id] else { return nil }
            if now - failure.at < Self.failureTime { return failure.error }
            state.failures[id] = nil
            return nil
        }
    }

    // MARK: - Sizes

    /// Readers who go by the size that they were told would be wrong.
    func misjudge(_ id: MessageID) {
        state.withLock { state in
            state.misjudged.insert(id)
            misjudgedCount.store(state.misjudged.count, ordering: .releasing)
        }
    }

    func isMisjudged(_ id: MessageID) -> Bool {
        misjudgedCount.load(ordering: .acquiring) > 0 && state.withLock { $0.misjudged.contains(id) }
    }

    /// The kernel is told the right size.
    func told(_ id: MessageID) {
        guard misjudgedCount.load(ordering: .acquiring) > 0 else { return }
        state.withLock { state in
            state.misjudged.remove(id)
            misjudgedCount.store(state.misjudged.count, ordering: .releasing)
        }
    }

    // MARK: - Departures

    func depart(_ id: MessageID, _ attributes: Attributes) {
        state.withLock { state in
            if state.departed.updateValue(attributes, forKey: id) == nil { state.departures.append(id) }
            if state.departures.count > 2 * Self.departedLimit {
                state.departures.removeAll { state.departed[$0] == nil }
                let excess = state.departures.prefix(max(0, state.departures.count - Self.departedLimit))
                for id in excess { state.departed[id] = nil }
                state.departures.removeFirst(excess.count)
            }
        }
    }

    func attributes(ofDeparted id: MessageID) -> Attributes? { state.withLock { $0.departed[id] } }

    /// Nobody has it open any more.
    func forget(_ id: MessageID) { state.withLock { $0.departed[id] = nil } }
}
