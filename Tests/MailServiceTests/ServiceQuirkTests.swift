import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

@Suite struct ServiceQuirkTests {
    @Test(arguments: ServiceQuirk.allCases) func isBorne(quirk: ServiceQuirk) async throws {
        switch quirk {
        case .refusesAbsentUID: try await refusedUIDs()
        case .renumbersUnseenMail: try await renumbered()
        case .dropsRenamedSelection: try await droppedSelection()
        }
    }

    /// BAD for a UID means gone where a listing agrees, and that there is no text where it does not.
    private func refusedUIDs() async throws {
        let rig = try Rig(.minimal)
        rig.server.deliver(Letter.make(1...5), to: "Work")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let last = try #require(shown.model.message(5, in: "Work"))
            let kept = try #require(shown.model.message(2, in: "Work"))
            rig.server.install(
                Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", .refuse("BAD no such message")))
            await #expect(throws: ServiceError.unavailable("it is listed, but not to be had")) {
                _ = try await service.body(of: kept, in: folder.id)
            }
            rig.server.expunge(5, in: "Work")
            await #expect(throws: ServiceError.gone) { _ = try await service.body(of: last, in: folder.id) }
            rig.server.behave()
            #expect(try await service.body(of: kept, in: folder.id).bytes == Letter.make(2))
        }
    }

    private func renumbered() async throws {
        let rig = try Rig(.minimal)
        rig.server.deliver(Letter.make(1...20), to: "Work")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let message = try #require(shown.model.message(15, in: "Work"))
            rig.server.changeUIDValidity(of: "Work", firstUID: 101)
            #expect(try await service.body(of: message, in: folder.id).bytes == Letter.make(15))
            #expect(shown.model.message(115, in: "Work")?.id == message.id)
        }
    }

    private func droppedSelection() async throws {
        var configuration = ServerConfiguration.full
        configuration.folderLost = .disconnect
        let rig = try Rig(configuration)
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.renameFolder("Work", to: "Play")
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(try await service.read(2, in: "Play", shown) == Letter.make(2))
        }
    }
}
