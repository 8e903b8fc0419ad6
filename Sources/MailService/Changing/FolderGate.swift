internal import MailModel
internal import Synchronization

/// Lets one at a time change or list a folder: who sends changes of it, or who synchronises it.
///
/// All folders that somebody needs are taken at once, so that nobody waits holding one. Whoever holds folders may wait for a connection;
/// nobody who has a connection waits for folders. A cancelled wait leaves nothing behind.
final class FolderGate: Sendable {
    private struct Waiter {
        let number: Int
        let folders: Set<FolderID>
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var held: Set<FolderID> = []
        var waiting: [Waiter] = []
        var next = 0

        /// Gives folders to those whose turn it is.
        mutating func admit() -> [Waiter] {
            var blocked = held
            var admitted: [Waiter] = []
            var remaining: [Waiter] = []
            for waiter in waiting {
                if blocked.isDisjoint(with: waiter.folders) {
                    held.formUnion(waiter.folders)
                    admitted.append(waiter)
                } else {
                    remaining.append(waiter)
                }
                blocked.formUnion(waiter.folders)
            }
            waiting = remaining
            return admitted
        }
    }

    private let state = Mutex(State())

    /// Runs `body` while nobody else holds any of these. First come, first served.
    ///
    /// - Throws: what `body` throws; `CancellationError` where the task was cancelled before its turn came.
    func holding<Result>(
        _ folders: Set<FolderID>, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        try await acquire(folders)
        defer { release(folders) }
        return try await body()
    }

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func acquire(_ folders: Set<FolderID>) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let admitted = state.withLock { state in
                    state.waiting.append(Waiter(number: number, folders: folders, continuation: continuation))
                    return state.admit()
                }
                for waiter in admitted { waiter.continuation.resume() }
                if Task.isCancelled { leave(number) }
            }
        } onCancel: {
            leave(number)
        }
    }

    private func release(_ folders: Set<FolderID>) {
        let admitted = state.withLock { state in
            state.held.subtract(folders)
            return state.admit()
        }
        for waiter in admitted { waiter.continuation.resume() }
    }

    /// One who waits does not any more.
    private func leave(_ number: Int) {
        let (left, admitted) = state.withLock { state -> (Waiter?, [Waiter]) in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return (nil, []) }
            let left = state.waiting.remove(at: place)
            return (left, state.admit())
        }
        left?.continuation.resume(throwing: CancellationError())
        for waiter in admitted { waiter.continuation.resume() }
    }
}
