import Foundation

/// One lock around one value, with a way to wait for the value to become something.
///
/// Every use of the value wakes the waiters, so nobody has to remember to.
final class Monitor<State>: @unchecked Sendable {
    private let condition = NSCondition()
    private var state: State

    init(_ state: State) {
        self.state = state
    }

    func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return try body(&state)
    }

    /// Blocks the calling thread until `body` gives a value.
    ///
    /// - Parameter deadline: nil waits for ever.
    /// - Returns: nil when the deadline passed first.
    func wait<Result>(until deadline: Date?, _ body: (inout State) throws -> Result?) rethrows -> Result? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = try body(&state) { return result }
            if let deadline {
                if !condition.wait(until: deadline) { return try body(&state) }
            } else {
                condition.wait()
            }
        }
    }
}
