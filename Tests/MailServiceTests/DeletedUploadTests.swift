import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Testing

@testable import MailService

/// What is deleted before the server has it can be taken back like anything else.
@Suite(.serialized) struct DeletedUploadTests {
    enum Origin: CaseIterable { case copy, upload }

    private static let path = "Work/new.eml"

    private func account(_ deletion: DeletionPolicy, hasTrash: Bool = true) throws -> Rig {
        let rig = try Rig.changing { $0.deletion = deletion }
        if hasTrash { rig.server.createFolder("Trash", specialUse: "\\Trash") }
        return rig
    }

    /// Puts a message into the mount while there is no connection, and deletes it.
    private func delete(_ origin: Origin, _ rig: Rig, _ service: MailService, _ shown: Shown) async throws {
        try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
        rig.server.stop()
        try await rig.wait(for: .offline, service)
        try service.write(Letter.make(origin == .copy ? 1 : 8), to: Self.path, shown)
        try service.remove(Self.path, shown)
        #expect(shown.model.names(in: "Work") == [])
    }

    private func number(_ origin: Origin) -> Int { origin == .copy ? 1 : 8 }

    @Test(arguments: Origin.allCases, [true, false]) func goesToTrash(_ origin: Origin, hasTrash: Bool) async throws {
        let rig = try account(.trash, hasTrash: hasTrash)
        try await rig.synchronised { service, shown in
            try await delete(origin, rig, service, shown)
            #expect(shown.model.names(in: "Trash") == ["new.eml"])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Trash") == [number(origin)])
            #expect(rig.letters(in: "Work") == [])
            // There it is deleted for good.
            try service.remove("Trash/new.eml", shown)
            #expect(shown.model.names(in: "Trash") == [])
        }
    }

    @Test(arguments: Origin.allCases, [true, false])
    func comesBackFromTrash(_ origin: Origin, isSent: Bool) async throws {
        let rig = try account(.trash)
        try await rig.synchronised { service, shown in
            try await delete(origin, rig, service, shown)
            if isSent {
                try rig.server.start()
                try await rig.drained(service, shown)
            }
            #expect(try service.undelete(nil) == [Self.path])
            #expect(shown.model.names(in: "Work") == ["new.eml"])
            if !isSent { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [number(origin)])
            #expect(rig.letters(in: "Trash") == [])
            #expect(service.failedChanges == [])
        }
    }

    /// Nobody was told of the close of a file that was written once more, and deleted in that moment: what the journal says of it is of
    /// the version before.
    @Test func writtenAgainAndDeleted() async throws {
        let rig = try account(.expunge)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(8), to: Self.path, shown)
            let id = try #require(shown.model.id(Self.path))
            let longer = Letter.make(9) + Array("a longer text\r\n".utf8)
            try Data(longer).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            try service.remove(Self.path, shown)
            #expect(try service.undelete(nil) == [Self.path])
            #expect(shown.model.named(Self.path)?.size == UInt64(longer.count))
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Work") == [9])
        }
    }

    /// Where deleted mail is expunged the server never hears of it.
    @Test(arguments: [false, true]) func isKeptHere(restarts: Bool) async throws {
        let rig = try account(.expunge)
        try await rig.synchronised { service, shown in
            try await delete(.upload, rig, service, shown)
            if !restarts { try comesBack(service, shown) }
        }
        try rig.server.start()
        try await rig.resumed { service, shown in
            if restarts {
                #expect(service.failedChanges == [], "it is no file that lost its entry")
                try comesBack(service, shown)
            }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [8])
            #expect(service.failedChanges == [])
            #expect(try service.undelete(nil) == [])
        }
    }

    private func comesBack(_ service: MailService, _ shown: Shown) throws {
        #expect(shown.model.names(in: "Work") == [])
        #expect(try service.undelete("*.txt") == [])
        #expect(try service.undelete("new.eml") == [Self.path])
        #expect(shown.model.names(in: "Work") == ["new.eml"])
    }

    /// Not for ever, and nothing of it stays.
    @Test(arguments: ["online", "at undelete", "at the start"]) func isOver(when: String) async throws {
        let rig = try account(.expunge)
        let spool = rig.scratch.path + "/state/spool"
        let files = { try FileManager.default.contentsOfDirectory(atPath: spool).filter { Int($0) != nil } }
        try await rig.synchronised { service, shown in
            try await delete(.upload, rig, service, shown)
            #expect(try files().count == 1)
            rig.advanceClock(601)
            if when == "at undelete" {
                #expect(try service.undelete(nil) == [])
                #expect(try files() == [])
            }
            if when == "online" {
                try rig.server.start()
                try await rig.drained(service, shown)
                #expect(try files() == [])
            }
        }
        if when == "at the start" {
            try rig.server.start()
            try await rig.resumed { service, shown in
                try await rig.drained(service, shown)
                #expect(try files() == [])
                #expect(service.failedChanges == [])
            }
        }
    }

    /// What the server refused is nowhere but here.
    @Test(arguments: [DeletionPolicy.trash, .expunge])
    func aRefusedOneComesBack(deletion: DeletionPolicy) async throws {
        let rig = try account(deletion)
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
            try? await service.verdict(of: service.write(Letter.make(8), to: Self.path, shown))
            #expect(service.failedChanges.count == 1)
            try service.remove(Self.path, shown)
            #expect(service.failedChanges == [])
            rig.server.remove(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Trash") == [])
            #expect(try service.undelete(nil) == [Self.path])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [8])
        }
    }

    /// A folder goes with what was deleted in it, and comes back with that.
    @Test func comesBackWithItsFolder() async throws {
        let rig = try account(.expunge)
        try await rig.synchronised { service, shown in
            try await delete(.upload, rig, service, shown)
            _ = try service.removeFolder(try #require(shown.model.folder("Work")).id)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(shown.model.folder("Work") == nil)
            #expect(try service.undelete(nil) == [Self.path])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [8])
        }
    }
}
