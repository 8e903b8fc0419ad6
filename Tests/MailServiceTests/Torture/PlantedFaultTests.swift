import InMemoryIMAP
import Testing

@testable import MailService

/// The torture sees what servers do wrong.
@Suite(.serialized) struct PlantedFaultTests {
    /// Something goes wrong on the server once it has obeyed the command for the first time.
    private func problems(
        _ scenario: Scenario, after command: String, _ wrong: @escaping @Sendable (InMemoryServer) -> Void
    ) async throws -> [String] {
        let torture = try await Torture(scenario)
        #expect(try await torture.run(Fault(kind: .none)).problems == [])
        return try await torture.run(Fault(kind: .none)) { server in
            server.install(
                Misbehaviour(
                    on: command, times: 1,
                    .alter { [weak server] _ in
                        if let server { wrong(server) }
                    }))
        }.problems
    }

    @Test func anUploadIsStoredTwice() async throws {
        let problems = try await problems(.upload, after: "APPEND") { $0.deliver(Letter.make(21), to: "INBOX") }
        #expect(problems.contains { $0.hasPrefix("INBOX: the server has") })
    }

    @Test func anUploadIsStoredOtherwise() async throws {
        let problems = try await problems(.upload, after: "APPEND") { server in
            for uid in server.uids(in: "INBOX").suffix(1) { server.overwrite(uid, in: "INBOX", with: Letter.make(22)) }
        }
        #expect(problems.contains { $0.hasPrefix("INBOX: the server has") })
    }

    @Test func aMovedMessageIsLost() async throws {
        let problems = try await problems(.move, after: "UID MOVE") { $0.expunge(3, in: "Work") }
        #expect(problems.contains { $0.hasPrefix("Work: the server has") })
    }

    @Test func aMovedMessageStays() async throws {
        let problems = try await problems(.move, after: "UID MOVE") { $0.copy(3, from: "Work", to: "INBOX") }
        #expect(problems.contains { $0.hasPrefix("INBOX: the server has") })
    }

    @Test func anotherMessageIsLost() async throws {
        let problems = try await problems(.move, after: "UID MOVE") { $0.expunge(4, in: "INBOX") }
        #expect(problems.contains { $0.hasPrefix("INBOX: the server has") })
    }

    @Test func aDeletedMessageComesBack() async throws {
        let problems = try await problems(.deletedForLater, after: "UID STORE") {
            $0.setFlags(["\\Seen"], of: 2, in: "INBOX")
        }
        #expect(problems.contains { $0.hasPrefix("INBOX: the server has") })
    }

    @Test func flagsAreLost() async throws {
        let problems = try await problems(.flags, after: "UID STORE") {
            $0.setFlags(["\\Answered"], of: 2, in: "INBOX")
        }
        #expect(problems.contains { $0.hasPrefix("INBOX: the server has") })
    }

    @Test func aFolderIsLost() async throws {
        let problems = try await problems(.folderMade, after: "CREATE") { $0.deleteFolder("Work") }
        #expect(problems.contains { $0.hasPrefix("folder Work is lost") })
    }

    /// Another view of the mount than the server's is seen too: here one that was never told of a change.
    @Test func theMountShowsSomethingElse() async throws {
        let ground = try Ground(.move)
        let mounted = try ground.open(ground.directory)
        try await mounted.start()
        try await mounted.settle()
        let account = ground.rig.server.account
        let expectation = Expectation(account)
        #expect(try expectation.differences(from: account, mounted, isCutShort: false) == [])
        // A server that this one never hears of.
        let other = try Ground(.move)
        other.rig.server.setFlags(["\\Flagged"], of: 1, in: "INBOX")
        let differences = try expectation.differences(from: other.rig.server.account, mounted, isCutShort: false)
        await mounted.service.stop()
        #expect(differences.contains { $0.hasPrefix("INBOX: shown as") })
    }

    @Test func whoeverHangsIsLeft() async throws {
        let (events, end) = AsyncStream<Void>.makeStream()
        await #expect(throws: Torture.Hung.self) {
            try await Torture.within(.milliseconds(10)) {
                await Task.detached { for await _ in events {} }.value
            }
        }
        end.finish()
    }
}
