internal import MailModel
internal import Synchronization

/// Who waits for the server's word on changes, and what it was.
final class Verdicts: Sendable {
    private struct Waiter {
        var open: Set<OperationID>
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiters: [Int: Waiter] = [:]
        var next = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    /// For who waits until something has ended, or nothing can go on.
    private let turns = Bell()
    private let awaited: @Sendable () -> Void

    /// - Parameter awaited: told when somebody begins to wait.
    init(awaited: @escaping @Sendable () -> Void) { self.awaited = awaited }

    /// Returns when all of these have left the journal.
    ///
    /// - Parameter current: an operation as it is now; nil where it has left. Asked before anything that comes later is heard.
    /// - Throws: why the first of them failed; what `stall` was called with.
    func wait(for operations: [OperationID], current: @Sendable (OperationID) -> Operation?) async throws {
        let number = newNumber()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isStopped = state.withLock { state in
                    state.waiters[number] = Waiter(open: Set(operations), continuation: continuation)
                    return state.isStopped
                }
                if isStopped { return end(number, .failure(ServiceError.offline)) }
                if Task.isCancelled { return end(number, .failure(CancellationError())) }
                awaited()
                // What ended before it was waited for tells nobody.
                for id in operations { heard(id, current(id)) }
                if operations.isEmpty { end(number, .success(())) }
            }
        } onCancel: {
            end(number, .failure(CancellationError()))
        }
    }

    /// Returns when the journal has changed, or no change can be sent; at the longest until a deadline.
    ///
    /// - Parameter isDone: asked once it is listened.
    func wait(
        until deadline: ServiceClock.Instant?, by clock: ServiceClock, unless isDone: @Sendable () -> Bool
    ) async {
        await turns.wait(until: deadline, by: clock) {
            awaited()
            return isDone() || state.withLock { $0.isStopped }
        }
    }

    /// Somebody waits for a word of the server.
    var isAwaited: Bool { state.withLock { !$0.waiters.isEmpty } || turns.isAwaited }

    private func newNumber() -> Int {
        state.withLock { state in
            state.next += 1
            return state.next
        }
    }

    /// Changes of the journal.
    ///
    /// - Parameter isOriginal: whether an operation deletes what a move left behind that was done as a copy: that move has ended when
    ///   this has, well or not.
    func take(_ changes: AccountView.Changes, isOriginal: (OperationID) -> Bool = { _ in false }) {
        guard !changes.ended.isEmpty || !changes.operations.isEmpty else { return }
        let originals = Set(
            changes.operations.filter { operation in
                if case .delete = operation.change { isOriginal(operation.id) } else { false }
            }.map(\.id))
        for operation in changes.endedInVain { heard(operation.id, operation) }
        for id in changes.ended where !originals.contains(id) { heard(id, nil) }
        for operation in changes.operations {
            if case .failed = operation.state {
                heard(operation.id, originals.contains(operation.id) ? nil : operation)
            }
            // It is not waited for what somebody has to release.
            if operation.isHeld { heard(operation.id, nil) }
        }
        wakeAll()
    }

    /// No change can be sent now: who waits is told why.
    func stall(_ error: ServiceError, only operations: Set<OperationID>? = nil) {
        func isMeant(_ waiter: Waiter) -> Bool { operations.map { !$0.isDisjoint(with: waiter.open) } ?? true }
        let numbers = state.withLock { state in
            state.waiters.filter { isMeant($0.value) }.map(\.key)
        }
        for number in numbers { end(number, .failure(error)) }
        wakeAll()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        stall(.offline)
    }

    private func heard(_ id: OperationID, _ operation: Operation?) {
        var failure: ServiceError?
        if let operation {
            guard case .failed(let reason) = operation.state else { return }
            failure = ServiceError(reason)
        }
        let ended = state.withLock { state in
            var ended: [Int] = []
            for number in state.waiters.keys where state.waiters[number]?.open.remove(id) != nil {
                if failure != nil || state.waiters[number]?.open.isEmpty == true { ended.append(number) }
            }
            return ended
        }
        for number in ended { end(number, failure.map { .failure($0) } ?? .success(())) }
    }

    private func end(_ number: Int, _ result: Result<Void, any Error>) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(with: result)
    }

    func wakeAll() { turns.ring() }
}
