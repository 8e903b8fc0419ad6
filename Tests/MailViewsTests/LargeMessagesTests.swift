import Synchronization
import Testing

@testable import MailViews

/// What is large is made one after another.
@Suite("Large messages") struct LargeMessagesTests {
    private final class Made: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    @Test("one at a time, in turn") func turns() async throws {
        let large = LargeMessages()
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let made = Made()
        let (begun, beginner) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await large.inTurn {
                beginner.yield()
                for await _ in gate { break }
                made.numbers.withLock { $0.append(0) }
            }
        }
        for await _ in begun { break }
        var others: [Task<Void, any Error>] = []
        for number in 1...5 {
            others.append(Task { try await large.inTurn { made.numbers.withLock { $0.append(number) } } })
            while large.waiterCount < number { await Task.yield() }
        }
        #expect(made.numbers.withLock { $0 } == [])
        opener.yield()
        try await first.value
        for other in others { try await other.value }
        #expect(made.numbers.withLock { $0 } == Array(0...5))
    }

    @Test("who is interrupted waits no longer, and holds nobody up") func interrupted() async throws {
        let large = LargeMessages()
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let (begun, beginner) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await large.inTurn {
                beginner.yield()
                for await _ in gate { break }
            }
        }
        for await _ in begun { break }
        let second = Task { try await large.inTurn { Issue.record("it was interrupted") } }
        while large.waiterCount < 1 { await Task.yield() }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        opener.yield()
        try await first.value
        let value = try await large.inTurn { 7 }
        #expect(value == 7)
    }
}
