import Testing

@testable import MailService

@Suite struct BellTests {
    @Test func wakesAllWhoWait() async {
        let bell = Bell()
        let tasks = (0..<3).map { _ in Task { await bell.wait { false } } }
        while bell.waitingCount < 3 { await Task.yield() }
        bell.ring()
        for task in tasks { await task.value }
        #expect(bell.waitingCount == 0)
    }

    @Test func doesNotWaitForWhatIsDone() async {
        let bell = Bell()
        await bell.wait { true }
        #expect(bell.waitingCount == 0)
    }

    @Test func whoIsCancelledLeavesNothingBehind() async {
        let bell = Bell()
        let manual = ManualClock()
        for deadline in [nil, manual.clock.now + .seconds(1)] {
            let task = Task { await bell.wait(until: deadline, by: manual.clock) { false } }
            while bell.waitingCount == 0 { await Task.yield() }
            task.cancel()
            await task.value
            #expect(bell.waitingCount == 0)
            while manual.sleeperCount > 0 { await Task.yield() }
        }
    }

    @Test func upToADeadline() async {
        let bell = Bell()
        let manual = ManualClock()
        let end = manual.clock.now + .seconds(86_400)
        let task = Task { await bell.wait(until: end, by: manual.clock) { false } }
        await manual.waitForSleeper()
        manual.advance(by: .seconds(86_400))
        await task.value
        #expect(manual.clock.now == end)
        // It is over: nobody is woken for it.
        await bell.wait(until: end, by: manual.clock) { false }
    }
}
