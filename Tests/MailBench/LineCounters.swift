internal import Synchronization

/// What has passed over all connections of the line since it was opened.
///
/// Round trips are counted as a chain of causes. All that a client sends has the depth of what it has received so far plus
/// one, and all that a server sends has the depth of what it has received; so many commands in one go, or on several
/// connections at once, are one round trip, and `trips` is how often in a row the client had to wait for an answer.
final class LineCounters: Sendable {
    /// Octets from the clients, and to them.
    let up = Atomic<Int>(0)
    let down = Atomic<Int>(0)
    let connections = Atomic<Int>(0)
    /// How often a client sent after it had received something since it last sent, added up over connections.
    let turns = Atomic<Int>(0)
    /// The depth of what clients have received.
    let trips = Atomic<Int>(0)

    /// One line of `name=value` words.
    var text: String {
        let up = up.load(ordering: .relaxed)
        let down = down.load(ordering: .relaxed)
        let connections = connections.load(ordering: .relaxed)
        let turns = turns.load(ordering: .relaxed)
        let trips = trips.load(ordering: .relaxed)
        return "up=\(up) down=\(down) connections=\(connections) turns=\(turns) trips=\(trips)\n"
    }
}
