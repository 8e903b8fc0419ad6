import MailModel
import Synchronization
import Testing

@testable import MailService

@Suite struct FolderGateTests {
    /// Who is in, and until when.
    private final class Room: Sendable {
        private let state = Mutex((log: [String](), open: Set<String>()))
        private let bell = Bell()

        var log: [String] { state.withLock { $0.log } }

        func stay(_ name: String) async {
            state.withLock { $0.log.append(name) }
            while !state.withLock({ $0.open.contains(name) }) {
                await bell.wait { self.state.withLock { $0.open.contains(name) } }
            }
        }

        func open(_ name: String) {
            _ = state.withLock { $0.open.insert(name) }
            bell.ring()
        }
    }

    private let gate = FolderGate()
    private let room = Room()
    private let one = FolderID(rawValue: 1)
    private let two = FolderID(rawValue: 2)

    private func enter(_ name: String, _ folders: Set<FolderID>) -> Task<Void, any Error> {
        Task { [gate, room] in try await gate.holding(folders) { await room.stay(name) } }
    }

    private func waiting(_ count: Int) async { while gate.waitingCount != count { await Task.yield() } }
    private func inside(_ log: [String]) async { while room.log != log { await Task.yield() } }

    @Test func firstComeFirstServed() async throws {
        let a = enter("a", [one])
        await inside(["a"])
        let b = enter("b", [one, two])
        await waiting(1)
        // It does not overtake who waits for both.
        let c = enter("c", [two])
        await waiting(2)
        room.open("a")
        try await a.value
        await inside(["a", "b"])
        #expect(gate.waitingCount == 1)
        room.open("b")
        try await b.value
        room.open("c")
        try await c.value
        #expect(room.log == ["a", "b", "c"])
    }

    @Test func whoIsCancelledLeavesNothingBehind() async throws {
        let a = enter("a", [one])
        await inside(["a"])
        let b = enter("b", [one, two])
        await waiting(1)
        let c = enter("c", [two])
        await waiting(2)
        b.cancel()
        await #expect(throws: CancellationError.self) { try await b.value }
        // Only the one who left stood in the way.
        await inside(["a", "c"])
        for name in ["a", "c"] { room.open(name) }
        try await a.value
        try await c.value
        room.open("d")
        try await enter("d", [one, two]).value
    }

    @Test func whatFailsGivesBack() async throws {
        struct Failed: Error {}
        await #expect(throws: Failed.self) { try await gate.holding([one]) { throw Failed() } }
        room.open("a")
        try await enter("a", [one]).value
    }
}
