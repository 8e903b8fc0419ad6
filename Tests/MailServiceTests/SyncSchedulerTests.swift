import MailModel
import MailPool
import Synchronization
import Testing

@testable import MailService

@Suite struct SyncSchedulerTests {
    private final class Runs: Sendable {
        private let state = Mutex((count: 0, isHeld: false, held: [CheckedContinuation<Void, Never>]()))

        var count: Int { state.withLock { $0.count } }

        /// One run, which waits while it is held.
        func run() async {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    state.count += 1
                    if state.isHeld { state.held.append(continuation) }
                    return !state.isHeld
                }
                if goesOn { continuation.resume() }
            }
        }

        func hold() { state.withLock { $0.isHeld = true } }

        func release() {
            let held = state.withLock { state in
                defer { state.held = [] }
                state.isHeld = false
                return state.held
            }
            for continuation in held { continuation.resume() }
        }
    }

    private struct Refused: Error {}

    private let folder = FolderID(rawValue: 3)
    private let runs = Runs()

    private func scheduler(failing: Bool = false) -> SyncScheduler {
        let runs = runs
        return SyncScheduler(clock: .continuous) { _, _ in
            await runs.run()
            if failing { throw Refused() }
        }
    }

    @Test func oneThatBeganSinceAnswers() async throws {
        let scheduler = scheduler()
        let moment = ContinuousClock.now
        runs.hold()
        await scheduler.heard(of: folder)
        async let done: Void = scheduler.bringUpToDate(folder, lane: .listing, since: moment)
        while runs.count == 0 { await Task.yield() }
        runs.release()
        try await done
        try await scheduler.bringUpToDate(folder, lane: .listing, since: moment)
        #expect(runs.count == 1)
        try await scheduler.bringUpToDate(folder, lane: .listing)
        #expect(runs.count == 2)
    }

    @Test func oneThatBeganBeforeDoesNot() async throws {
        let scheduler = scheduler()
        runs.hold()
        await scheduler.heard(of: folder)
        while runs.count == 0 { await Task.yield() }
        async let done: Void = scheduler.bringUpToDate(folder, lane: .listing, since: .now)
        runs.release()
        try await done
        #expect(runs.count == 2)
    }

    @Test func oneThatFailedDoesNot() async throws {
        let scheduler = scheduler(failing: true)
        let moment = ContinuousClock.now
        await scheduler.heard(of: folder)
        await scheduler.rest()
        await #expect(throws: Refused.self) {
            try await scheduler.bringUpToDate(folder, lane: .listing, since: moment)
        }
        #expect(runs.count == 2)
    }

    @Test(
        "a cancelled call leaves nothing behind, and the synchronisation goes on for others", arguments: [false, true])
    func cancelled(joining: Bool) async throws {
        let scheduler = scheduler()
        let folder = folder
        runs.hold()
        let impatient = Task {
            if joining {
                try await scheduler.join(folder, lane: .listing)
            } else {
                try await scheduler.bringUpToDate(folder, lane: .listing)
            }
        }
        while runs.count == 0 { await Task.yield() }
        let patient = Task { try await scheduler.join(folder, lane: .listing) }
        while await scheduler.waiterCount < 2 { await Task.yield() }
        impatient.cancel()
        await #expect(throws: CancellationError.self) { try await impatient.value }
        #expect(await scheduler.waiterCount == 1)
        runs.release()
        try await patient.value
        #expect(runs.count == 1)
        #expect(await scheduler.waiterCount == 0)
    }

    @Test("who is cancelled while an earlier run goes on waits for no other, and begins none")
    func cancelledBefore() async throws {
        let scheduler = scheduler()
        let folder = folder
        runs.hold()
        await scheduler.heard(of: folder)
        while runs.count == 0 { await Task.yield() }
        let call = Task { try await scheduler.bringUpToDate(folder, lane: .listing) }
        while await scheduler.waiterCount == 0 { await Task.yield() }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        runs.release()
        await scheduler.rest()
        #expect(runs.count == 1)
    }
}
