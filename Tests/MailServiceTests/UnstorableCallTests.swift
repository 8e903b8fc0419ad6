import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Calls that wait for the server, where the disk fails as well: an error that says "not done" is true, and what is not known says so.
@Suite(.serialized) struct UnstorableCallTests {
    enum Call: CaseIterable, Sendable { case move, delete, flag, makeFolder }

    private func make(_ call: Call, _ service: MailService, _ shown: Shown) throws -> Receipt {
        switch call {
        case .move: try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
        case .delete: try service.remove("INBOX/letter 1.eml", shown)
        case .flag: try service.flag("INBOX/letter 1.eml", .add(Flags(system: .flagged)), shown)
        case .makeFolder: try service.createFolder(in: .root, name: Array("New".utf8)).receipt
        }
    }

    /// Offline: nothing was sent, and taking it back cannot be written down.
    @Test(arguments: Call.allCases) func whatFailedIsNotSentLater(call: Call) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let receipt = try make(call, service, shown)
            let fault = try StoreFault("DELETE", on: "operation", of: rig.scratch.path + "/state/state.sqlite")
            await #expect(throws: ServiceError.self) { try await service.verdictOrNothing(of: receipt) }
            try fault.heal()
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.server.changingCommands == [])
            #expect(service.failedChanges == [])
            #expect(service.pendingChanges == 0)
        }
    }

    /// A directory whose making cannot be recorded is not there.
    @Test func aDirectoryThatIsNotRecordedIsNotShown() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let before = shown.model.paths
            let fault = try StoreFault("INSERT", on: "operation", of: rig.scratch.path + "/state/state.sqlite")
            #expect(throws: (any Error).self) { try make(.makeFolder, service, shown) }
            #expect(shown.model.paths == before)
            try fault.heal()
            try await service.verdict(of: make(.makeFolder, service, shown))
            #expect(shown.model.paths.count == before.count + 1)
        }
    }

    /// The server has done it, and neither that nor that it is not known can be stored.
    @Test func whatMayHaveHappenedIsUnknown() async throws {
        let rig = try Rig.changing { $0.timeout = .seconds(1) }
        let probe = Probe()
        try await rig.synchronised(probe) { service, shown in
            let fault = try StoreFault("INSERT", on: "setting", of: rig.scratch.path + "/cache/index.sqlite")
            probe.arm { $0 == .settling }
            let receipt = try make(.move, service, shown)
            await #expect(throws: ServiceError.timedOut) { try await service.verdictOrNothing(of: receipt) }
            #expect(service.unknownChanges.count == 1)
            probe.arm(nil)
            try fault.heal()
            try await rig.drained(service, shown)
            #expect(service.unknownChanges == [])
            #expect(rig.letters(in: "Work") == [1])
        }
    }
}
