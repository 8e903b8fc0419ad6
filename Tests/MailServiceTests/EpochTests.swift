import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import Testing

@testable import MailService

/// Folders that change under their names (HAZARDS 1, 2, 20).
@Suite(.serialized) struct EpochTests {
    @Test(arguments: [ServerKind.full, .noQResync, .minimal]) func aNewUIDVALIDITYKeepsWhatIsTheSame(kind: ServerKind)
        async throws
    {
        let rig = try Rig(kind.configuration)
        rig.server.deliver(Letter.make(1...20), to: "Work")
        try await rig.synchronised { service, shown in
            for uid in 1...10 { _ = try await service.read(UInt32(uid), in: "Work", shown) }
            let before = shown.model.messages(in: "Work")
            rig.server.clearObservation()
            rig.server.changeUIDValidity(of: "Work", firstUID: 1_001)
            try await rig.settle(service, shown)
            let after = shown.model.messages(in: "Work")
            #expect(after.map(\.id) == before.map(\.id))
            #expect(after.map(\.name) == before.map(\.name))
            #expect(after.map(\.uid?.rawValue) == Array(1_001...1_020))
            for uid in 1_001...1_010 {
                #expect(try await service.read(UInt32(uid), in: "Work", shown) == Letter.make(uid - 1_000))
            }
            // Message-ID, date and size are no proof of equal bytes, EMAILID is.
            if kind != .minimal { #expect(rig.server.fetchedBodies == 0) }
            #expect(try await service.read(1_015, in: "Work", shown) == Letter.make(15))
        }
    }

    /// While a folder is listed anew, what is still shown under its old UID is not asked for by it.
    @Test func aBodyIsNeverAnotherMessageWhileItsFolderIsListedAnew() async throws {
        let rig = try Rig(ServerConfiguration.full.without("NOTIFY", "OBJECTID"))
        rig.server.deliver(Letter.make(1...20), to: "Work")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let message = try #require(shown.model.message(15, in: "Work"))
            // UID 15 is letter 16 from now on, as long as the letter before.
            rig.server.expunge(Array(1...1), in: "Work")
            rig.server.changeUIDValidity(of: "Work", firstUID: 1)
            let stalled = rig.server.install(
                Misbehaviour(on: "UID FETCH", containing: "HEADER", times: 1, .stall))
            let listing = Task { try? await service.synchronise(paths: ["Work"], bodies: false) { _, _ in } }
            try await rig.server.waitForFiring(stalled)
            do {
                #expect(try await service.body(of: message, in: folder.id).bytes == Letter.make(15))
            } catch {
                #expect(error is ServiceError)
            }
            rig.server.release(stalled)
            await listing.value
        }
    }

    /// The UIDs of another epoch are never asked of a connection that has the old one selected.
    @Test(arguments: [ServerConfiguration.FolderLost.disconnect, .expunge])
    func aBodyOfTheOldEpochIsNeverAnotherMessage(lost: ServerConfiguration.FolderLost) async throws {
        var configuration = ServerConfiguration.full.without("NOTIFY", "OBJECTID")
        configuration.folderLost = lost
        let rig = try Rig(configuration)
        rig.server.deliver(Letter.make(1...20), to: "Work")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            _ = try await service.read(1, in: "Work", shown)
            let message = try #require(shown.model.message(15, in: "Work"))
            // UID 15 is letter 5 from now on.
            rig.server.expunge(Array(1...10), in: "Work")
            rig.server.changeUIDValidity(of: "Work", firstUID: 10)
            do {
                #expect(try await service.body(of: message, in: folder.id).bytes == Letter.make(15))
            } catch {
                #expect([.gone, .offline].contains(error as? ServiceError) || error is ServiceError)
            }
            try await rig.settle(service, shown)
            for message in shown.model.messages(in: "Work") {
                let number = (message.uid?.rawValue ?? 0) + 1
                #expect(try await service.body(of: message, in: folder.id).bytes == Letter.make(Int(number)))
            }
        }
    }

    /// No change is sent under UIDs of another epoch, however alike the messages are that have them now.
    @Test(arguments: [true, false]) func aChangeIsNeverAnotherMessages(isMove: Bool) async throws {
        // One connection changes, and has another folder open.
        let rig = try Rig.changing(.full.without("NOTIFY", "OBJECTID")) { $0.connections = 2 }
        rig.server.deliver([Letter.make(2), Letter.twin("a"), Letter.twin("b")], to: "Work")
        rig.server.deliver(Letter.make(3), to: "Other")
        try await rig.synchronised { service, shown in
            try await service.expect(Letter.make(3), reading: 1, in: "Other", shown)
            let rule = rig.server.install(
                Misbehaviour(on: "SELECT", containing: "Work", at: .received, times: 1, .stall))
            if isMove {
                try service.move("Work/letter 1.eml", to: "Other/mine.eml", shown)
            } else {
                try service.remove("Work/letter 1.eml", shown)
            }
            try await rig.server.waitForFiring(rule)
            // The UID of the one is that of the other from now on.
            rig.server.expunge(1, in: "Work")
            rig.server.changeUIDValidity(of: "Work")
            rig.server.release(rule)
            try await rig.drained(service, shown)
            let other = rig.server.messages(in: "Work").first { $0.bytes == Letter.twin("b") }
            #expect(other?.flags == [])
        }
    }

    @Test(arguments: [ServerKind.full, .minimal]) func deletedAndMadeAnew(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration)
        rig.server.deliver(Letter.make(1...5), to: "Work")
        try await rig.synchronised { service, shown in
            _ = try await service.read(1, in: "Work", shown)
            rig.server.deleteFolder("Work")
            rig.server.deliver(Letter.make(6...8), to: "Work")
            try await rig.settle(service, shown)
            #expect(shown.model.messages(in: "Work").count == 3)
            #expect(try await service.read(1, in: "Work", shown) == Letter.make(6))
        }
    }

    /// MAILBOXID is proof that it is the same folder (HAZARD 20).
    @Test(arguments: 0...2)
    func aRenamedFolderKeepsItsIdAndItsMail(variant: Int) async throws {
        let configurations: [ServerConfiguration] = [
            .full, .full.without("LIST-STATUS"), .full.without("LIST-STATUS", "LIST-EXTENDED"),
        ]
        let rig = try Rig(configurations[variant])
        rig.server.deliver(Letter.make(1...5), to: "Work/Now")
        try await rig.synchronised { service, shown in
            _ = try await service.read(1, in: "Work/Now", shown)
            let folder = try #require(shown.model.folder("Work/Now"))
            let before = shown.model.messages(in: "Work/Now")
            rig.server.clearObservation()
            rig.server.renameFolder("Work/Now", to: "Work/Then")
            try await rig.settle(service, shown)
            #expect(shown.model.folder("Work/Then")?.id == folder.id)
            #expect(shown.model.folder("Work/Now") == nil)
            #expect(shown.model.messages(in: "Work/Then").map(\.id) == before.map(\.id))
            #expect(try await service.read(1, in: "Work/Then", shown) == Letter.make(1))
            #expect(rig.server.fetchedBodies == 0)
            #expect(rig.server.observation.fetchedHeaders.isEmpty)
        }
    }

    @Test func twoFoldersChangeNames() async throws {
        let rig = try Rig(.full)
        rig.server.deliver(Letter.make(1...5), to: "One")
        rig.server.deliver(Letter.make(6...9), to: "Two")
        try await rig.synchronised { service, shown in
            rig.server.renameFolder("One", to: "Three")
            rig.server.renameFolder("Two", to: "One")
            rig.server.renameFolder("Three", to: "Two")
            try await rig.settle(service, shown)
            #expect(try await service.read(1, in: "Two", shown) == Letter.make(1))
            #expect(try await service.read(1, in: "One", shown) == Letter.make(6))
        }
    }
}
