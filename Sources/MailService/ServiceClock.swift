/// The time that the service goes by when it waits: it never goes back, and tests turn it by hand.
struct ServiceClock: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let origin: Instant
    private let read: @Sendable () -> Instant
    private let wait: @Sendable (Instant) async throws -> Void
    private let asleep: @Sendable () -> Duration

    init(
        now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Instant) async throws -> Void,
        slept: @escaping @Sendable () -> Duration = { .zero }
    ) {
        origin = now()
        read = now
        wait = sleep
        asleep = slept
    }

    /// The system's, which goes on while the machine sleeps.
    static let continuous = ServiceClock(
        now: { .now }, sleep: { try await Task.sleep(until: $0, clock: .continuous) },
        slept: { (ContinuousClock.now - beginning.any) - (SuspendingClock.now - beginning.awake) })

    private static let beginning = (any: ContinuousClock.now, awake: SuspendingClock.now)

    var now: Instant { read() }

    /// How long the machine has been suspended since some fixed moment.
    var slept: Duration { asleep() }

    /// How long it has been going: for what is pure and knows no clock.
    var elapsed: Duration { now - origin }

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(until deadline: Instant) async throws { try await wait(deadline) }

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws { try await wait(now + duration) }
}
