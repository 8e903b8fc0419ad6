import MailPool
import Testing

@testable import MailService

@Suite struct StandingTests {
    @Test func readyWhenTheFoldersAreListed() async throws {
        let standing = Standing()
        standing.started()
        let task = Task { try await standing.waitUntilReady() }
        standing.became(.online, nil)
        #expect(standing.obstacle == nil)
        standing.listedFolders()
        try await task.value
    }

    @Test(
        arguments: [
            (ConnectionState.offline, ServiceError.unavailable("no route")),
            (.refused, .accessDenied("no route")),
        ])
    func notReady(state: ConnectionState, error: ServiceError) async {
        let standing = Standing()
        standing.started()
        let task = Task { try await standing.waitUntilReady() }
        standing.became(state, "no route")
        await #expect(throws: error) { try await task.value }
        #expect(standing.obstacle == (state == .refused ? error : .offline))
    }

    @Test func anOutcomeIsWaitedForAMoment() async {
        let standing = Standing()
        let manual = ManualClock()
        // Before it is started there will be none.
        await standing.waitForOutcome(until: manual.clock.now + .seconds(2), by: manual.clock)
        standing.started()
        let end = manual.clock.now + .seconds(2)
        let task = Task { await standing.waitForOutcome(until: end, by: manual.clock) }
        await manual.waitForSleeper()
        manual.advance(by: .seconds(2))
        await task.value
        #expect(standing.connection.state == nil)
        standing.became(.online, nil)
        await standing.waitForOutcome(until: manual.clock.now + .seconds(2), by: manual.clock)
    }

    @Test func whoWaitsIsToldOfTheEnd() async throws {
        let standing = Standing()
        standing.started()
        let ready = Task { try await standing.waitUntilReady() }
        let outcome = Task { await standing.waitForOutcome(until: .now + .seconds(600), by: .continuous) }
        standing.stopped()
        try await ready.value
        await outcome.value
        #expect(!standing.isRunning)
    }
}
