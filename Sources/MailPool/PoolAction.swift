public import MailModel

/// A connection, from the moment it is wanted; never given twice.
public struct ConnectionNumber: Hashable, Comparable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    public static func < (left: ConnectionNumber, right: ConnectionNumber) -> Bool { left.rawValue < right.rawValue }
}

/// One call for a connection; the caller numbers them, none twice.
public struct LeaseRequest: Hashable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// A connection in somebody's hands.
public struct LeaseGrant: Hashable, Sendable {
    public var connection: ConnectionNumber
    /// What it had selected when it was given.
    public var selected: SelectedFolder?
    /// Somebody had it before.
    public var isUsed: Bool

    public init(connection: ConnectionNumber, selected: SelectedFolder?, isUsed: Bool) {
        self.connection = connection
        self.selected = selected
        self.isUsed = isUsed
    }
}

/// What a connection is made for.
public enum ConnectionRole: Hashable, Sendable {
    /// Listening, and showing whether the server is there.
    case watching
    /// Leased to whoever works.
    case working
}

/// What the pool's driver is to do.
public enum PoolAction: Hashable, Sendable {
    /// Then `loginReached`, and `opened` or `failed`.
    case open(ConnectionNumber, ConnectionRole)
    /// Ends a connection, or the attempt to make it.
    case close(ConnectionNumber)
    /// Let it log in.
    case logIn(ConnectionNumber)
    /// It is not to log in: the attempt fails.
    case abandonLogin(ConnectionNumber)
    /// This call gets a connection.
    case grant(LeaseRequest, LeaseGrant)
    /// This call gets none.
    case refuse(LeaseRequest, PoolObstacle)
    /// The watching connection is up. Leased: it is the only one, and nobody else gets it before it is given back.
    case watch(ConnectionNumber, isLeased: Bool)
    /// IDLE whenever nothing is to be done.
    case idle(ConnectionNumber)
    /// See whether it is alive: one that does not answer ends by itself.
    case probe(ConnectionNumber)
    /// The state, or the reason for it, has changed.
    case tell(ConnectionState, reason: String?)
    /// Something was said about a folder that nobody asked for.
    case folderMoved(FolderID)
    /// The only connection is back where it watches. What was about to be said of these folders when it left them is said no more.
    case foldersLeft(Set<FolderID>)
    /// The server allows no more than so many connections.
    case limited(Int)
    /// The machine has slept, so what was connected is made anew.
    case slept
    /// The attempt to make a watching connection has had an outcome.
    case attemptEnded
}
