import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A removal that belongs to a placing goes only behind that placing's success.
@Suite struct RefusedPlacingTests {
    private func refused(_ body: (Rig, MailService, Shown, Misbehaviour.ID) async throws -> Void) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
            _ = try? await service.verdict(of: service.write(Letter.make(9), to: "Work/b.eml", shown))
            #expect(service.failedChanges.map(\.path) == ["Work/b.eml"])
            try await body(rig, service, shown, rule)
        }
    }

    @Test func givingUpARefusedUploadTakesNothingElse() async throws {
        try await refused { rig, service, shown, _ in
            let receipt = try service.move(
                "Work/b.eml", to: "INBOX/letter 1.eml", shown, replacing: "INBOX/letter 1.eml")
            await #expect(throws: ServiceError.overQuota("full")) { try await service.verdict(of: receipt) }
            let left = await service.drain(until: .now + .seconds(60))
            #expect(left == 0)
            try service.discard(service.failedChanges.map(\.id))
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(shown.model.names(in: "INBOX").count == 5)
        }
    }

    @Test func itIsTriedAgainAtItsNewPlace() async throws {
        try await refused { rig, service, shown, rule in
            rig.server.remove(rule)
            let receipt = try service.move(
                "Work/b.eml", to: "INBOX/letter 1.eml", shown, replacing: "INBOX/letter 1.eml")
            try await service.verdict(of: receipt)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5, 9])
            #expect(service.failedChanges == [])
        }
    }

    /// It is moved on while it is on the wire: refused, it is where it was moved to, and the message there stays.
    @Test func itIsMovedWhileItIsSent() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let stalled = rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .stall))
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
            try service.write(Letter.make(9), to: "Work/b.eml", shown)
            try await rig.server.waitForFiring(stalled)
            let id = try #require(shown.model.id("Work/b.eml"))
            let old = try #require(shown.model.id("INBOX/letter 1.eml"))
            let receipt = try service.move(
                "Work/b.eml", to: "INBOX/letter 1.eml", shown, replacing: "INBOX/letter 1.eml")
            rig.server.release(stalled)
            await #expect(throws: ServiceError.overQuota("full")) { try await service.verdict(of: receipt) }
            let left = await service.drain(until: .now + .seconds(60))
            #expect(left == 0)
            #expect(service.failedChanges.map(\.path) == ["INBOX/letter 1.eml"])
            #expect(shown.model.id("INBOX/letter 1.eml") == id)
            #expect(shown.model.messages(in: "INBOX").map(\.id).contains(old))
            rig.server.remove(rule)
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
            #expect(rig.letters(in: "Work") == [])
        }
    }

    /// Given up together with what waits behind it, which an earlier run left so.
    @Test func whatWaitsBehindItStays() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let inbox = try #require(shown.model.folder("INBOX"))
            let scratch = try service.createFile(in: inbox.id, name: Array(".x.tmp".utf8), purpose: .scratch)
            try Data(Letter.make(20)).write(to: URL(fileURLWithPath: service.spoolPath(of: scratch.id)))
            try service.move("INBOX/.x.tmp", to: "INBOX/letter 2.eml", shown, replacing: "INBOX/letter 2.eml")
            rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
            try rig.server.start()
            try await rig.drained(service, shown)
            try service.discard(service.failedChanges.map(\.id))
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(service.failedChanges == [])
        }
    }

    /// Who has the name that a refused upload takes stays under another one, and the upload goes there when it can.
    @Test func itIsRefusedAgainAndThenGoes() async throws {
        try await refused { rig, service, shown, rule in
            let id = try #require(shown.model.id("Work/b.eml"))
            let old = try #require(shown.model.id("INBOX/letter 1.eml"))
            _ = try? await service.verdict(
                of: service.move("Work/b.eml", to: "INBOX/letter 1.eml", shown, replacing: "INBOX/letter 1.eml"))
            #expect(shown.model.id("INBOX/letter 1.eml") == id)
            #expect(shown.model.messages(in: "INBOX").map(\.id).contains(old))
            rig.server.remove(rule)
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
            #expect(service.failedChanges == [])
        }
    }
}
