import Foundation
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// What was deleted comes back where it was, also while something that was done before waits.
@Suite struct WaitingUndeleteTests {
    private func offline(_ rig: Rig, _ body: (MailService, Shown) async throws -> Void) async throws {
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try await body(service, shown)
            if service.facts.standing.connection.state == .offline { try rig.server.start() }
            try await rig.wait(for: .online, service)
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
        }
    }

    @Test(arguments: [1, 2]) func whereItWasMovedTo(moves: Int) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Later")
        try await offline(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            if moves == 2 { try service.move("Work/two.eml", to: "Later/two.eml", shown) }
            let path = moves == 2 ? "Later/two.eml" : "Work/two.eml"
            try service.remove(path, shown)
            #expect(shown.model.id(path) == nil)
            #expect(try service.undelete(nil) == [path])
            #expect(shown.model.id(path) != nil)
        }
        #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
        #expect(rig.letters(in: moves == 2 ? "Later" : "Work") == [2])
    }

    @Test func deletedWhereItWasMovedTo() async throws {
        let rig = try Rig.changing()
        try await offline(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.remove("Work/two.eml", shown)
        }
        #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
        #expect(rig.letters(in: "Work") == [])
    }

    /// What takes the place of a message.
    enum Newcomer: CaseIterable {
        case file, message

        var letter: Int { self == .file ? 9 : 6 }
    }

    private static let policies = [DeletionPolicy.expunge, .trash]

    private func rig(_ policy: DeletionPolicy) throws -> Rig {
        let rig = try Rig.changing { $0.deletion = policy }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(7...7), to: "Drafts")
        rig.server.createFolder("Later")
        rig.server.deliver(Letter.make(6...6), to: "Later")
        return rig
    }

    private func replace(_ path: String, by newcomer: Newcomer, _ service: MailService, _ shown: Shown) throws {
        guard newcomer == .file else {
            try service.move("Later/letter 6.eml", to: path, shown, replacing: path)
            return
        }
        let folder = String(path.prefix { $0 != "/" })
        let id = try #require(shown.model.folder(folder)).id
        let file = try service.createFile(in: id, name: Array("x.tmp".utf8), purpose: .scratch)
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
        _ = try service.completed(file.id, isOpen: false, modified: nil)
        try service.move("\(folder)/x.tmp", to: path, shown, replacing: path)
    }

    /// What took its place waits to be sent.
    @Test(arguments: policies, Newcomer.allCases)
    func besideWhatTookItsPlace(policy: DeletionPolicy, newcomer: Newcomer) async throws {
        let rig = try rig(policy)
        try await offline(rig) { service, shown in
            try replace("INBOX/letter 1.eml", by: newcomer, service, shown)
            #expect(try service.undelete(nil) == ["INBOX/letter 1-2.eml"])
            #expect(shown.model.id("INBOX/letter 1-2.eml") != nil && shown.model.id("INBOX/letter 1.eml") != nil)
        }
        #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, newcomer.letter])
        #expect(rig.letters(in: "Bin") == [])
    }

    /// It waits to be moved there as well.
    @Test(arguments: policies, Newcomer.allCases)
    func besideWhatTookItsPlaceElsewhere(policy: DeletionPolicy, newcomer: Newcomer) async throws {
        let rig = try rig(policy)
        try await offline(rig) { service, shown in
            try service.move("INBOX/letter 1.eml", to: "Work/one.eml", shown)
            try replace("Work/one.eml", by: newcomer, service, shown)
            #expect(try service.undelete(nil) == ["Work/one-2.eml"])
            #expect(shown.model.names(in: "Work") == ["one-2.eml", "one.eml"])
        }
        #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
        #expect(rig.letters(in: "Work") == [1, newcomer.letter])
        #expect(rig.letters(in: "Bin") == [])
    }

    /// Everything has been sent.
    @Test(arguments: policies, Newcomer.allCases)
    func onceItsPlaceIsTaken(policy: DeletionPolicy, newcomer: Newcomer) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try replace("INBOX/letter 1.eml", by: newcomer, service, shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5, newcomer.letter])
            #expect(rig.letters(in: "Bin") == (policy == .trash ? [1] : []))
            #expect(try service.undelete(nil) == ["INBOX/letter 1-2.eml"])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, newcomer.letter])
            #expect(rig.letters(in: "Bin") == [])
            #expect(service.failedChanges == [])
        }
    }

    /// The old version of a draft comes back only when the new one is there.
    @Test(arguments: policies) func theOldVersionOfADraft(policy: DeletionPolicy) async throws {
        let rig = try rig(policy)
        try await offline(rig) { service, shown in
            try replace("Drafts/letter 7.eml", by: .file, service, shown)
            #expect(try service.undelete(nil) == [])
            try rig.server.start()
            try await rig.wait(for: .online, service)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [9])
            #expect(try service.undelete(nil) == ["Drafts/letter 7-2.eml"])
        }
        #expect(rig.letters(in: "Drafts") == [7, 9])
    }
}
