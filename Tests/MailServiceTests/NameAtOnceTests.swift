import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// The name that a program asked for is there when its call returns, and stays, whoever had it before.
@Suite(.serialized) struct NameAtOnceTests {
    private func offline(_ rig: Rig, _ service: MailService) async throws {
        rig.server.stop()
        try await rig.wait(for: .offline, service)
    }

    private func online(_ rig: Rig, _ service: MailService, _ shown: Shown) async throws {
        try rig.server.start()
        try await rig.drained(service, shown)
    }

    /// As an editor saves: a scratch file with the new text gets the name.
    private func save(_ number: Int, as path: String, _ service: MailService, _ shown: Shown) throws {
        let parts = path.split(separator: "/")
        let folder = try #require(shown.model.folder(parts.dropLast().joined(separator: "/")))
        let scratch = try service.createFile(in: folder.id, name: Array(".s.tmp".utf8), purpose: .scratch)
        try Data(Letter.make(number)).write(to: URL(fileURLWithPath: service.spoolPath(of: scratch.id)))
        _ = try service.rename(
            scratch.id, to: folder.id, as: Array((parts.last ?? "").utf8), replacing: shown.model.id(path))
    }

    enum First: CaseIterable, Sendable { case copy, upload }

    /// A message takes the name of one that is not on the server yet.
    @Test(arguments: First.allCases) func ofAWaitingOne(first: First) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let bytes = try await service.read(1, in: "INBOX", shown)
            try await offline(rig, service)
            try service.write(first == .copy ? bytes : Letter.make(9), to: "Work/x.eml", shown)
            let second = try #require(shown.model.id("INBOX/letter 2.eml"))
            try service.move("INBOX/letter 2.eml", to: "Work/x.eml", shown, replacing: "Work/x.eml")
            #expect(shown.model.names(in: "Work") == ["x.eml"])
            #expect(shown.model.id("Work/x.eml") == second)
            try await online(rig, service, shown)
            #expect(shown.model.names(in: "Work") == ["x.eml"])
            #expect(shown.model.id("Work/x.eml") == second)
            #expect(rig.letters(in: "Work") == [2])
            #expect(service.failedChanges == [])
        }
    }

    /// A message takes the name of an upload in its own folder, which waits, is on the wire, or was refused.
    @Test(arguments: Stage.allCases, First.allCases) func ofOneInTheSameFolder(stage: Stage, first: First) async throws
    {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let known = try await service.read(1, in: "INBOX", shown)
            let bytes = first == .copy ? known : Letter.make(9)
            var rule: Misbehaviour.ID?
            switch stage {
            case .waiting: try await offline(rig, service)
            case .sent:
                let command = first == .copy ? "UID COPY" : "APPEND"
                rule = rig.server.install(Misbehaviour(on: command, at: .received, times: 1, .stall))
            }
            try service.write(bytes, to: "INBOX/x.eml", shown)
            if let rule { try await rig.server.waitForFiring(rule) }
            let second = try #require(shown.model.id("INBOX/letter 2.eml"))
            try service.move("INBOX/letter 2.eml", to: "INBOX/x.eml", shown, replacing: "INBOX/x.eml")
            let names = ["letter 1.eml", "letter 3.eml", "letter 4.eml", "letter 5.eml", "x.eml"]
            #expect(shown.model.names(in: "INBOX") == names)
            #expect(shown.model.id("INBOX/x.eml") == second)
            if let rule { rig.server.release(rule) } else { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(shown.model.names(in: "INBOX") == names)
            #expect(shown.model.id("INBOX/x.eml") == second)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(service.failedChanges == [])
        }
    }

    enum Hidden: CaseIterable, Sendable { case original, ofAnother }

    /// A message takes the name of one that is flagged as deleted and stays on the server: what another client deleted, and what it left
    /// behind itself, where the server can neither move nor expunge it.
    @Test(arguments: Hidden.allCases) func ofADeletedOne(hidden: Hidden) async throws {
        let rig = try Rig.changing(.minimal)
        try await rig.synchronised { service, shown in
            let moved = try #require(shown.model.id("INBOX/letter 2.eml"))
            switch hidden {
            case .original:
                try service.move("INBOX/letter 2.eml", to: "Work/x.eml", shown)
                try await rig.drained(service, shown)
                try service.move("Work/x.eml", to: "INBOX/letter 2.eml", shown)
                try await rig.drained(service, shown)
                #expect(shown.model.id("INBOX/letter 2.eml") == moved)
                #expect(shown.model.names(in: "INBOX") == (1...5).map { "letter \($0).eml" })
            case .ofAnother:
                rig.server.deliver(Letter.make(8), to: "Work")
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
                rig.server.setFlags(["\\Deleted"], of: 1, in: "Work")
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
                #expect(shown.model.names(in: "Work") == [])
                try service.move("INBOX/letter 2.eml", to: "Work/letter 8.eml", shown)
                try await rig.drained(service, shown)
                #expect(shown.model.id("Work/letter 8.eml") == moved)
                #expect(shown.model.names(in: "Work") == ["letter 8.eml"])
            }
            #expect(service.failedChanges == [])
        }
    }

    private func summary(_ id: MessageID, _ flags: Flags = Flags(), name: String = "x.eml") -> MessageSummary {
        MessageSummary(
            id: id, uid: nil, name: Array(name.utf8), size: 1, sizeIsProven: true, internalDate: 1, flags: flags,
            flagsChanged: 1, isCached: false)
    }

    /// What came under a name that another had for the moment is shown under it as soon as it is free, not after another mount.
    @Test func aNameThatIsFreeAgain() {
        let (folder, first, second) = (FolderID(rawValue: 1), MessageID(rawValue: 1), MessageID(rawValue: 2))
        var view = AccountView()
        view.pin(first)
        view.learn(first, AccountView.Place(folder: folder, summary: summary(first)))
        let arrived = AppliedBatch(folder: folder, arrived: [summary(second)])
        _ = view.take(AccountView.Changes(batches: [arrived]), now: 1)
        #expect(view.shown(second)?.summary.name == Array("x-2.eml".utf8))
        let renamed = AppliedBatch(folder: folder, updated: [summary(first, name: "y.eml")])
        let told = view.take(AccountView.Changes(batches: [renamed]), now: 2)
        #expect(told.first?.updated.map(\.name) == ["y.eml", "x.eml"].map { Array($0.utf8) })
        // As the store has it: nobody has to watch it any more.
        #expect(!view.isWatched(second))
    }

    /// What is flagged as deleted is in no other message's way.
    @Test func aDeletedOneGivesWay() {
        let (folder, shown, deleted) = (FolderID(rawValue: 1), MessageID(rawValue: 1), MessageID(rawValue: 2))
        var view = AccountView()
        for (id, flags) in [(shown, Flags()), (deleted, Flags(system: .deleted))] {
            view.pin(id)
            view.learn(id, AccountView.Place(folder: folder, summary: summary(id, flags)))
        }
        let batch = AppliedBatch(folder: folder, updated: [summary(shown, Flags(system: .seen))])
        _ = view.take(AccountView.Changes(batches: [batch]), now: 1)
        #expect(view.shown(shown)?.summary.name == Array("x.eml".utf8))
        #expect(view.message(named: Array("x.eml".utf8), in: folder) == shown)
    }

    enum Stage: CaseIterable, Sendable { case waiting, sent }

    /// The same of a file that has no content yet, and is nothing to the server.
    @Test func ofAnEmptyOneInTheSameFolder() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let inbox = try #require(shown.model.folder("INBOX"))
            let file = try service.createFile(in: inbox.id, name: Array("x.eml".utf8), purpose: .unfinished)
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            let second = try #require(shown.model.id("INBOX/letter 2.eml"))
            try service.move("INBOX/letter 2.eml", to: "INBOX/x.eml", shown, replacing: "INBOX/x.eml")
            #expect(shown.model.id("INBOX/x.eml") == second)
            try await rig.drained(service, shown)
            #expect(
                shown.model.names(in: "INBOX") == [
                    "letter 1.eml", "letter 3.eml", "letter 4.eml", "letter 5.eml", "x.eml",
                ])
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
        }
    }

    /// A file takes the name of one whose upload waits, again and again.
    @Test(arguments: [true, false]) func ofSavesInASecond(isOffline: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            if isOffline { try await offline(rig, service) }
            for number in 10...13 {
                try save(number, as: "Work/z.eml", service, shown)
                #expect(shown.model.names(in: "Work") == ["z.eml"])
            }
            if isOffline { try await online(rig, service, shown) } else { try await rig.drained(service, shown) }
            #expect(shown.model.names(in: "Work") == ["z.eml"])
            #expect(rig.letters(in: "Work") == [13])
            #expect(service.failedChanges == [])
        }
    }

    /// Two messages, one after the other, onto one name.
    @Test func ofTwoMoves() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try await offline(rig, service)
            let second = try #require(shown.model.id("INBOX/letter 2.eml"))
            try service.move("INBOX/letter 1.eml", to: "Work/x.eml", shown)
            try service.move("INBOX/letter 2.eml", to: "Work/x.eml", shown, replacing: "Work/x.eml")
            #expect(shown.model.names(in: "Work") == ["x.eml"])
            #expect(shown.model.id("Work/x.eml") == second)
            try await online(rig, service, shown)
            #expect(shown.model.names(in: "Work") == ["x.eml"])
            #expect(shown.model.id("Work/x.eml") == second)
            #expect(rig.letters(in: "Work") == [2])
            #expect(rig.letters(in: "INBOX") == [3, 4, 5])
            #expect(service.failedChanges == [])
        }
    }

    /// The same onto the name of a message that the server has, and back.
    @Test func ofAListedOne() async throws {
        let rig = try Rig.changing()
        rig.server.deliver(Letter.make(6), to: "Work")
        try await rig.synchronised { service, shown in
            try await offline(rig, service)
            for number in 1...3 {
                let id = try #require(shown.model.id("INBOX/letter \(number).eml"))
                try service.move(
                    "INBOX/letter \(number).eml", to: "Work/letter 6.eml", shown, replacing: "Work/letter 6.eml")
                #expect(shown.model.names(in: "Work") == ["letter 6.eml"])
                #expect(shown.model.id("Work/letter 6.eml") == id)
            }
            try await online(rig, service, shown)
            #expect(shown.model.names(in: "Work") == ["letter 6.eml"])
            #expect(rig.letters(in: "Work") == [3])
        }
    }
}
