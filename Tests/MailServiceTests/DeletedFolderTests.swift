import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A directory that is removed with what was in it can be brought back like its messages, and takes nothing with it that nobody saw.
@Suite(.serialized) struct DeletedFolderTests {
    private static let policies = [DeletionPolicy.expunge, .trash]
    private static let letters = ["Work/letter 11.eml", "Work/letter 12.eml", "Work/Deep/letter 13.eml"]

    private func rig(_ policy: DeletionPolicy, _ change: (inout Rig.Options) -> Void = { _ in }) throws -> Rig {
        let rig = try Rig.changing { options in
            options.deletion = policy
            change(&options)
        }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        rig.server.deliver(Letter.make(11...12), to: "Work")
        rig.server.createFolder("Work/Deep")
        rig.server.deliver(Letter.make(13), to: "Work/Deep")
        return rig
    }

    /// As `rm -r` does.
    private func removeAll(_ service: MailService, _ shown: Shown) throws {
        for path in Self.letters { try service.remove(path, shown) }
        for path in ["Work/Deep", "Work"] {
            _ = try service.removeFolder(try #require(shown.model.folder(path)).id)
        }
        #expect(Set(shown.model.paths).isDisjoint(with: ["Work", "Work/Deep"]))
    }

    @Test(arguments: policies, [true, false]) func comesBack(policy: DeletionPolicy, restarts: Bool) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            try await rig.drained(service, shown)
            if !restarts { try await takeBack(rig, service, shown) }
        }
        guard restarts else { return }
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try shown.loadAll(from: service)
            #expect(shown.model.paths == ["Bin", "INBOX"])
            try await takeBack(rig, service, shown)
        }
    }

    /// What waits in a folder below keeps no folder from its new name, and comes back there.
    @Test(arguments: policies) func aFolderAboveIsRenamed(policy: DeletionPolicy) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try service.remove(Self.letters[2], shown)
            _ = try service.removeFolder(try #require(shown.model.folder("Work/Deep")).id)
            try await rig.drained(service, shown)
            let work = try #require(shown.model.folder("Work"))
            _ = try service.renameFolder(work.id, to: .root, name: Array("Kept".utf8))
            #expect(await service.drain(until: rig.deadline) == 0)
            #expect(service.blockedChanges == [])
            #expect(rig.server.observation.count("RENAME") == 1)
            #expect(rig.server.account.folders.contains("Kept/Deep"))
            try await rig.settle(service, shown)
            #expect(shown.model.paths == ["Bin", "INBOX", "Kept"])
            #expect(try service.undelete(nil) == ["Kept/Deep/letter 13.eml"])
            try await rig.drained(service, shown)
            #expect(shown.model.names(in: "Kept/Deep") == ["letter 13.eml"])
            #expect(rig.letters(in: "Kept/Deep") == [13])
            #expect(rig.letters(in: "Kept") == [11, 12])
        }
    }

    private func takeBack(_ rig: Rig, _ service: MailService, _ shown: Shown) async throws {
        #expect(rig.server.observation.count("DELETE") == 0)
        #expect(try service.undelete("Work/Deep/*") == [Self.letters[2]])
        #expect(shown.model.paths == ["Bin", "INBOX", "Work", "Work/Deep"])
        #expect(try service.undelete(nil).sorted() == Array(Self.letters[..<2]))
        try await rig.drained(service, shown)
        #expect(shown.model.names(in: "Work") == ["letter 11.eml", "letter 12.eml"])
        #expect(shown.model.names(in: "Work/Deep") == ["letter 13.eml"])
        #expect(rig.letters(in: "Work") == [11, 12])
        #expect(rig.letters(in: "Work/Deep") == [13])
        #expect(rig.server.messages(in: "Bin").isEmpty)
        rig.advanceClock(601)
        await service.running?.sender.wake()
        try await rig.drained(service, shown)
        #expect(rig.server.account.folders.contains("Work/Deep"))
        #expect(service.failedChanges == [])
    }

    @Test(arguments: policies) func goesWhenTheTimeIsOver(policy: DeletionPolicy) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            try await rig.drained(service, shown)
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the folders to go") { !$0.folders.contains("Work") }
            try await rig.drained(service, shown)
            #expect(rig.server.account.folders.sorted() == ["Bin", "INBOX"])
            #expect(rig.letters(in: "Bin") == (policy == .trash ? [11, 12, 13] : []))
            #expect(try service.undelete(nil) == [])
            #expect(service.failedChanges == [])
        }
    }

    enum Content: CaseIterable { case message, file }

    /// The server has yet to make it, and makes it for what may come back.
    @Test(arguments: policies, [true, false])
    func comesBackThoughItWasNotMade(policy: DeletionPolicy, isSent: Bool) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let (new, _) = try service.createFolder(in: .root, name: Array("New".utf8))
            // Where it is flagged, a message that was moved is deleted where it is.
            let content = policy == .trash ? Content.allCases : [.file]
            if content.contains(.message) { try service.move("INBOX/letter 1.eml", to: "New/one.eml", shown) }
            try service.write(Letter.make(9), to: "New/nine.eml", shown)
            if content.contains(.message) { try service.remove("New/one.eml", shown) }
            try service.remove("New/nine.eml", shown)
            _ = try service.removeFolder(new.id)
            #expect(shown.model.folder("New") == nil)
            if isSent {
                try rig.server.start()
                try await rig.drained(service, shown)
                #expect(shown.model.folder("New") == nil)
            }
            let expected = policy == .trash ? ["New/nine.eml", "New/one.eml"] : ["New/nine.eml"]
            #expect(try service.undelete(nil).sorted() == expected)
            if !isSent { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "New") == (policy == .trash ? [1, 9] : [9]))
            #expect(rig.letters(in: "Bin") == [])
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "New") == (policy == .trash ? [1, 9] : [9]))
            #expect(service.failedChanges == [])
        }
    }

    /// It goes when that time is over.
    @Test func goesThoughItWasNotMade() async throws {
        let rig = try rig(.trash)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let (new, _) = try service.createFolder(in: .root, name: Array("New".utf8))
            try service.move("INBOX/letter 1.eml", to: "New/one.eml", shown)
            try service.remove("New/one.eml", shown)
            _ = try service.removeFolder(new.id)
            try rig.server.start()
            try await rig.drained(service, shown)
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the folder to go") { !$0.folders.contains("New") }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Bin") == [1])
            #expect(try service.undelete(nil) == [])
            #expect(service.failedChanges == [])
        }
    }

    /// Where nothing is to be brought back, nothing waits.
    @Test(arguments: policies) func goesAtOnce(policy: DeletionPolicy) async throws {
        let rig = try rig(policy) { $0.expungeAfter = 0 }
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            try await rig.server.waitForMail("the folders to go") { !$0.folders.contains("Work") }
            try await rig.drained(service, shown)
            #expect(rig.server.account.folders.sorted() == ["Bin", "INBOX"])
        }
    }

    /// Nobody waits for what is not sent yet.
    @Test func nobodyWaits() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work/Deep")).id
            try service.remove("Work/Deep/letter 13.eml", shown)
            try await service.verdict(of: service.removeFolder(work))
            try await service.synchronised(message: nil, folder: work)
            try await rig.drained(service, shown)
            #expect(service.pendingChanges == 0)
            #expect(rig.server.account.folders.contains("Work/Deep"))
        }
    }

    /// Made again meanwhile it is the one that was there.
    @Test func isMadeAgain() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            let (work, receipt) = try service.createFolder(in: .root, name: Array("Work".utf8))
            try await service.verdict(of: receipt)
            #expect(shown.model.names(in: "Work") == [])
            try service.move("INBOX/letter 1.eml", to: "Work/letter 1.eml", shown)
            try await rig.drained(service, shown)
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the inner one to go") { !$0.folders.contains("Work/Deep") }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [1])
            #expect(shown.model.folder("Work")?.id == work.id)
            #expect(service.failedChanges == [])
        }
    }

    /// What comes there meanwhile is shown at once.
    @Test func isFilledMeanwhile() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            try await rig.drained(service, shown)
            rig.server.deliver(Letter.make(14), to: "Work")
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "Work") == ["letter 14.eml"])
            #expect(service.failedChanges.map(\.operation) == ["rmdir"])
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the inner one to go") { !$0.folders.contains("Work/Deep") }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [14])
        }
    }

    /// What comes after the server was asked what is in the folder, and before that goes, stays with it.
    @Test func isFilledAtTheLastMoment() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(
                Misbehaviour(on: "LIST", containing: "Work/%", at: .received, times: 1, .stall))
            let receipt = try service.removeFolder(try #require(shown.model.folder("Work")).id)
            try await rig.server.waitForFiring(rule)
            rig.server.deliver(Letter.make(14), to: "Work")
            rig.server.release(rule)
            await #expect(throws: ServiceError.self) { try await service.verdict(of: receipt) }
            try await rig.settle(service, shown)
            #expect(rig.letters(in: "Work") == [14])
            #expect(shown.model.names(in: "Work") == ["letter 14.eml"])
        }
    }

    /// Another folder takes the name: it is shown there, and renamed when the name is free.
    @Test func itsNameIsTaken() async throws {
        let rig = try rig(.expunge)
        rig.server.createFolder("New")
        rig.server.deliver(Letter.make(21), to: "New")
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            let new = try #require(shown.model.folder("New")).id
            try await service.verdict(of: service.renameFolder(new, to: .root, name: Array("Work".utf8)))
            #expect(shown.model.names(in: "Work") == ["letter 21.eml"])
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            // The server has not what is shown: a sync says so.
            #expect(service.blockedChanges.count == 1)
            #expect(try await service.status().blocked.map(\.path) == ["Work"])
            #expect(try service.undelete(nil) == [])
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the rename") { !$0.folders.contains("New") }
            try await rig.drained(service, shown)
            #expect(service.blockedChanges == [])
            #expect(rig.letters(in: "Work") == [21])
            #expect(shown.model.folder("Work")?.id == new)
            #expect(service.failedChanges == [])
        }
    }

    /// Messages that are only marked stay on the server, and so does their folder.
    @Test func whatIsOnlyMarkedStays() async throws {
        let rig = try rig(.mark)
        try await rig.synchronised { service, shown in
            let deep = try #require(shown.model.folder("Work/Deep")).id
            try service.remove("Work/Deep/letter 13.eml", shown)
            #expect(throws: ServiceError.notEmpty) { try service.removeFolder(deep) }
            try await rig.drained(service, shown)
            #expect(throws: ServiceError.notEmpty) { try service.removeFolder(deep) }
            #expect(rig.server.messages(in: "Work/Deep").count == 1)
        }
    }
}
