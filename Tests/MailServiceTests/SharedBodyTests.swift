import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Testing

@testable import MailService

/// One body for a message that is in several folders, where the server itself says that it is the same.
@Suite(.serialized) struct SharedBodyTests {
    private static let all = "[Gmail]/All Mail"

    private func rig() throws -> Rig {
        let rig = try Rig.changing(.gmail)
        rig.server.createGmailFolders()
        rig.server.copy(2, from: "INBOX", to: "Work")
        return rig
    }

    /// A message under several labels is fetched once, and is there without a connection under all of them.
    @Test func oneBody() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            func read(_ path: String) async throws -> [UInt8] {
                let id = try #require(shown.model.id(path), "\(path)")
                let stored = try #require(try service.store.message(id))
                return try await service.body(of: stored.summary, in: stored.folder).octets()
            }
            let octets = try await read("INBOX/letter 2.eml")
            #expect(octets == Letter.make(2))
            let other = try await read("Work/letter 2.eml")
            #expect(other == octets)
            #expect(rig.server.observation.fetchedBodies == 1)
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let offline = try await read("\(Self.all)/letter 2.eml")
            #expect(offline == octets)
            #expect(rig.server.observation.fetchedBodies == 1)
            #expect(shown.model.named("\(Self.all)/letter 2.eml")?.isCached == true)
        }
    }

    @Test func allBodiesOnce() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            #expect(rig.server.observation.fetchedBodies == 5)
            #expect(shown.model.named("\(Self.all)/letter 5.eml")?.isCached == true)
        }
    }
}
