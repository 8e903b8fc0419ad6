import Foundation
import InMemoryIMAP
import MailModel
import MailPool
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
            #expect(service.failedChanges.map(\.path) == ["INBOX/letter 1.eml"])
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

    /// It is given up: what had the name has it again.
    @Test func isDiscarded() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let old = try #require(shown.model.id("INBOX/letter 1.eml"))
            _ = try replace(service, shown, isOpen: true)
            try service.discard(service.failedChanges.map(\.id))
            #expect(shown.model.id("INBOX/letter 1.eml") == old)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
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

    /// Its upload waits, and it is emptied: what is shown is empty, and nothing is sent before there is content.
    @Test(arguments: [true, false]) func anUploadThatIsEmptied(isDiscarded: Bool) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(8), to: "Drafts/a.eml", shown)
            let file = try await service.edit(try #require(shown.model.id("Drafts/a.eml")))
            try Data().write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            #expect(shown.model.named("Drafts/a.eml")?.size == 0)
            #expect(service.failedChanges.map(\.path) == ["Drafts/a.eml"])
            try rig.server.start()
            try await rig.wait(for: .online, service)
            #expect(await service.drain(until: nil) == 1)
            #expect(rig.letters(in: "Drafts") == [])
            if isDiscarded {
                try service.discard(service.failedChanges.map(\.id))
                #expect(shown.model.names(in: "Drafts") == [])
            } else {
                try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
                _ = try service.completed(file.id, isOpen: false, modified: nil)
            }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == (isDiscarded ? [] : [9]))
            #expect(service.failedChanges == [])
        }
    }
}
