internal import GRDB
import Synchronization

/// What is known of bodies in this run only: which were verified and which were read.
final class BodyUsage: Sendable {
    private struct State {
        var verified = PagedBits()
        var touched: Set<Int64> = []
        var total: UInt64 = 0
        var sweepPending: Bool
    }
    private let state: Mutex<State>

    init(sweepPending: Bool) { state = Mutex(State(sweepPending: sweepPending)) }

    /// Octets of all bodies that have a row.
    var total: UInt64 {
        get { state.withLock { $0.total } }
        set { state.withLock { $0.total = newValue } }
    }

    func add(_ octets: UInt64) { state.withLock { $0.total &+= octets } }

    func subtract(_ octets: UInt64) { state.withLock { $0.total = $0.total > octets ? $0.total - octets : 0 } }

    func isVerified(_ id: Int64) -> Bool { state.withLock { $0.verified.contains(id) } }

    func setVerified(_ id: Int64, _ value: Bool) { state.withLock { $0.verified.set(id, value) } }

    /// The messages are gone: their bodies, if any, are opened no more.
    func forget(_ ids: some Sequence<Int64>) {
        state.withLock { state in
            for id in ids { state.verified.set(id, false) }
        }
    }

    /// - Returns: true where so many were read that it is time to write them down.
    func touch(_ id: Int64) -> Bool {
        state.withLock { state in
            state.touched.insert(id)
            return state.touched.count >= 4_096
        }
    }

    /// Whether stray files may lie about; asked once.
    func takeSweep() -> Bool {
        state.withLock { state in
            defer { state.sweepPending = false }
            return state.sweepPending
        }
    }

    /// Writes down which bodies were read.
    func flush(_ db: Database, now: Int64) throws {
        let ids = state.withLock { state in
            defer { state.touched = [] }
            return state.touched
        }
        guard !ids.isEmpty else { return }
        try db.inTransaction(.immediate) {
            let update = try Query(db, "UPDATE main.body SET used = ? WHERE id = ? AND used < ?")
            for id in ids {
                update.bind(1, now)
                update.bind(2, id)
                update.bind(3, now)
                try update.run()
            }
            return .commit
        }
    }
}

/// A set of ids that lie close together: one bit each.
struct PagedBits {
    private var pages: [Int64: UInt64] = [:]

    func contains(_ id: Int64) -> Bool { (pages[id >> 6] ?? 0) & PagedBits.bit(id) != 0 }

    mutating func set(_ id: Int64, _ value: Bool) {
        if value {
            pages[id >> 6, default: 0] |= PagedBits.bit(id)
        } else if let page = pages[id >> 6] {
            let rest = page & ~PagedBits.bit(id)
            pages[id >> 6] = rest == 0 ? nil : rest
        }
    }

    private static func bit(_ id: Int64) -> UInt64 { 1 << UInt64(id & 63) }
}
