internal import Synchronization
public import IMAPCodec

/// A command that was submitted.
public struct RunningCommand: Sendable {
    let result: OnceResult<StatusResponse>
    /// Keeps the connection while somebody waits for an answer of it.
    let connection: IMAPConnection

    /// The tagged response, whatever its kind. Throws `IMAPClientError` where the connection failed first, or the
    /// answer could not be read;
    /// `EncodingError` where the command was not sent for its arguments. May be asked several times.
    ///
    /// Cancelling the task that waits does not cancel the command.
    public func outcome() async throws -> StatusResponse {
        try await result.value()
    }
}

/// A result that comes once and may be awaited by many, before and after.
final class OnceResult<Value: Sendable>: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Value, any Error>])
        case done(Result<Value, any Error>)
    }

    private let state = Mutex(State.waiting([]))

    func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Value, any Error>? = state.withLock { state in
                switch state {
                case .waiting(let others):
                    state = .waiting(others + [continuation])
                    return nil
                case .done(let result):
                    return result
                }
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// The first call counts.
    func finish(_ result: Result<Value, any Error>) {
        let waiting = state.withLock { state -> [CheckedContinuation<Value, any Error>] in
            guard case .waiting(let continuations) = state else { return [] }
            state = .done(result)
            return continuations
        }
        for continuation in waiting { continuation.resume(with: result) }
    }
}
