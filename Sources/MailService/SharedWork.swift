internal import BlockingWork
internal import Synchronization

/// Work that is done once for all who want it at the same time. Who is cancelled waits no longer; the work goes on.
final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var running: [Key: [Int: CheckedContinuation<Value, any Error>]] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    /// The result of the work that is under way for this key, or that begins now.
    ///
    /// - Throws: what the work throws; `CancellationError` as soon as the task is cancelled.
    func value(_ key: Key, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let begins = state.withLock { state in
                    let begins = state.running[key] == nil
                    state.running[key, default: [:]][number] = continuation
                    return begins
                }
                if Task.isCancelled { cancel(key, number) }
                guard begins else { return }
                Task(executorPreference: BlockingExecutor.disk) {
                    do {
                        self.end(key, .success(try await work()))
                    } catch {
                        self.end(key, .failure(error))
                    }
                }
            }
        } onCancel: {
            cancel(key, number)
        }
    }

    /// Who waits.
    var waiterCount: Int { state.withLock { $0.running.values.reduce(0) { $0 + $1.count } } }

    private func cancel(_ key: Key, _ number: Int) {
        let waiter = state.withLock { $0.running[key]?.removeValue(forKey: number) }
        waiter?.resume(throwing: CancellationError())
    }

    private func end(_ key: Key, _ result: Result<Value, any Error>) {
        let waiters = state.withLock { $0.running.removeValue(forKey: key) } ?? [:]
        for waiter in waiters.values { waiter.resume(with: result) }
    }
}
