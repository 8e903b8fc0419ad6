import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// What is told to be back is there.
@Suite(.serialized) struct RestoringTests {
    private static let policies = [DeletionPolicy.expunge, .trash]

    private func rig(_ policy: DeletionPolicy) throws -> Rig {
        let rig = try Rig.changing { $0.deletion = policy }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        rig.server.deliver(Letter.make(11...12), to: "Work")
        return rig
    }

    private func removeWork(_ service: MailService, _ shown: Shown) throws {
        for path in ["Work/letter 11.eml", "Work/letter 12.eml"] { try service.remove(path, shown) }
        _ = try service.removeFolder(try #require(shown.model.folder("Work")).id)
    }

    @Test(arguments: policies) func comesBack(policy: DeletionPolicy) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            let (back, lost) = try await service.restore(nil)
            #expect(back.sorted() == ["Work/letter 11.eml", "Work/letter 12.eml"])
            #expect(lost == [])
            #expect(rig.letters(in: "Work") == [11, 12])
        }
    }

    /// A rival has deleted the folder.
    @Test(arguments: policies) func theFolderIsGone(policy: DeletionPolicy) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            rig.server.deleteFolder("Work")
            let (back, lost) = try await service.restore(nil)
            #expect(back == [])
            #expect(lost.sorted() == ["Work/letter 11.eml", "Work/letter 12.eml"])
        }
    }

    /// Of two, a rival has expunged one.
    @Test func oneIsGone() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            rig.server.expunge([1], in: "Work")
            let (back, lost) = try await service.restore("Work/*")
            #expect(back == ["Work/letter 12.eml"])
            #expect(lost == ["Work/letter 11.eml"] || lost == [])
            #expect(rig.letters(in: "Work") == [12])
        }
    }

    /// Without a connection it is done later: what is shown is back.
    @Test func offline() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            #expect(try await service.restore(nil).back.sorted() == ["Work/letter 11.eml", "Work/letter 12.eml"])
            #expect(shown.model.names(in: "Work") == ["letter 11.eml", "letter 12.eml"])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [11, 12])
        }
    }
}
