import MailModel
import Synchronization
import Testing

@testable import MailService

@Suite struct VerdictsTests {
    private let one = OperationID(rawValue: 1)
    private let two = OperationID(rawValue: 2)

    private func operation(_ id: OperationID, _ state: MailModel.Operation.State) -> MailModel.Operation {
        Operation(id: id, change: .delete(MessageID(rawValue: 9)), state: state, made: 1)
    }

    private func waiting(
        _ verdicts: Verdicts, for ids: [OperationID]
    ) async -> Task<Void, any Error> {
        let task = Task {
            try await verdicts.wait(for: ids) {
                MailModel.Operation(id: $0, change: .delete(MessageID(rawValue: 9)), made: 1)
            }
        }
        while !verdicts.isAwaited { await Task.yield() }
        return task
    }

    @Test func whenAllHaveLeft() async throws {
        let told = Mutex(0)
        let verdicts = Verdicts { told.withLock { $0 += 1 } }
        let task = await waiting(verdicts, for: [one, two])
        while told.withLock({ $0 }) == 0 { await Task.yield() }
        verdicts.take(AccountView.Changes(ended: [one]))
        #expect(verdicts.isAwaited)
        verdicts.take(AccountView.Changes(ended: [two]))
        try await task.value
        #expect(!verdicts.isAwaited)
    }

    @Test func theFirstFailure() async {
        let verdicts = Verdicts {}
        let task = await waiting(verdicts, for: [one, two])
        let failure = ChangeFailure(kind: .notEmpty, text: "")
        verdicts.take(AccountView.Changes(operations: [operation(two, .failed(failure))]))
        await #expect(throws: ServiceError.notEmpty) { try await task.value }
    }

    /// A move that was done as a copy goes on as the deletion of its original.
    @Test(arguments: [false, true]) func theOriginalIsWaitedFor(isRefused: Bool) async throws {
        let verdicts = Verdicts {}
        let task = await waiting(verdicts, for: [one])
        verdicts.take(AccountView.Changes(operations: [operation(one, .waiting)], ended: [one])) { $0 == one }
        #expect(verdicts.isAwaited)
        if isRefused {
            // The message is where it was to go.
            let failed = operation(one, .failed(ChangeFailure(kind: .refused, text: "")))
            verdicts.take(AccountView.Changes(operations: [failed])) { $0 == one }
        } else {
            verdicts.take(AccountView.Changes(ended: [one])) { $0 == one }
        }
        try await task.value
        #expect(!verdicts.isAwaited)
    }

    @Test func whatEndedBefore() async throws {
        let verdicts = Verdicts {}
        try await verdicts.wait(for: [one]) { _ in nil }
        #expect(!verdicts.isAwaited)
    }

    @Test func onlyThoseThatAreStalled() async throws {
        let verdicts = Verdicts {}
        let task = await waiting(verdicts, for: [one])
        verdicts.stall(.timedOut, only: [two])
        #expect(verdicts.isAwaited)
        verdicts.stall(.timedOut, only: [one, two])
        await #expect(throws: ServiceError.timedOut) { try await task.value }
    }

    @Test func whoIsCancelledLeavesNothingBehind() async {
        let verdicts = Verdicts {}
        let task = await waiting(verdicts, for: [one])
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(!verdicts.isAwaited)
        let turn = Task { await verdicts.wait(until: nil, by: .continuous) { false } }
        while !verdicts.isAwaited { await Task.yield() }
        turn.cancel()
        await turn.value
        #expect(!verdicts.isAwaited)
    }

    @Test func nobodyWaitsForAServiceThatStopped() async {
        let verdicts = Verdicts {}
        let task = await waiting(verdicts, for: [one])
        verdicts.stop()
        await #expect(throws: ServiceError.offline) { try await task.value }
        await #expect(throws: ServiceError.offline) { try await verdicts.wait(for: [one]) { _ in nil } }
        await verdicts.wait(until: nil, by: .continuous) { false }
    }
}
