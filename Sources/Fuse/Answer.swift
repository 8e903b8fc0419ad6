/// What a handler of ``FileSystem`` returns. The layer below sends it: each request is answered exactly once.
public enum Answer<Value: Sendable>: Sendable {
    /// Sent at once, on the thread that asked.
    case now(Value)
    /// The call fails.
    case failed(Errno)
    /// Runs as a task; its value or error is sent when it ends. A thrown ``Errno`` is sent as it is,
    /// `CancellationError` as EINTR, anything else as EIO and reported.
    ///
    /// When the caller is interrupted, or the session ends, the task is cancelled and EINTR is sent without waiting for
    /// it; what it brings later is dropped: its lookups are forgotten, its handle is released. So nothing with a side
    /// effect belongs here. Names and bytes that the handler was given are gone when the handler returns: copy them
    /// first.
    case later(@Sendable () async throws -> Value)
    /// As `later`, but an interrupted caller goes on waiting: for work with a side effect, which must be short.
    case uninterruptible(@Sendable () async throws -> Value)
    /// Waits as `later` does, and is answered as `then` says afterwards: for work with a side effect that has to wait first. When the caller
    /// is interrupted while it waits, `then` does not run.
    case waiting(for: @Sendable () async throws -> Void, then: @Sendable () -> Answer<Value>)
}

extension Answer where Value == Void {
    /// Success of a call that has no value.
    public static var done: Answer<Void> { .now(()) }
}
