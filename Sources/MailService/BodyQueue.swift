internal import BlockingWork
internal import Synchronization

/// Octets of long bodies between the wire and the disk: connections stop reading while there are too many.
final class BodyQueue: Sendable {
    private struct State {
        var octets = 0
        var heldUp: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    /// Octets; below half of it whoever was held up goes on.
    private let limit: Int
    /// Runs what writes; each sink has at most one piece of work there at a time.
    let run: @Sendable (@escaping @Sendable () -> Void) -> Void

    init(
        limit: Int = 8 << 20,
        run: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { BlockingExecutor.disk.run($0) }
    ) {
        self.limit = limit
        self.run = run
    }

    func came(_ octets: Int) { state.withLock { $0.octets += octets } }

    /// They are on the disk, or nobody wants them any more.
    func went(_ octets: Int) {
        let released = state.withLock { state -> [@Sendable () -> Void] in
            state.octets -= octets
            guard state.octets <= limit / 2 else { return [] }
            defer { state.heldUp = [] }
            return state.heldUp
        }
        for resume in released { resume() }
    }

    /// - Returns: true where nothing more is to be read before `resume` was called, on any thread.
    func holdsUp(_ resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.octets > limit else { return false }
            state.heldUp.append(resume)
            return true
        }
    }
}
