internal import MailModel

/// The connections of one account: one that watches, the rest leased to whoever works, the most urgent lane first.
///
/// A value without clock, sockets or waiting: events are method calls, what they return is to be done in order. Moments come from one
/// clock; `nextDeadline` says when `timePassed` is to be called at the latest.
///
/// ```
/// start → open(1, watching)     loginReached(1) → open(2, working), logIn(1)     loginReached(2) → (waits)
/// opened(1) → tell(online), logIn(2), watch(1)        lease → grant        release → idle
/// closed(1) → open(3, watching)                       failed(3) → tell(offline), refuse …     nextDeadline, timePassed → open(4, …)
/// ```
public struct PoolStateMachine: Sendable {
    enum Phase: Hashable, Sendable {
        /// Before the start. → opening, stopped
        case resting
        /// → watching, pausing, stopped
        case opening(ConnectionNumber, isLoggingIn: Bool)
        /// → opening, pausing, stopped
        case watching(ConnectionNumber, since: Moment)
        /// → opening, stopped
        case pausing(until: Moment)
        case stopped
    }

    struct Worker: Hashable, Sendable {
        /// What was selected last, as far as it is known.
        var selected: SelectedFolder?
        var lane: Lane?
        var isIdling = false
        /// Something was said of the selected folder while a reader had the connection.
        var hasHeard = false
        /// Its last synchronisation was followed by another one, for what was heard meanwhile.
        var isFollowed = false
        var isUsed = false
        /// It has ended; whoever has it will notice.
        var isClosed = false
    }

    /// Most connections as configured.
    let most: Int
    /// The credentials may be others at the next login.
    let isRenewable: Bool
    /// Most connections as far as it is known; lower than configured where the server refused one.
    var limit: Int
    var phase = Phase.resting
    var workers: [ConnectionNumber: Worker] = [:]
    /// Being made, without the watching one.
    var opening: Set<ConnectionNumber> = []
    /// Of those, the ones that wait for the watching one to be let in.
    var standby: [ConnectionNumber] = []
    var queue = LeaseQueue()
    var pauses = WatchPauses()
    var login = LoginPauses()
    private var lastNumber = 0
    var home: FolderID?
    /// Where the only connection was since it was at home.
    var visited: Set<FolderID> = []
    /// What whoever asks is told while there is no connection.
    var obstacle = PoolObstacle.offline
    /// No further connection is tried before, unless there is none at all.
    var patience: Moment?
    /// The last connection that was to watch, and what was said of it when it was given up.
    var lastWatching: ConnectionNumber?
    var lastWords: String?
    /// How long the machine had slept when that was last looked at.
    var slept = Duration.zero
    public internal(set) var state: ConnectionState?
    /// Why there is no connection, for people.
    public internal(set) var reason: String?

    /// - Parameters:
    ///   - connections: most at once, the watching one counted; at least 1.
    ///   - isRenewable: the credentials may be others at each login, as those of a command.
    public init(connections: Int, isRenewable: Bool) {
        most = max(1, connections)
        limit = most
        self.isRenewable = isRenewable
    }

    // MARK: - What it knows

    /// How many may be worked with beside the watching one.
    var capacity: Int { max(1, limit - 1) }

    var isStopped: Bool { phase == .stopped }

    /// The watching connection, where there is one.
    public var watching: ConnectionNumber? {
        if case .watching(let number, _) = phase { number } else { nil }
    }

    /// A watching connection is being made.
    public var isAttempting: Bool {
        if case .opening = phase { true } else { false }
    }

    /// The login was refused, and the next attempt is not due: a change of the credentials is worth one.
    public var awaitsCredentials: Bool {
        if case .pausing = phase { state == .refused } else { false }
    }

    /// Refused logins in succession.
    public var refusals: Int { login.refusals }

    /// Somebody more urgent than whoever reads ahead waits for a connection.
    public var isContended: Bool { queue.isContended }

    /// Connections beside the watching one are being made.
    public var isOpening: Bool { !opening.isEmpty }

    /// Who asked for a connection and has none yet.
    public var waitingCount: Int { queue.count }

    /// Those that are up.
    public var connectionCount: Int { Set(workers.keys).union(watching.map { [$0] } ?? []).count }

    /// When `timePassed` is to be called at the latest; nil: time changes nothing.
    public var nextDeadline: Moment? {
        switch phase {
        case .pausing(let until): until
        case .watching, .opening: queue.count > 0 ? patience : nil
        case .resting, .stopped: nil
        }
    }

    mutating func nextNumber() -> ConnectionNumber {
        lastNumber += 1
        return ConnectionNumber(rawValue: lastNumber)
    }

    mutating func become(_ new: ConnectionState, reason: String?) -> [PoolAction] {
        guard state != new || self.reason != reason else { return [] }
        state = new
        self.reason = reason
        return [.tell(new, reason: reason)]
    }

    /// Nobody gets a connection.
    mutating func refuseWaiters(_ obstacle: PoolObstacle) -> [PoolAction] {
        queue.removeAll().map { .refuse($0.request, obstacle) }
    }
}
