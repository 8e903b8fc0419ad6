import Foundation
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// What was deleted comes back where it was, also while something that was done before waits.
@Suite struct WaitingUndeleteTests {
    private func offline(_ rig: Rig, _ body: (MailService, Shown) async throws -> Void) async throws {
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try await body(service, shown)
            try rig.server.start()
            try await rig.wait(for: .online, service)
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
        }
    }

    @Test(arguments: [1, 2]) func whereItWasMovedTo(moves: Int) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Later")
        try await offline(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            if moves == 2 { try service.move("Work/two.eml", to: "Later/two.eml", shown) }
            let path = moves == 2 ? "Later/two.eml" : "Work/two.eml"
            try service.remove(path, shown)
            #expect(shown.model.id(path) == nil)
            #expect(try service.undelete(nil) == [path])
            #expect(shown.model.id(path) != nil)
        }
        #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
        #expect(rig.letters(in: moves == 2 ? "Later" : "Work") == [2])
    }

    @Test func deletedWhereItWasMovedTo() async throws {
        let rig = try Rig.changing()
        try await offline(rig) { service, shown in
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try service.remove("Work/two.eml", shown)
        }
        #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
        #expect(rig.letters(in: "Work") == [])
    }

    /// What took its place waits to be sent.
    @Test(arguments: [true, false]) func besideWhatTookItsPlace(isNew: Bool) async throws {
        let rig = try Rig.changing()
        rig.server.deliver(Letter.make(6...6), to: "Work")
        try await offline(rig) { service, shown in
            let inbox = try #require(shown.model.folder("INBOX"))
            if isNew {
                let file = try service.createFile(in: inbox.id, name: Array("x.tmp".utf8), purpose: .scratch)
                try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
                _ = try service.completed(file.id, isOpen: false, modified: nil)
                try service.move("INBOX/x.tmp", to: "INBOX/letter 1.eml", shown, replacing: "INBOX/letter 1.eml")
            } else {
                try service.move("Work/letter 6.eml", to: "INBOX/letter 1.eml", shown, replacing: "INBOX/letter 1.eml")
            }
            #expect(try service.undelete(nil) == ["INBOX/letter 1-2.eml"])
            #expect(shown.model.id("INBOX/letter 1-2.eml") != nil && shown.model.id("INBOX/letter 1.eml") != nil)
        }
        #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, isNew ? 9 : 6])
    }
}
