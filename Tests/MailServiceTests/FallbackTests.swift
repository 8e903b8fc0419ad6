import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Servers that can do less (HAZARDS 24 to 26, 29).
@Suite(.serialized) struct FallbackTests {
    @Test(arguments: ServerKind.allCases) func everythingOnEachServer(kind: ServerKind) async throws {
        let rig = try Rig.changing(kind.configuration)
        let canExpunge = kind.configuration.capabilities.contains("UIDPLUS")
        try await rig.synchronised { service, shown in
            let moved = try #require(shown.model.id("INBOX/letter 1.eml"))
            try service.move("INBOX/letter 1.eml", to: "Work/one.eml", shown)
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.flag("INBOX/letter 3.eml", .add(Flags(system: [.seen])), shown)
            try service.remove("INBOX/letter 4.eml", shown)
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let uploaded = try #require(shown.model.id("Work/nine.eml"))
            let (folder, _) = try service.createFolder(in: .root, name: Array("New".utf8))
            try service.move("INBOX/letter 5.eml", to: "New/five.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [3])
            #expect(rig.letters(in: "Work") == [1, 2, 9])
            #expect(rig.letters(in: "New") == [5])
            #expect(shown.model.names(in: "Work") == ["nine.eml", "one.eml", "two.eml"])
            #expect(shown.model.id("Work/one.eml") == moved)
            #expect(shown.model.id("Work/nine.eml") == uploaded)
            #expect(shown.model.folder("New")?.id == folder.id)
            #expect(service.failedChanges == [])
            // What was copied away is expunged where that is possible, what was deleted not before its time.
            #expect(rig.server.messages(in: "INBOX").count == (canExpunge ? 2 : 5))
            rig.advanceClock(601)
            await service.running?.sender.wake()
            if canExpunge { try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") >= 1 } }
            try await rig.drained(service, shown)
            #expect(rig.server.messages(in: "INBOX").count == (canExpunge ? 1 : 5))
            #expect(try service.undelete(nil) == (canExpunge ? [] : ["INBOX/letter 4.eml"]))
        }
        let observation = rig.server.observation
        #expect((observation.count("UID MOVE") > 0) == kind.configuration.capabilities.contains("MOVE"))
        #expect(observation.count("APPEND") == 1)
    }

    /// The original goes only when its copy was seen, and by its UID alone.
    @Test(arguments: [true, false]) func aMoveWithoutMOVE(tellsUIDs: Bool) async throws {
        let rig = try Rig.changing(.full.without("MOVE"))
        if !tellsUIDs { rig.server.install(Misbehaviour(on: "UID COPY", .completion("OK done"))) }
        // Another client's.
        rig.server.setFlags(["\\Deleted"], of: 5, in: "INBOX")
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            let id = try #require(shown.model.id("INBOX/letter 2.eml"))
            try service.move("INBOX/letter 2.eml", to: "Work/letter 2.eml", shown)
            #expect(shown.model.names(in: "INBOX") == [1, 3, 4].map { "letter \($0).eml" })
            try await rig.drained(service, shown)
            try await shown.wait("settled") { $0.named("Work/letter 2.eml")?.uid != nil }
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") == 1 }
            try await rig.drained(service, shown)
            #expect(rig.server.changingCommands == ["UID COPY", "UID STORE", "UID EXPUNGE"])
            #expect(rig.server.uids(in: "INBOX") == [1, 3, 4, 5])
            #expect(shown.model.id("Work/letter 2.eml") == id)
            #expect(try service.undelete(nil) == [])
        }
    }

    /// Without UIDPLUS deleted messages stay on the server, and so does the folder that has them; which is known before it is asked.
    @Test(arguments: [true, false]) func aFolderWithWhatCannotBeExpunged(hasMove: Bool) async throws {
        let rig = try Rig.changing(hasMove ? .full.without("UIDPLUS") : .minimal)
        rig.server.deliver(Letter.make(6...7), to: "Work")
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work")).id
            try service.move("Work/letter 6.eml", to: "INBOX/letter 6.eml", shown)
            try service.remove("Work/letter 7.eml", shown)
            #expect(throws: ServiceError.notEmpty) { try service.removeFolder(work) }
            try await rig.drained(service, shown)
            #expect(throws: ServiceError.notEmpty) { try service.removeFolder(work) }
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 6])
            #expect(try service.undelete(nil) == ["Work/letter 7.eml"])
            try service.move("Work/letter 7.eml", to: "INBOX/letter 7.eml", shown)
            if hasMove {
                _ = try service.removeFolder(work)
                try await rig.drained(service, shown)
                #expect(rig.server.observation.count("DELETE") == 1)
            } else {
                #expect(throws: ServiceError.notEmpty) { try service.removeFolder(work) }
                try await rig.drained(service, shown)
                #expect(rig.server.observation.count("DELETE") == 0)
            }
            #expect(service.failedChanges == [])
        }
    }

    /// Codes that are missing, of another epoch, or cannot be read, are no errors.
    @Test(arguments: [
        "OK done", "OK [COPYUID 14  ] done", "OK [COPYUID 99 2 77] done", "OK [APPENDUID 1 1] done",
        "OK [APPENDUID 99 5] done",
    ])
    func hintsThatAreWrong(completion: String) async throws {
        let rig = try Rig.changing()
        rig.server.install(Misbehaviour(on: "UID MOVE", .omit("COPYUID")))
        rig.server.install(Misbehaviour(on: "UID MOVE", .completion(completion)))
        rig.server.install(Misbehaviour(on: "APPEND", .completion(completion)))
        try await rig.synchronised { service, shown in
            let moved = try #require(shown.model.id("INBOX/letter 2.eml"))
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let uploaded = try #require(shown.model.id("Work/nine.eml"))
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [2, 9])
            #expect(shown.model.id("Work/two.eml") == moved)
            #expect(shown.model.id("Work/nine.eml") == uploaded)
            #expect(shown.model.messages(in: "Work").count == 2)
            #expect(service.failedChanges == [])
        }
        #expect(rig.server.observation.count("APPEND") == 1)
    }

    /// Servers that keep bare LF have messages with it: a copy of one is made there, and is sent with CRLF where there is none to copy.
    @Test(arguments: [true, false]) func aCopyOfBareLF(canCopy: Bool) async throws {
        let rig = try Rig.changing()
        let bare = Letter.make(9).filter { $0 != 0x0D }
        rig.server.deliver(bare, to: "INBOX")
        if !canCopy { rig.server.install(Misbehaviour(on: "UID COPY", at: .received, .refuse("NO [TRYCREATE] no"))) }
        try await rig.synchronised { service, shown in
            #expect(try await service.read(6, in: "INBOX", shown) == bare)
            try service.write(bare, to: "Work/copy.eml", shown)
            let copy = try #require(shown.model.id("Work/copy.eml"))
            try await rig.drained(service, shown)
            #expect(rig.server.messages(in: "Work").map(\.bytes) == [canCopy ? bare : Letter.make(9)])
            #expect(shown.model.id("Work/copy.eml") == copy)
            #expect(service.failedChanges == [])
        }
        #expect(rig.server.observation.count("UID COPY") == 1)
        #expect(rig.server.observation.count("APPEND") == (canCopy ? 0 : 1))
    }

    /// HAZARD 38: a server that changes what it stores.
    @Test func theServerChangesWhatItStores() async throws {
        var configuration = ServerConfiguration.full
        configuration.stored = { $0 + Array("X\r\n".utf8) }
        let rig = try Rig.changing(configuration)
        try await rig.synchronised { service, shown in
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.drained(service, shown)
            let message = try #require(shown.model.named("Work/nine.eml"))
            let folder = try #require(shown.model.folder("Work"))
            #expect(try await service.body(of: message, in: folder.id).bytes == Letter.make(9) + Array("X\r\n".utf8))
            #expect(shown.model.messages(in: "Work").count == 1)
        }
        #expect(rig.server.observation.count("APPEND") == 1)
    }
}
