internal import Synchronization

/// Texts of large messages are made one after another: each is in memory as a whole meanwhile.
final class LargeMessages: Sendable {
    /// Octets of a message from which on it is large.
    static let size: UInt64 = 16 << 20

    private struct State {
        var isTaken = false
        /// In the order in which they came.
        var waiting: [(number: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
        var cancelled: Set<UInt64> = []
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Who waits.
    var waiterCount: Int { state.withLock { $0.waiting.count } }

    /// What `body` gives, when it is its turn.
    ///
    /// - Throws: `CancellationError` as soon as a task that waits is cancelled.
    func inTurn<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await wait()
        defer { pass() }
        return try await body()
    }

    private func wait() async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if state.isTaken {
                        state.waiting.append((number, continuation))
                        return nil
                    }
                    state.isTaken = true
                    return .success(())
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                if let index = state.waiting.firstIndex(where: { $0.number == number }) {
                    return state.waiting.remove(at: index).continuation
                }
                state.cancelled.insert(number)
                return nil
            }
            waiter?.resume(throwing: CancellationError())
        }
        state.withLock { _ = $0.cancelled.remove(number) }
    }

    private func pass() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
