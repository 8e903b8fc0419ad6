import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A message takes another's place and goes home again before the server has heard of it: the other goes only if the first is still there.
@Suite struct PlacedBackTests {
    /// - Parameter rival: what another client does meanwhile.
    private func thereAndBack(
        _ configuration: ServerConfiguration, _ rival: (Rig) -> Void, then: (Rig, MailService, Shown) throws -> Void
    ) async throws {
        let rig = try Rig.changing(configuration)
        rig.server.deliver(Letter.make(20), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let work = try #require(shown.model.names(in: "Work").first)
            try service.move("INBOX/letter 1.eml", to: "Work/\(work)", shown, replacing: "Work/\(work)")
            try service.move("Work/\(work)", to: "INBOX/back.eml", shown)
            rival(rig)
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            try then(rig, service, shown)
        }
    }

    @Test(arguments: ServerKind.allCases) func itIsThere(kind: ServerKind) async throws {
        try await thereAndBack(kind.configuration) { _ in
        } then: { rig, service, shown in
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(rig.letters(in: "Work") == [])
            #expect(shown.model.names(in: "INBOX").contains("back.eml"))
            #expect(!rig.server.changingCommands.contains { $0.contains("MOVE") || $0.contains("COPY") })
            #expect(service.failedChanges == [])
        }
    }

    /// What it was to take the place of is the only one that is left.
    @Test(arguments: ServerKind.allCases) func anotherTookItAway(kind: ServerKind) async throws {
        try await thereAndBack(kind.configuration) { rig in
            rig.server.expunge(1, in: "INBOX")
        } then: { rig, service, _ in
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            #expect(rig.letters(in: "Work") == [20])
            #expect(service.failedChanges.map(\.path) == ["INBOX/back.eml"])
        }
    }

    @Test(arguments: ServerKind.allCases) func anotherPutOneInItsPlace(kind: ServerKind) async throws {
        try await thereAndBack(kind.configuration.without("OBJECTID")) { rig in
            rig.server.overwrite(1, in: "INBOX", with: Letter.make(77))
        } then: { rig, _, _ in
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5, 77])
            #expect(rig.letters(in: "Work") == [20])
        }
    }

    @Test(arguments: ServerKind.allCases) func itsFolderIsAnother(kind: ServerKind) async throws {
        try await thereAndBack(kind.configuration) { rig in
            rig.server.expunge(1, in: "INBOX")
            rig.server.changeUIDValidity(of: "INBOX")
        } then: { rig, _, _ in
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            #expect(rig.letters(in: "Work") == [20])
        }
    }
}
