import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A message that is deleted under the name of a backup is known under its own (as vim deletes, once the new version is written).
@Suite(.serialized) struct BackupNameTests {
    static let names = ["letter 2.eml~", ".letter 2.eml.swp", "letter 2.eml.bak", "#letter 2.eml#", "letter 2.eml.~1~"]

    @Test(arguments: names) func comesBackUnderItsOwn(name: String) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try service.move("INBOX/letter 2.eml", to: "INBOX/\(name)", shown)
            try await service.verdict(of: service.remove("INBOX/\(name)", shown))
            #expect(try service.undelete(nil) == ["INBOX/letter 2.eml"])
            #expect(shown.model.names(in: "INBOX") == (1...5).map { "letter \($0).eml" })
            try await rig.drained(service, shown)
        }
    }

    @Test(arguments: names, [true, false]) func liesInTrashUnderItsOwn(name: String, isElsewhere: Bool) async throws {
        let rig = try Rig.changing { $0.deletion = .trash }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        try await rig.synchronised { service, shown in
            let folder = isElsewhere ? "Work" : "INBOX"
            try service.move("INBOX/letter 2.eml", to: "\(folder)/\(name)", shown)
            try await service.verdict(of: service.remove("\(folder)/\(name)", shown))
            #expect(shown.model.names(in: "Bin") == ["letter 2.eml"])
            try await rig.drained(service, shown)
        }
    }

    /// A name that says nothing: the one that the message would get.
    @Test func aNameThatHasNothingOfItsOwn() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try service.move("INBOX/letter 2.eml", to: "INBOX/4913", shown)
            try await service.verdict(of: service.remove("INBOX/4913", shown))
            #expect(try service.undelete(nil) == ["INBOX/letter 2.eml"])
            try await rig.drained(service, shown)
        }
    }

    /// Another message took that name: what is deleted has it with a number behind, which is no name of a message either.
    @Test(arguments: names + ["4913"]) func comesBackUnderItsOwnWhenReplaced(name: String) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try service.move("INBOX/letter 2.eml", to: "INBOX/\(name)", shown)
            try service.move("INBOX/letter 3.eml", to: "INBOX/\(name)", shown, replacing: "INBOX/\(name)")
            try await rig.drained(service, shown)
            #expect(try service.undelete(nil) == ["INBOX/letter 2.eml"])
            try await rig.drained(service, shown)
        }
    }

    enum Waiting: CaseIterable { case unlinked, replaced }

    /// An upload that waits is a file of this mount under such a name, and mail all the same.
    @Test(arguments: names + ["4913"], Waiting.allCases)
    func anUploadComesBackUnderItsOwn(name: String, _ waiting: Waiting) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(22), to: "Work/22.eml", shown)
            try service.move("Work/22.eml", to: "Work/\(name)", shown)
            switch waiting {
            case .unlinked: try service.remove("Work/\(name)", shown)
            case .replaced: try service.move("INBOX/letter 3.eml", to: "Work/\(name)", shown, replacing: "Work/\(name)")
            }
            #expect(try service.undelete(nil) == ["Work/22.eml"])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == (waiting == .replaced ? [3, 22] : [22]))
        }
    }

    @Test(arguments: names + ["4913"]) func anUploadLiesInTrashUnderItsOwn(name: String) async throws {
        let rig = try Rig.changing { $0.deletion = .trash }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(22), to: "Work/22.eml", shown)
            try service.move("Work/22.eml", to: "Work/\(name)", shown)
            try service.remove("Work/\(name)", shown)
            #expect(shown.model.names(in: "Bin") == ["22.eml"])
            #expect(shown.model.names(in: "Work") == [])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Bin") == [22])
            #expect(try service.undelete(nil) == ["Work/22.eml"])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [22])
        }
    }

    /// The new version has the name.
    @Test func theNameIsTaken() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try service.move("INBOX/letter 2.eml", to: "INBOX/letter 2.eml~", shown)
            try service.write(Letter.make(22), to: "INBOX/letter 2.eml", shown)
            try service.remove("INBOX/letter 2.eml~", shown)
            try await rig.drained(service, shown)
            #expect(try service.undelete(nil) == ["INBOX/letter 2-2.eml"])
            try await rig.drained(service, shown)
        }
    }
}
