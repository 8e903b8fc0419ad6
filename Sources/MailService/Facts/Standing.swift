internal import MailPool
internal import Synchronization

/// How the account stands with its server, and who waits for a word on that.
final class Standing: Sendable {
    private struct State {
        var connection: ConnectionState?
        var reason: String?
        var hasListedFolders = false
        /// Why the server does not list its folders.
        var listFailure: ServiceError?
        /// The first attempt to connect has had an outcome.
        var hasOutcome = false
        var isStarted = false
        var isStopped = false

        var isReady: Bool {
            hasListedFolders || listFailure != nil || isStopped || (connection != nil && connection != .online)
        }
    }

    private let state = Mutex(State())
    private let turns = Bell()

    /// nil before the first attempt to connect has ended; with the reason for people.
    var connection: (state: ConnectionState?, reason: String?) { state.withLock { ($0.connection, $0.reason) } }

    /// Why the server, which answers, does not list its folders.
    var listFailure: ServiceError? { state.withLock { $0.listFailure } }

    var isStarted: Bool { state.withLock { $0.isStarted } }

    /// Work is done: between the start of the service and its end.
    var isRunning: Bool { state.withLock { $0.isStarted && !$0.isStopped } }

    /// Why nothing can be sent; nil where there is a connection, or may be one soon.
    var obstacle: ServiceError? {
        state.withLock { state in
            switch state.connection {
            case .offline: .offline
            case .refused: .accessDenied(state.reason ?? "login refused")
            case .online, nil: state.isStarted ? nil : .offline
            }
        }
    }

    // MARK: - Turns

    func started() { state.withLock { $0.isStarted = true } }

    func became(_ connection: ConnectionState, _ reason: String?) {
        state.withLock { state in
            state.connection = connection
            state.reason = reason
            state.hasOutcome = true
        }
        turns.ring()
    }

    func listedFolders() {
        state.withLock { state in
            state.hasListedFolders = true
            state.listFailure = nil
            state.hasOutcome = true
        }
        turns.ring()
    }

    /// The server answers, and lists no folders: whoever waits is told its words.
    func failedToListFolders(_ error: any Error) {
        let text = "the server does not list its folders: "
        switch error as? ServiceError {
        case .unavailable(let reason): state.withLock { $0.listFailure = .unavailable(text + reason) }
        case .accessDenied(let reason): state.withLock { $0.listFailure = .accessDenied(text + reason) }
        default: return
        }
        turns.ring()
    }

    func stopped() {
        state.withLock { $0.isStopped = true }
        turns.ring()
    }

    // MARK: - Waiting

    /// Waits for the first word of the server: the folder list, or why there is none.
    ///
    /// - Throws: `ServiceError` when the first attempt to connect has failed.
    func waitUntilReady() async throws {
        while !state.withLock({ $0.isReady }), !Task.isCancelled {
            await turns.wait { state.withLock { $0.isReady } }
        }
        let (connection, reason, failure) = state.withLock {
            ($0.connection, $0.reason, $0.hasListedFolders ? nil : $0.listFailure)
        }
        if let failure { throw failure }
        switch connection {
        case .refused: throw ServiceError.accessDenied(reason ?? "login refused")
        case .offline: throw ServiceError.unavailable(reason ?? "the server cannot be reached")
        case .online, nil: break
        }
    }

    /// Waits until the first attempt to connect has an outcome, or until the deadline.
    func waitForOutcome(until deadline: ServiceClock.Instant, by clock: ServiceClock) async {
        while !state.withLock({ $0.hasOutcome || !$0.isStarted || $0.isStopped }), clock.now < deadline,
            !Task.isCancelled
        {
            await turns.wait(until: deadline, by: clock) {
                state.withLock { $0.hasOutcome || $0.isStopped }
            }
        }
    }
}
