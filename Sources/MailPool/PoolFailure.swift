/// Why a connection could not be made, in the terms that decide what is done next.
public struct PoolFailure: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The server did not accept the credentials.
        case refused
        /// No login that both sides accept: somebody has to change something.
        case impossible
        /// The server wants to be left alone, for so many seconds where it says how long.
        case throttled(seconds: Int?)
        /// It did not answer in time.
        case silent
        /// It does not speak as it should.
        case violation
        /// Anything else that may pass by itself.
        case unreachable
    }

    public var kind: Kind
    /// For people, with the server's own words where it had any.
    public var text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

/// Why nobody gets a connection now.
public enum PoolObstacle: Error, Hashable, Sendable {
    /// There is none, or the pool has been stopped.
    case offline
    /// The attempt that was waited for has failed, or the server asked to be left alone.
    case failed(PoolFailure)
}
