import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import MailSync
import Testing

@testable import MailService

/// What was deleted while the server had not answered what brings it comes back, with its folder, whatever the answer will be.
@Suite struct DeletedOnItsWayTests {
    enum Origin: CaseIterable { case upload, move }

    private let bench: JournalBench

    init() throws { bench = try JournalBench() }

    /// Puts `Work/new.eml` on the wire and deletes it, with its folder.
    private func delete(_ origin: Origin) throws {
        switch origin {
        case .upload: _ = try bench.write(Letter.make(8), to: "new.eml", in: bench.work)
        case .move:
            let id = try bench.id("INBOX/letter 1.eml")
            _ = try bench.journal.rename(id, to: bench.work.id, as: Array("new.eml".utf8), replacing: nil)
        }
        let id = try bench.id("Work/new.eml")
        let mine = bench.journal.claim(bench.operations)
        try bench.journal.begin(mine, arrivesFrom: [:])
        bench.journal.unclaim(mine)
        _ = try bench.journal.delete(id)
        _ = try bench.journal.removeFolder(bench.work.id)
        #expect(bench.shown.model.folder("Work") == nil)
    }

    @Test(arguments: Origin.allCases) func comesBack(_ origin: Origin) throws {
        try delete(origin)
        #expect(try bench.journal.undelete("INBOX/*") == [])
        #expect(try bench.journal.undelete("Work/*").map(\.path) == ["Work/new.eml"])
        #expect(bench.shown.model.id("Work/new.eml") != nil)
        #expect(bench.waiting == [], "neither the message nor its folder is to be deleted")
        #expect(try bench.journal.undelete(nil) == [])
    }

    /// Another message has its name by then.
    @Test(arguments: Origin.allCases) func comesBackUnderAnotherName(_ origin: Origin) throws {
        try delete(origin)
        _ = try bench.journal.createFolder(in: .root, name: Array("Work".utf8))
        _ = try bench.write(Letter.make(9), to: "new.eml", in: bench.work)
        #expect(try bench.journal.undelete(nil).map(\.path) == ["Work/new-2.eml"])
        #expect(bench.shown.model.names(in: "Work").sorted() == ["new-2.eml", "new.eml"])
    }

    enum Way: CaseIterable { case move, copy, upload }

    /// The name that was told stays, though the server answers for it before it does for the one that has its name now.
    @Test(arguments: Way.allCases) func keepsTheNameThatWasTold(_ way: Way) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            let command = ["move": "UID MOVE", "copy": "UID COPY", "upload": "APPEND"]["\(way)"] ?? ""
            let first = rig.server.install(Misbehaviour(on: command, at: .answer, times: 1, .stall))
            switch way {
            case .move: try service.move("INBOX/letter 1.eml", to: "Work/two.eml", shown)
            case .copy: try service.write(Letter.make(1), to: "Work/two.eml", shown)
            case .upload: try service.write(Letter.make(8), to: "Work/two.eml", shown)
            }
            try await rig.server.waitForFiring(first)
            let second = rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .stall))
            try service.move("Work/two.eml", to: "Work/two.eml~", shown)
            try service.write(Letter.make(9), to: "Work/two.eml", shown)
            try service.remove("Work/two.eml~", shown)
            #expect(try service.undelete(nil) == ["Work/two-2.eml"])
            let ids = try ["two.eml", "two-2.eml"].map { try #require(shown.model.id("Work/\($0)")) }
            rig.server.release(first)
            try await rig.server.waitForFiring(second)
            rig.server.release(second)
            try await rig.drained(service, shown)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(["two.eml", "two-2.eml"].map { shown.model.id("Work/\($0)") } == ids)
            #expect(shown.model.names(in: "Work").count == 2)
            #expect(rig.letters(in: "Work") == [way == .upload ? 8 : 1, 9])
            #expect(service.failedChanges == [])
        }
    }

    /// It came, and lies where it was to be.
    @Test func staysWhenItHasCome() throws {
        try delete(.move)
        let sent = try #require(bench.journal.unanswered.first)
        let id = try #require(sent.change.message)
        #expect(try bench.journal.undelete(nil).map(\.path) == ["Work/new.eml"])
        try bench.journal.settle([Settlement(sent.id, .moved(.first, UID(9)))], of: [sent])
        #expect(bench.shown.model.id("Work/new.eml") == id)
        #expect(bench.operations == [])
    }
}
