import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Where UIDs do not last nothing can be told apart for sure: nothing is taken out, and that is said at once.
@Suite(.serialized) struct PassingUIDTests {
    enum Lack: String, CaseIterable, Sendable {
        case missing, zero, nonsense, notSticky

        var action: Misbehaviour.Action {
            switch self {
            case .missing: .noUIDValidity
            case .zero: .substitute("[UIDVALIDITY 1700000002]", "[UIDVALIDITY 0]")
            case .nonsense: .substitute("[UIDVALIDITY 1700000002]", "[UIDVALIDITY soon]")
            case .notSticky: .uidNotSticky
            }
        }
    }

    @Test(arguments: Lack.allCases) func nothingLeavesTheFolder(lack: Lack) async throws {
        let rig = try Rig.changing()
        rig.server.deliver(Letter.make(11...13), to: "Work")
        for command in ["SELECT", "EXAMINE"] {
            rig.server.install(Misbehaviour(on: command, containing: "Work", lack.action))
        }
        try await rig.synchronised { service, shown in
            #expect(throws: ServiceError.readOnly) { try service.remove("Work/letter 11.eml", shown) }
            #expect(throws: ServiceError.readOnly) {
                try service.move("Work/letter 12.eml", to: "INBOX/letter 12.eml", shown)
            }
            #expect(throws: ServiceError.readOnly) {
                try service.flag("Work/letter 13.eml", .add(Flags(system: .seen)), shown)
            }
            rig.server.clearObservation()
            try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            try service.write(Letter.make(20), to: "Work/20.eml", shown)
            let left = await service.drain(until: .now + .seconds(60))
            #expect(left == 0)
            #expect(rig.letters(in: "Work") == [1, 11, 12, 13, 20])
            #expect(service.failedChanges == [])
        }
    }

    @Test("no folder that is made in the second of the start counts as one") func ofTheStart() {
        for now in [1_700_000_000, 1_795_811_000, 2_100_000_000] as [Int64] {
            let epoch = SyncTurn.transientEpoch(at: now)
            #expect(epoch != UIDValidity(UInt32(now)))
            #expect(Int64(epoch.rawValue) > now + 1_000_000_000)
            #expect(epoch != SyncTurn.transientEpoch(at: now + 1))
        }
    }
}
