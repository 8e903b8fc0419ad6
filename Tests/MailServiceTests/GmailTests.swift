import Foundation
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Folders are labels: expunging takes one away and no more, so deleting is always a move to Trash (HAZARD 34).
@Suite(.serialized) struct GmailTests {
    private func rig(_ change: (inout Rig.Options) -> Void = { _ in }) throws -> Rig {
        let rig = try Rig.changing(.gmail, change)
        rig.server.createGmailFolders()
        return rig
    }

    private static let all = "[Gmail]/All Mail"
    private static let trash = "[Gmail]/Trash"

    @Test(arguments: DeletionPolicy.allCases, [true, false])
    func deletingIsAMoveToTrash(policy: DeletionPolicy, isShown: Bool) async throws {
        let rig = try rig {
            $0.deletion = policy
            if !isShown { $0.excluded = [Self.trash] }
        }
        // One message under two labels.
        rig.server.copy(2, from: "INBOX", to: "Work")
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            try await service.verdict(of: service.remove("INBOX/letter 2.eml", shown))
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(rig.letters(in: Self.trash) == [2])
            for name in ["INBOX", "Work", Self.all] { #expect(!rig.letters(in: name).contains(2)) }
            #expect(shown.model.names(in: "Work") == [])
            #expect(rig.server.observation.count("UID EXPUNGE") == 0)
            #expect(rig.server.observation.count("UID STORE") == 0)
        }
    }

    /// What is deleted out of All Mail goes to Trash too, and out of Trash for good.
    @Test func fromAllMailAndFromTrash() async throws {
        let rig = try rig { $0.expungeAfter = 0 }
        try await rig.synchronised { service, shown in
            try await service.verdict(of: service.remove("\(Self.all)/letter 3.eml", shown))
            try await rig.settle(service, shown)
            #expect(rig.letters(in: Self.trash) == [3])
            #expect(rig.letters(in: "INBOX") == [1, 2, 4, 5])
            try service.remove("\(Self.trash)/letter 3.eml", shown)
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") == 1 }
            try await rig.drained(service, shown)
            #expect(rig.server.messages(in: Self.trash).isEmpty)
        }
    }

    /// A move takes the one label and gives the other; the old version of a draft does not stay in All Mail.
    @Test func movesAndDrafts() async throws {
        let rig = try rig()
        rig.server.deliver(Letter.make(30), to: "[Gmail]/Drafts", flags: ["\\Draft"])
        try await rig.synchronised { service, shown in
            try await service.verdict(of: service.move("INBOX/letter 1.eml", to: "Work/one.eml", shown))
            #expect(rig.letters(in: "Work") == [1])
            #expect(rig.letters(in: Self.all) == [1, 2, 3, 4, 5, 30])
            let id = try #require(shown.model.id("[Gmail]/Drafts/letter 30.eml"))
            _ = try await service.edit(id)
            try Data(Letter.make(31)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            try await service.verdict(of: service.completed(id, isOpen: false, modified: nil))
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "[Gmail]/Drafts") == [31])
            #expect(rig.letters(in: Self.all) == [1, 2, 3, 4, 5, 31])
            #expect(rig.letters(in: Self.trash) == [30])
            #expect(try service.undelete(nil) == ["[Gmail]/Drafts/letter 30-2.eml"])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "[Gmail]/Drafts") == [30, 31])
            #expect(rig.letters(in: Self.trash) == [])
        }
    }
}
