/// The time that the service goes by when it waits: it never goes back, and tests turn it by hand.
struct ServiceClock: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let read: @Sendable () -> Instant
    private let wait: @Sendable (Instant) async throws -> Void

    init(now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Instant) async throws -> Void) {
        read = now
        wait = sleep
    }

    /// The system's, which goes on while the machine sleeps.
    static let continuous = ServiceClock(
        now: { .now }, sleep: { try await Task.sleep(until: $0, clock: .continuous) })

    var now: Instant { read() }

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(until deadline: Instant) async throws { try await wait(deadline) }

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws { try await wait(now + duration) }
}
