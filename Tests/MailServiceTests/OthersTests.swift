import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Synchronization
import Testing

@testable import MailService

/// Other clients, while changes wait (HAZARDS 1, 3, 18).
@Suite(.serialized) struct OthersTests {
    /// Runs `meanwhile` while there is no connection, after `change` was made here.
    private func apart(
        _ rig: Rig, change: (MailService, Shown) throws -> Void, meanwhile: () -> Void,
        after: (MailService, Shown) async throws -> Void
    ) async throws {
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try change(service, shown)
            meanwhile()
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            try await after(service, shown)
        }
    }

    @Test func expungedByAnother() async throws {
        let rig = try Rig.changing()
        try await apart(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.remove("INBOX/letter 3.eml", shown)
            try service.flag("INBOX/letter 4.eml", .add(Flags(system: .seen)), shown)
        } meanwhile: {
            rig.server.expunge([2, 3, 4], in: "INBOX")
        } after: { service, shown in
            #expect(rig.server.changingCommands == [])
            #expect(shown.model.names(in: "Work") == [])
            let failed = service.failedChanges.sorted { $0.operation < $1.operation }
            #expect(failed.map(\.operation) == ["flags", "move"])
            #expect(failed.map(\.path) == ["INBOX/letter 4.eml", "Work/two.eml"], "it is told which they were")
            #expect(rig.letters(in: "INBOX") == [1, 5])
        }
    }

    /// Who had looked at it before is told that it is gone, not that the server cannot give it.
    @Test func readAfterItWasExpunged() async throws {
        let rig = try Rig.changing()
        let message = Mutex<MessageSummary?>(nil)
        try await apart(rig) { service, shown in
            message.withLock { $0 = shown.model.named("INBOX/letter 2.eml") }
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
        } meanwhile: {
            rig.server.expunge([2], in: "INBOX")
        } after: { service, shown in
            let message = try #require(message.withLock { $0 })
            let folder = try #require(shown.model.folder("INBOX"))
            await #expect(throws: ServiceError.gone) { try await service.body(of: message, in: folder.id) }
        }
    }

    /// While a move of several was with the server, and its answer does not name it: it is shown nowhere then.
    @Test func expungedWhileItIsMoved() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 1...3 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
            let rule = rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, times: 1, .stall))
            try rig.server.start()
            try await rig.server.waitForFiring(rule)
            rig.server.expunge([2], in: "INBOX")
            rig.server.release(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [1, 3])
            #expect(service.failedChanges.map(\.operation) == ["move"])
            #expect(shown.model.names(in: "INBOX") == ["letter 4.eml", "letter 5.eml"])
            #expect(shown.model.names(in: "Work") == ["1.eml", "3.eml"])
        }
    }

    @Test func movedByAnother() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Else")
        try await apart(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
        } meanwhile: {
            rig.server.move(2, from: "INBOX", to: "Else")
        } after: { service, shown in
            #expect(rig.server.changingCommands == [])
            #expect(rig.letters(in: "Else") == [2])
            #expect(shown.model.messages(in: "Else").count == 1)
            #expect(shown.model.names(in: "Work") == [])
            #expect(service.failedChanges.count == 1)
        }
    }

    /// The UIDs are others; the messages are known again, and changed.
    @Test(arguments: ["INBOX", "Work"]) func aNewUIDVALIDITY(folder: String) async throws {
        let rig = try Rig.changing()
        rig.server.deliver(Letter.make(20), to: "Work")
        try await apart(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.remove("INBOX/letter 3.eml", shown)
            try service.flag("INBOX/letter 4.eml", .add(Flags(system: .seen)), shown)
        } meanwhile: {
            rig.server.expunge(1, in: folder)
            rig.server.changeUIDValidity(of: folder)
        } after: { service, shown in
            #expect(rig.letters(in: "INBOX") == (folder == "INBOX" ? [4, 5] : [1, 4, 5]))
            #expect(rig.letters(in: "Work") == (folder == "INBOX" ? [2, 20] : [2]))
            #expect(shown.model.named("INBOX/letter 4.eml")?.flags.system == .seen)
            #expect(shown.model.names(in: "Work").contains("two.eml"))
            #expect(service.failedChanges == [])
        }
    }

    /// Another message has the UID: nothing is sent for it.
    @Test func notTheMessageThatWasSeen() async throws {
        let rig = try Rig.changing(.full.without("OBJECTID"))
        try await apart(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.move("INBOX/letter 3.eml", to: "Work/three.eml", shown)
            try service.remove("INBOX/letter 4.eml", shown)
        } meanwhile: {
            rig.server.overwrite(2, in: "INBOX", with: Letter.make(77))
            rig.server.overwrite(4, in: "INBOX", with: Letter.make(78))
        } after: { service, shown in
            #expect(rig.server.changingCommands == ["UID MOVE"])
            #expect(rig.letters(in: "Work") == [3])
            #expect(rig.letters(in: "INBOX") == [1, 5, 77, 78])
            #expect(service.failedChanges.contains { $0.operation == "move" })
            // What has their places is shown as what it is.
            try await shown.wait("listed anew") { $0.names(in: "INBOX").contains("letter 77.eml") }
            try await rig.settle(service, shown)
            for message in rig.server.messages(in: "INBOX") {
                try await service.expect(message.bytes, reading: message.uid, in: "INBOX", shown)
            }
        }
    }

    /// It went away and came back while its folder was listed: the place in the view stays.
    @Test func aFolderThatIsRenamedByAnother() async throws {
        let rig = try Rig.changing()
        rig.server.deliver(Letter.make(20), to: "Work")
        try await apart(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.remove("Work/letter 20.eml", shown)
        } meanwhile: {
            rig.server.renameFolder("Work", to: "Play")
        } after: { service, shown in
            #expect(rig.letters(in: "Play") == [2])
            #expect(shown.model.names(in: "Play") == ["two.eml"])
            #expect(service.failedChanges == [])
        }
    }

    @Test func aFolderThatIsDeletedByAnother() async throws {
        let rig = try Rig.changing()
        try await apart(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
        } meanwhile: {
            rig.server.deleteFolder("Work")
        } after: { service, shown in
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(shown.model.names(in: "INBOX") == (1...5).map { "letter \($0).eml" })
            #expect(service.failedChanges.map(\.operation).sorted() == ["move", "upload"])
        }
    }

    /// Mail that arrives with the name of a message that is on its way there.
    @Test func oneNameForTwo() async throws {
        let rig = try Rig.changing()
        try await apart(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/letter 2.eml", shown)
        } meanwhile: {
            rig.server.copy(2, from: "INBOX", to: "Work")
        } after: { service, shown in
            #expect(shown.model.names(in: "Work").count == 2)
            #expect(rig.letters(in: "Work") == [2, 2])
        }
    }

    /// 200 changes of every kind without a connection, then all of them.
    @Test(arguments: [ServerKind.full, .minimal, .noCondStore]) func twoHundredOffline(kind: ServerKind) async throws {
        let rig = try Rig.changing(kind.configuration, letters: 1...200)
        var expected: [Int] = []
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let (new, _) = try service.createFolder(in: .root, name: Array("New".utf8))
            for number in 1...200 {
                let path = "INBOX/letter \(number).eml"
                switch number % 8 {
                case 0: try service.move(path, to: "Work/\(number).eml", shown)
                case 1: try service.move(path, to: "New/\(number).eml", shown)
                case 2: try service.remove(path, shown)
                case 3: try service.flag(path, .add(Flags(system: .seen)), shown)
                case 4: try service.write(Letter.make(1_000 + number), to: "New/\(1_000 + number).eml", shown)
                case 5:
                    try service.move(path, to: "Work/\(number).eml", shown)
                    try service.flag("Work/\(number).eml", .add(Flags(system: .flagged)), shown)
                case 6:
                    try service.move(path, to: "New/\(number).eml", shown)
                    try service.move("New/\(number).eml", to: "INBOX/back \(number).eml", shown)
                default:
                    try service.move(path, to: "Work/\(number).eml", shown)
                    try service.remove("Work/\(number).eml", shown)
                }
            }
            _ = try service.renameFolder(new.id, to: .root, name: Array("Newer".utf8))
            for number in 1...200 {
                if [3, 4, 6].contains(number % 8) { expected.append(number) }
            }
            let before = shown.model
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == expected)
            #expect(rig.letters(in: "Work") == (1...200).filter { [0, 5].contains($0 % 8) })
            #expect(
                rig.letters(in: "Newer") == (1...200).filter { $0 % 8 == 1 }
                    + (1...200).filter { $0 % 8 == 4 }.map { 1_000 + $0 })
            for path in ["INBOX", "Work", "Newer"] {
                #expect(shown.model.names(in: path) == before.names(in: path))
            }
            #expect(service.failedChanges == [])
            #expect(rig.server.changingCommands.count < 60)
        }
    }
}
