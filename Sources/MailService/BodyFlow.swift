/// How much of a bulk retrieval is asked for at once: enough that the wire never falls silent for a round trip, and no more than a slow
/// wire can bring soon.
struct BodyFlow {
    /// Octets that may be under way.
    private(set) var limit = Self.smallest
    /// The quickest command: a round trip, and its own octets.
    private var quickest: Duration?

    static let smallest: UInt64 = 2 << 20
    static let largest: UInt64 = 16 << 20
    private static let slack = Duration.milliseconds(50)

    /// Whether another command may join those that are not answered yet.
    func hasRoom(beside running: [BodyRetrieval.Running]) -> Bool {
        running.reduce(0) { $0 + $1.octets } < limit
    }

    /// A command was answered. Where that took hardly longer than the quickest one, nothing queues on the way, and more may be asked for;
    /// where it took long, what is asked for waits for what was asked before.
    mutating func arrived(after time: Duration) {
        guard let known = quickest else {
            quickest = time
            return
        }
        let best = min(known, time)
        quickest = best
        if time <= best * 3 / 2 + Self.slack {
            limit = min(limit * 2, Self.largest)
        } else if time > best * 4 + Self.slack * 4 {
            limit = max(limit / 2, Self.smallest)
        }
    }
}
