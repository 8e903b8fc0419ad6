internal import Synchronization

/// Who waits for a moment in which something has changed. A cancelled wait leaves nothing behind.
public final class Bell: Sendable {
    public init() {}

    private struct State {
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var waitingCount: Int { state.withLock { $0.waiting.count } }

    var isAwaited: Bool { waitingCount > 0 }

    /// Wakes all who wait.
    public func ring() {
        let woken = state.withLock { state in
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Returns when the bell rings, or the task is cancelled.
    ///
    /// - Parameter isDone: asked once it is listened, so that nothing is missed between.
    public func wait(unless isDone: @Sendable () -> Bool) async {
        let number = newNumber()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiting[number] = continuation }
                if Task.isCancelled || isDone() { wake(number) }
            }
        } onCancel: {
            wake(number)
        }
    }

    /// As `wait`, at the longest until a deadline.
    func wait(
        until deadline: ServiceClock.Instant?, by clock: ServiceClock, unless isDone: @Sendable () -> Bool
    ) async {
        guard let deadline else { return await wait(unless: isDone) }
        let timer = Task {
            try await clock.sleep(until: deadline)
            ring()
        }
        defer { timer.cancel() }
        await wait(unless: { isDone() || clock.now >= deadline })
    }

    private func newNumber() -> Int {
        state.withLock { state in
            state.next += 1
            return state.next
        }
    }

    private func wake(_ number: Int) {
        state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
    }
}
