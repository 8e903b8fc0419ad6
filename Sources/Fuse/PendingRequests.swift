internal import Synchronization

/// Requests whose answer is still to come. Each is claimed once, by its task, an interrupt or the end of the session,
/// and the one who claimed it answers it.
///
/// Interrupts name a request by its number here and not by an address: one that comes late finds nothing.
final class PendingRequests: Sendable {
    struct Pending: Sendable {
        let request: Request
        let interruptible: Bool
        /// Interrupts only leave a mark until the request is ready for them.
        var isReady = false
        var isInterrupted = false
        var task: Task<Void, Never>?
    }

    private struct State {
        var lastNumber: UInt = 0
        var pending: [UInt: Pending] = [:]
        var ended = false
    }

    private let state = Mutex(State())

    /// - Returns: its number, never 0; nil when the session ends.
    func add(_ request: Request, interruptible: Bool) -> UInt? {
        state.withLock { state in
            if state.ended { return nil }
            state.lastNumber &+= 1
            if state.lastNumber == 0 { state.lastNumber = 1 }
            state.pending[state.lastNumber] = Pending(request: request, interruptible: interruptible)
            return state.lastNumber
        }
    }

    /// From now on an interrupt claims the request.
    /// - Returns: what has been claimed for an interrupt that came before.
    func ready(_ number: UInt) -> Pending? {
        state.withLock { state in
            state.pending[number]?.isReady = true
            return state.pending[number]?.isInterrupted == true ? state.pending.removeValue(forKey: number) : nil
        }
    }

    /// Claims the request for an interrupt.
    func interrupt(_ number: UInt) -> Pending? {
        state.withLock { state in
            guard state.pending[number]?.isReady == true else {
                state.pending[number]?.isInterrupted = true
                return nil
            }
            return state.pending.removeValue(forKey: number)
        }
    }

    /// - Returns: false when the request is answered already.
    func attach(_ task: Task<Void, Never>, to number: UInt) -> Bool {
        state.withLock { state in
            guard state.pending[number] != nil else { return false }
            state.pending[number]?.task = task
            return true
        }
    }

    func claim(_ number: UInt) -> Pending? { state.withLock { $0.pending.removeValue(forKey: number) } }

    /// Claims all there are; from now on none is added.
    func end() -> [Pending] {
        state.withLock { state in
            state.ended = true
            defer { state.pending = [:] }
            return Array(state.pending.values)
        }
    }

    var count: Int { state.withLock { $0.pending.count } }
}
