import Foundation
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A deletion that waits is done, taken back, or told as failed; it never ends unheard.
@Suite(.serialized) struct WaitingDeletionTests {
    /// The cache is gone, and the state is not: the folder is listed again, and the deletion goes on.
    @Test(arguments: [true, false]) func theCacheWasRemoved(isFlagged: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            if isFlagged {
                try await service.verdict(of: service.remove("INBOX/letter 2.eml", shown))
            } else {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
                try service.remove("INBOX/letter 2.eml", shown)
            }
        }
        rig.server.stop()
        try FileManager.default.removeItem(atPath: rig.scratch.path + "/cache")
        try rig.server.start()
        try await rig.synchronised { service, shown in
            #expect(shown.model.names(in: "INBOX") == [1, 3, 4, 5].map { "letter \($0).eml" })
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") == 1 }
            try await rig.drained(service, shown)
            #expect(rig.server.messages(in: "INBOX").count == 4)
            #expect(service.failedChanges == [])
        }
    }

    /// Without MOVE the original of a move is such a deletion.
    @Test func theCacheWasRemovedInTheMiddleOfAMove() async throws {
        let rig = try Rig.changing(.full.without("MOVE"))
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID STORE", at: .received, .stall))
            try service.move("INBOX/letter 2.eml", to: "Work/2.eml", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.stop()
            try await rig.wait(for: .offline, service)
        }
        rig.server.behave()
        try FileManager.default.removeItem(atPath: rig.scratch.path + "/cache")
        try rig.server.start()
        try await rig.synchronised { service, shown in
            try await rig.drained(service, shown)
            try await rig.server.waitForMail("the original to go") { $0.messages(in: "INBOX").count == 4 }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
            #expect(rig.letters(in: "Work") == [2])
            #expect(try service.undelete(nil) == [])
        }
    }

    /// Another client renamed the folder meanwhile, and nothing tells that it is the same: the mail is there again, and that is told.
    @Test func theFolderHasAnotherName() async throws {
        let rig = try Rig.changing(.full.without("OBJECTID"))
        rig.server.deliver(Letter.make(11...14), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.remove("Work/letter 11.eml", shown)
            try service.move("Work/letter 12.eml", to: "INBOX/letter 12.eml", shown)
            rig.server.renameFolder("Work", to: "Play")
            rig.server.changeUIDValidity(of: "Play")
            try rig.server.start()
            try await rig.wait(for: .online, service)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            _ = await service.drain(until: .now + .seconds(60))
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(shown.model.names(in: "Play").count == 4)
            #expect(service.failedChanges.map(\.operation) == ["delete", "move"])
            #expect(service.pendingChanges == 0)
        }
    }

    /// Made anew by another client, with the same messages: those are not deleted, and are shown.
    @Test(arguments: [true, false]) func theFolderWasMadeAnew(hasObjectID: Bool) async throws {
        let rig = try Rig.changing(hasObjectID ? .full : .full.without("OBJECTID"))
        rig.server.deliver(Letter.make(11...13), to: "Work")
        try await rig.synchronised { service, shown in
            try await service.verdict(of: service.remove("Work/letter 11.eml", shown))
            try await service.verdict(of: service.remove("Work/letter 12.eml", shown))
            rig.server.changeUIDValidity(of: "Work")
            for uid in rig.server.uids(in: "Work") { rig.server.setFlags([], of: uid, in: "Work") }
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(rig.letters(in: "Work") == [11, 12, 13])
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "Work") == [11, 12, 13].map { "letter \($0).eml" })
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [11, 12, 13])
            #expect(rig.server.observation.count("UID EXPUNGE") == 0)
        }
    }

    /// The flag taken off by another client is the same, one by one.
    @Test func anotherClientBringsOneBack() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            for number in 2...3 { try await service.verdict(of: service.remove("INBOX/letter \(number).eml", shown)) }
            rig.server.setFlags([], of: 2, in: "INBOX")
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "INBOX") == [1, 2, 4, 5].map { "letter \($0).eml" })
            #expect(try service.undelete(nil) == ["INBOX/letter 3.eml"])
        }
    }
}
