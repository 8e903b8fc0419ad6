import Foundation
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// A file without content gets the name of a message: nothing can be sent in the place of what the server has.
@Suite struct EmptyReplacementTests {
    private func replace(_ service: MailService, _ shown: Shown, isOpen: Bool) throws -> MessageID {
        let inbox = try #require(shown.model.folder("INBOX"))
        let old = try #require(shown.model.id("INBOX/letter 1.eml"))
        let file = try service.createFile(in: inbox.id, name: Array("x.tmp".utf8), purpose: .scratch)
        if !isOpen { _ = try service.completed(file.id, isOpen: false, modified: nil) }
        let receipt = try service.rename(
            file.id, to: inbox.id, as: Letter.name(1), replacing: old, isOpen: isOpen)
        // Nobody waits for an answer that does not come.
        #expect(receipt.operations == [])
        if isOpen { _ = try service.completed(file.id, isOpen: false, modified: nil) }
        return file.id
    }

    @Test(arguments: [true, false]) func waitsForContent(isOpen: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let id = try replace(service, shown, isOpen: isOpen)
            #expect(shown.model.named("INBOX/letter 1.eml")?.size == 0)
            #expect(shown.model.names(in: "INBOX").count == 5)
            #expect(await service.drain(until: nil) == 2)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            _ = try service.completed(id, isOpen: false, modified: nil)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5, 9])
            #expect(shown.model.id("INBOX/letter 1.eml") == id)
            let restored = try service.undelete(nil)
            #expect(restored == ["INBOX/letter 1-2.eml"])
        }
    }

    /// The name goes, and so does what had it before.
    @Test func isRemoved() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            _ = try replace(service, shown, isOpen: false)
            try service.remove("INBOX/letter 1.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            #expect(shown.model.names(in: "INBOX").count == 4)
        }
    }

    @Test(arguments: [true, false]) func outlivesTheProgram(isOpen: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            _ = try replace(service, shown, isOpen: isOpen)
            await service.stop()
        }
        try await rig.resumed { service, shown in
            #expect(await service.drain(until: nil) == 0)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            let old = try await service.read(1, in: "INBOX", shown)
            #expect(old == Letter.make(1))
            #expect(service.interruptedChanges.map(\.path) == ["INBOX/letter 1-2.eml"])
        }
    }
}
