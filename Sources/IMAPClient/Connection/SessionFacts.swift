internal import IMAPCodec
internal import Synchronization

/// What other threads may ask of a connection, and what they ask of it.
final class SessionFacts: Sendable {
    struct State {
        var capabilities = Capabilities.none
        var enabled: Set<String> = []
        var serverID: [String: String] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    func read<T: Sendable>(_ body: (State) -> T) -> T {
        state.withLock { body($0) }
    }

    func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
    }
}

/// Requests of other threads in the order of calls; the event loop takes them all at once.
final class Inbox: Sendable {
    enum Request: Sendable {
        case submit(Submission)
        case startIdle
        case stopIdle(OnceResult<Void>)
        case close
    }

    struct Submission: Sendable {
        var command: Command
        var literals: (any LiteralReceiver)?
        var receive: @Sendable (Incoming) -> Taken
        var contents: [AppendSource]
        var result: OnceResult<StatusResponse>
    }

    private let requests = Mutex<[Request]>([])

    /// True where the event loop has to be woken: nothing was waiting.
    func add(_ request: Request) -> Bool {
        requests.withLock { requests in
            requests.append(request)
            return requests.count == 1
        }
    }

    func takeAll() -> [Request] {
        requests.withLock { requests in
            let all = requests
            requests = []
            return all
        }
    }
}
