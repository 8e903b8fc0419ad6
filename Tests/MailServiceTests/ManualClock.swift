import Synchronization
import Testing

@testable import MailService

/// A clock that stands still until it is advanced.
final class ManualClock: Sendable {
    private struct Sleeper {
        let until: ServiceClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = ServiceClock.Instant.now
        var next = 0
        var sleepers: [Int: Sleeper] = [:]
        var watching: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var clock: ServiceClock {
        ServiceClock(now: { self.state.withLock { $0.now } }, sleep: { try await self.sleep(until: $0) })
    }

    /// How long the one who wakes first has to sleep still; nil while nobody sleeps.
    var nextWake: Duration? {
        state.withLock { state in state.sleepers.values.map { $0.until - state.now }.min() }
    }

    var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Returns when somebody sleeps.
    func waitForSleeper() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.isEmpty { state.watching.append(continuation) }
                return !state.sleepers.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    /// Wakes who has slept long enough then.
    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.sorted { $0.until < $1.until }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    private func sleep(until deadline: ServiceClock.Instant) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (isDue, watching) = state.withLock { state in
                    if deadline <= state.now { return (true, [CheckedContinuation<Void, Never>]()) }
                    state.sleepers[number] = Sleeper(until: deadline, continuation: continuation)
                    defer { state.watching = [] }
                    return (false, state.watching)
                }
                if isDue { continuation.resume() }
                if Task.isCancelled { end(number) }
                for continuation in watching { continuation.resume() }
            }
        } onCancel: {
            end(number)
        }
    }

    private func end(_ number: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume(throwing: CancellationError())
    }
}

@Suite struct ManualClockTests {
    @Test func wakesWhoIsDue() async throws {
        let manual = ManualClock()
        let clock = manual.clock
        let began = clock.now
        try await clock.sleep(for: .zero)
        let short = Task { try await clock.sleep(for: .seconds(1)) }
        let long = Task { try await clock.sleep(for: .seconds(3600)) }
        while manual.sleeperCount < 2 { await Task.yield() }
        manual.advance(by: .seconds(1))
        try await short.value
        #expect(manual.nextWake == .seconds(3599))
        manual.advance(by: .seconds(3600))
        try await long.value
        #expect(clock.now == began + .seconds(3601))
    }

    @Test func endsForTheCancelled() async {
        let manual = ManualClock()
        let task = Task { try await manual.clock.sleep(for: .seconds(1)) }
        await manual.waitForSleeper()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(manual.sleeperCount == 0)
    }
}
