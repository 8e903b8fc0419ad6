import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// A change of each kind, and what has come of them when all are done.
enum OneOfEach {
    static func rig(_ change: (inout Rig.Options) -> Void) throws -> Rig {
        let rig = try Rig.changing(letters: 1...8, change)
        rig.server.createFolder("Old")
        rig.server.createFolder("Draft")
        return rig
    }

    static func make(_ service: MailService, _ shown: Shown) throws {
        for number in 1...3 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
        try service.flag("INBOX/letter 4.eml", .add(Flags(system: .seen)), shown)
        try service.remove("INBOX/letter 5.eml", shown)
        try service.write(Letter.make(9), to: "Work/nine.eml", shown)
        try service.write(Letter.make(10), to: "Work/ten.eml", shown)
        _ = try service.createFolder(in: .root, name: Array("New".utf8))
        _ = try service.removeFolder(try #require(shown.model.folder("Old")).id)
        _ = try service.renameFolder(
            try #require(shown.model.folder("Draft")).id, to: .root, name: Array("Drawn".utf8))
    }

    static func expectDone(_ rig: Rig, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(rig.letters(in: "INBOX") == [4, 6, 7, 8], sourceLocation: sourceLocation)
        #expect(rig.letters(in: "Work") == [1, 2, 3, 9, 10], sourceLocation: sourceLocation)
        #expect(
            rig.server.account.folders.sorted() == ["Drawn", "INBOX", "New", "Work"], sourceLocation: sourceLocation)
    }
}
