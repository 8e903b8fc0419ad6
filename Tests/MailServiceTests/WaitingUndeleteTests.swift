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
}
