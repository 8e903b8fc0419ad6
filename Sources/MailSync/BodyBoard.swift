public import MailModel

/// A message whose body is to be fetched, as far as the order of fetching goes by it.
public protocol QueuedBody: Sendable {
    var id: MessageID { get }
    /// Octets that the server claims.
    var size: UInt64 { get }
}

/// Which bodies are wanted and by whom, which are under way, and what has come and is not stored yet: what somebody waits for goes first,
/// then what will be read soon.
///
/// Each body that is asked of the server belongs to one retrieval, and only that one, or the adoption of what it received, ends the wait
/// for it: a waiter is told of exactly once, here or by `cancelled`.
///
/// ```
/// wanted(1, by: a) → true (begin a runner)    takeUrgent → [1] of retrieval 1    arrived(1) → true (begin adopting)
/// takeArrived → [1]                           ended(1, of: adoption) → [a]       takeArrived, takeUrgent → nothing: both end
/// ```
public struct BodyBoard<Body: QueuedBody>: Sendable {
    /// Bodies that are asked of the server together.
    public struct Batch: Sendable {
        public let bodies: [Body]
        public let retrieval: BodyOwner
    }

    /// How much is taken at once.
    public struct Limits: Sendable {
        /// Bodies that somebody waits for, and others, in one command, and about how many octets.
        public var urgent = 50
        public var ahead = 200
        public var octets: UInt64 = 1 << 20
        /// One transaction stores at most so many: whoever waits for one of them waits for all.
        public var adoption = 64
        /// Octets that may lie in memory until the disk has them.
        public var backlog = 16 << 20
        /// Commands of one folder for which somebody waits.
        public var runners = 2

        public init() {}
    }

    private struct Wait {
        let id: MessageID
        let folder: FolderID
    }

    private let limits: Limits
    private var waits: [BodyWaiter: Wait] = [:]
    /// In the order in which they came.
    private var waiters: [MessageID: [BodyWaiter]] = [:]
    /// Asked of the server, or come from there: whose they are.
    private var underWay: [MessageID: BodyOwner] = [:]
    private var urgent: [FolderID: [Body]] = [:]
    private var urgentRunners: [FolderID: Int] = [:]
    private var ahead: [FolderID: [Body]] = [:]
    private var aheadRunners: Set<FolderID> = []
    /// Come and not taken to be stored.
    private var received: [(id: MessageID, octets: Int)] = []
    /// Octets of them that are in memory.
    private var backlog = 0
    private var lastWaiter = 0
    private var lastRetrieval = 0
    /// What has come is being stored.
    public private(set) var isAdopting = false

    public init(_ limits: Limits = Limits()) { self.limits = limits }

    // MARK: - What it knows

    /// The disk is not too far behind the wire.
    public var hasRoom: Bool { backlog <= limits.backlog }

    /// Bodies that were asked for ahead, and those that are under way.
    public var queuedCount: Int { ahead.values.reduce(0) { $0 + $1.count } + underWay.count }

    /// Who waits for a body.
    public var waiterCount: Int { waits.count }

    /// Those of a batch that are still this retrieval's.
    public func open(_ bodies: [Body], of retrieval: BodyOwner) -> [Body] {
        bodies.filter { underWay[$0.id] == retrieval }
    }

    // MARK: - Wishes

    /// A name for somebody who is about to wait.
    public mutating func newWaiter() -> BodyWaiter {
        lastWaiter += 1
        return BodyWaiter(rawValue: lastWaiter)
    }

    /// Somebody waits for a body.
    ///
    /// - Returns: true where a runner of the folder is to be begun, which takes from `takeUrgent` until there is nothing.
    public mutating func wanted(_ body: Body, in folder: FolderID, by waiter: BodyWaiter) -> Bool {
        waits[waiter] = Wait(id: body.id, folder: folder)
        waiters[body.id, default: []].append(waiter)
        guard underWay[body.id] == nil, urgent[folder]?.contains(where: { $0.id == body.id }) != true else {
            return false
        }
        ahead[folder]?.removeAll { $0.id == body.id }
        urgent[folder, default: []].append(body)
        guard urgentRunners[folder, default: 0] < limits.runners else { return false }
        urgentRunners[folder, default: 0] += 1
        return true
    }

    /// Somebody waits no more. A body that is only queued and that nobody else waits for is not asked of the server; one that is under way
    /// comes all the same.
    ///
    /// - Returns: false where the wait had ended before.
    public mutating func cancelled(_ waiter: BodyWaiter) -> Bool {
        guard let wait = waits.removeValue(forKey: waiter) else { return false }
        waiters[wait.id]?.removeAll { $0 == waiter }
        guard waiters[wait.id]?.isEmpty == true else { return true }
        waiters[wait.id] = nil
        urgent[wait.folder]?.removeAll { $0.id == wait.id }
        return true
    }

    /// Bodies will be wanted soon, in this order; those that are queued or under way already are left out.
    ///
    /// - Returns: true where a runner of the folder is to be begun, which takes from `takeAhead` until there is nothing.
    public mutating func expected(_ bodies: [Body], in folder: FolderID) -> Bool {
        let queued = Set((ahead[folder] ?? []).map(\.id)).union((urgent[folder] ?? []).map(\.id))
        ahead[folder, default: []] += bodies.filter { underWay[$0.id] == nil && !queued.contains($0.id) }
        return ahead[folder]?.isEmpty == false && aheadRunners.insert(folder).inserted
    }

    // MARK: - Retrievals

    /// What a runner asks for next, of what somebody waits for; nil ends it.
    public mutating func takeUrgent(_ folder: FolderID) -> Batch? {
        let bodies = take(from: &urgent[folder, default: []], count: limits.urgent)
        guard !bodies.isEmpty else {
            urgent[folder] = nil
            let others = urgentRunners[folder, default: 1] - 1
            urgentRunners[folder] = others > 0 ? others : nil
            return nil
        }
        return begin(bodies, by: newRetrieval())
    }

    /// What a runner asks for next, of what will be wanted soon.
    ///
    /// - Parameter retrieval: that goes on with it; nil begins one, and ends the runner of the folder where nothing is left.
    public mutating func takeAhead(_ folder: FolderID, for retrieval: BodyOwner? = nil) -> Batch? {
        // Some of them may have been asked for by a reader meanwhile.
        ahead[folder]?.removeAll { underWay[$0.id] != nil }
        let bodies = take(from: &ahead[folder, default: []], count: limits.ahead)
        guard !bodies.isEmpty else {
            ahead[folder] = nil
            if retrieval == nil { aheadRunners.remove(folder) }
            return nil
        }
        return begin(bodies, by: retrieval ?? newRetrieval())
    }

    private mutating func newRetrieval() -> BodyOwner {
        lastRetrieval += 1
        return BodyOwner(rawValue: lastRetrieval)
    }

    private mutating func begin(_ bodies: [Body], by owner: BodyOwner) -> Batch {
        for body in bodies { underWay[body.id] = owner }
        return Batch(bodies: bodies, retrieval: owner)
    }

    private func take(from queue: inout [Body], count limit: Int) -> [Body] {
        var octets: UInt64 = 0
        var count = 0
        for body in queue {
            let (sum, overflows) = octets.addingReportingOverflow(body.size)
            if count > 0, count >= limit || overflows || sum > limits.octets { break }
            octets = sum
            count += 1
        }
        let batch = Array(queue.prefix(count))
        queue.removeFirst(count)
        return batch
    }

    // MARK: - Ends

    /// What became of a body that came whole.
    public enum Arrival: Hashable, Sendable {
        /// It is not this retrieval's any more: to be dropped.
        case unwanted
        /// It will be stored by whoever stores at present.
        case queued
        /// As `queued`, and there is nobody: to be begun, and to take from `takeArrived` until there is nothing.
        case first
    }

    /// A body has come whole; from now on it is adoption's.
    ///
    /// - Parameter octets: that are in memory until it is stored.
    public mutating func arrived(_ id: MessageID, octets: Int, from retrieval: BodyOwner) -> Arrival {
        guard underWay[id] == retrieval else { return .unwanted }
        underWay[id] = .adoption
        received.append((id, octets))
        backlog += octets
        defer { isAdopting = true }
        return isAdopting ? .queued : .first
    }

    /// What is to be stored next, first of all what somebody waits for; nothing ends the adoption.
    public mutating func takeArrived() -> [MessageID] {
        var batch = received
        if batch.count > limits.adoption {
            let awaited = batch.filter { waiters[$0.id] != nil }
            if !awaited.isEmpty { batch = awaited + batch.filter { waiters[$0.id] == nil } }
        }
        received = Array(batch.dropFirst(limits.adoption))
        batch = Array(batch.prefix(limits.adoption))
        backlog -= batch.reduce(0) { $0 + $1.octets }
        if batch.isEmpty { isAdopting = false }
        return batch.map(\.id)
    }

    /// A body is there, or is not to be had.
    ///
    /// - Returns: who is to be told; nobody where it was not `owner`'s.
    public mutating func ended(_ id: MessageID, of owner: BodyOwner) -> [BodyWaiter] {
        guard underWay[id] == owner else { return [] }
        underWay[id] = nil
        let woken = waiters.removeValue(forKey: id) ?? []
        for waiter in woken { waits[waiter] = nil }
        return woken
    }
}

/// Somebody who waits for a body.
public struct BodyWaiter: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// To whom a body under way belongs: one of the retrievals, or the adoption.
public struct BodyOwner: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// What is received and not stored yet.
    public static let adoption = BodyOwner(rawValue: 0)
}
