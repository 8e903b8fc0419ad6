internal import MailModel

/// Who waits for a connection, the most urgent lane first, in each the first come.
struct LeaseQueue: Sendable {
    struct Waiter: Hashable, Sendable {
        let request: LeaseRequest
        let lane: Lane
        let folder: FolderID?
    }

    private(set) var waiters: [Waiter] = []

    var count: Int { waiters.count }

    mutating func add(_ waiter: Waiter) {
        let place = waiters.firstIndex { waiter.lane < $0.lane } ?? waiters.endIndex
        waiters.insert(waiter, at: place)
    }

    /// - Returns: whether it was waiting.
    mutating func remove(_ request: LeaseRequest) -> Bool {
        guard let place = waiters.firstIndex(where: { $0.request == request }) else { return false }
        waiters.remove(at: place)
        return true
    }

    mutating func removeAll() -> [Waiter] {
        defer { waiters = [] }
        return waiters
    }

    /// The first that may be served.
    ///
    /// - Parameter mayReadAhead: a connection is left for somebody who waits, when one is given away to read ahead.
    func next(mayReadAhead: Bool) -> Waiter? { waiters.first { $0.lane != .bulk || mayReadAhead } }

    /// How many of them may be served.
    func count(mayReadAhead: Bool) -> Int { waiters.count { $0.lane != .bulk || mayReadAhead } }

    /// Somebody waits who does more than read ahead.
    var isContended: Bool { waiters.contains { $0.lane < .bulk } }
}
