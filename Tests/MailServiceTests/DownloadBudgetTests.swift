import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// No more is fetched in a day than the user wants.
@Suite(.serialized) struct DownloadBudgetTests {
    private static let octets = 100_000

    /// Five letters of about 100,000 octets, of which four may be fetched.
    private func account() throws -> Rig {
        let rig = try Rig(.full, Rig.Options { $0.downloadLimit = UInt64(4 * Self.octets + 1_000) })
        rig.server.deliver(Letter.make(1...5, octets: Self.octets), to: "INBOX")
        return rig
    }

    private func read(_ numbers: ClosedRange<UInt32>, _ service: MailService, _ shown: Shown) async throws {
        for number in numbers {
            try await service.expect(
                Letter.make(Int(number), octets: Self.octets), reading: number, in: "INBOX", shown)
        }
    }

    private func expectRefusal(_ service: MailService, _ shown: Shown) async {
        await #expect {
            _ = try await service.read(5, in: "INBOX", shown)
        } throws: {
            if case .limitReached = $0 as? ServiceError { true } else { false }
        }
    }

    /// What is here is read on; the next day has a budget of its own.
    @Test func endsAtMidnight() async throws {
        let rig = try account()
        try await rig.synchronised { service, shown in
            #expect(try await service.status().cacheTrouble == nil)
            try await read(1...4, service, shown)
            rig.server.clearObservation()
            await expectRefusal(service, shown)
            #expect(rig.server.observation.bodies.isEmpty)
            #expect(try await service.status().cacheTrouble?.contains("--download-limit") == true)
            try await read(1...4, service, shown)
            rig.advanceClock(86_400)
            #expect(try await service.status().cacheTrouble == nil)
            try await read(5...5, service, shown)
        }
    }

    @Test func survivesARestart() async throws {
        let rig = try account()
        try await rig.synchronised { service, shown in try await read(1...4, service, shown) }
        try await rig.run { service, shown in
            try shown.loadAll(from: service)
            try await service.waitUntilReady()
            await expectRefusal(service, shown)
            try await read(1...4, service, shown)
        }
    }

    /// What nobody waits for leaves a tenth.
    @Test func leavesATenth() async throws {
        let rig = try account()
        try await rig.synchronised { service, _ in
            let budget = try #require(service.running).budget
            try budget.take(300_000, isAwaited: false)
            #expect(throws: ServiceError.self) { try budget.take(100_000, isAwaited: false) }
            #expect(budget.obstacle == nil, "whoever waits is served")
            try budget.take(100_000, isAwaited: true)
            #expect(throws: ServiceError.self) { try budget.take(.max, isAwaited: true) }
            #expect(budget.obstacle != nil)
            // A clock that is set back gives no second one.
            rig.advanceClock(-86_400)
            #expect(throws: ServiceError.self) { try budget.take(100_000, isAwaited: true) }
        }
    }
}
