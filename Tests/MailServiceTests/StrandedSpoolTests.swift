import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Files in the spool of which the journal knows nothing.
@Suite struct StrandedSpoolTests {
    private func stranded(
        _ bytes: [UInt8], as id: Int64, _ body: (Rig, MailService, Shown) async throws -> Void
    ) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
        }
        try Data(bytes).write(to: URL(fileURLWithPath: rig.scratch.path + "/state/spool/\(id)"))
        try await rig.resumed { service, shown in try await body(rig, service, shown) }
    }

    @Test(arguments: [1, 3, 4_000] as [Int64])
    func isOfferedAndSentWhenThatIsWanted(_ id: Int64) async throws {
        try await stranded(Letter.make(9), as: id) { rig, service, shown in
            let told = service.failedChanges
            #expect(told.count == 1)
            #expect(service.interruptedChanges == [])
            let path = try #require(told.first?.path)
            let found = try #require(shown.model.named(path))
            #expect(try Data(contentsOf: URL(fileURLWithPath: service.spoolPath(of: found.id))) == Data(Letter.make(9)))
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
        }
    }

    @Test func goesWhenItIsGivenUp() async throws {
        try await stranded(Letter.make(9), as: 77) { rig, service, shown in
            try service.discard(service.failedChanges.map(\.id))
            #expect(shown.model.names(in: "INBOX").count == 5)
            let spool = try FileManager.default.contentsOfDirectory(atPath: rig.scratch.path + "/state/spool")
            #expect(spool == [])
        }
    }

    @Test func isNotOfferedWhereTheAccountHasIt() async throws {
        try await stranded(Letter.make(3), as: 78) { _, service, shown in
            #expect(service.failedChanges == [])
            #expect(shown.model.names(in: "INBOX").count == 5)
        }
    }

    /// Nothing is known of the account when the file is found.
    @Test func isOfferedWhereTheWholeStateWasLost() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { _, _ in }
        let state = rig.scratch.path + "/state"
        for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: state + "/" + name)
        }
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: state + "/spool/2"))
        try await rig.resumed { service, shown in
            let path = try #require(service.failedChanges.first?.path)
            #expect(path.hasPrefix("INBOX/recovered-"))
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
        }
    }

    /// What cannot be a message is not sent, and stays.
    @Test func isNotSentWhereItIsNoMessage() async throws {
        try await stranded(Array("no header".utf8), as: 77) { rig, service, shown in
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(service.failedChanges.map(\.error) == ["it does not begin with a header"])
            #expect(rig.server.changingCommands == [])
            let id = try #require(shown.model.messages(in: "INBOX").first { $0.standing == .failed }?.id)
            #expect(try service.cachedBody(id)?.bytes == Array("no header".utf8))
        }
    }

    @Test func isThereAfterAnotherStart() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { _, _ in }
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: rig.scratch.path + "/state/spool/77"))
        var told: [[FailedChange]] = []
        for _ in 1...3 { try await rig.resumed { service, _ in told.append(service.failedChanges) } }
        #expect(told[0].count == 1)
        #expect(told[1] == told[0] && told[2] == told[0])
    }

    @Test func noIdIsGivenTwice() async throws {
        try await stranded(Letter.make(9), as: 4_000) { _, service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: folder.id, name: Letter.name(10), purpose: .unfinished)
            #expect(file.id.rawValue > 4_000)
        }
    }

    @Test func anOlderStateLosesNoUpload() async throws {
        let rig = try Rig.changing()
        let old = rig.scratch.path + "/old"
        try await rig.synchronised { _, _ in }
        try FileManager.default.copyItem(atPath: rig.scratch.path + "/state", toPath: old)
        rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
        try await rig.resumed { service, shown in
            _ = try? service.write(Letter.make(9), to: "Work/letter 9.eml", shown)
            _ = await service.drain(until: .now + .seconds(60))
            #expect(service.failedChanges.count == 1)
        }
        // Only the database is older: the spool is as it was left.
        for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: rig.scratch.path + "/state/" + name)
            if FileManager.default.fileExists(atPath: old + "/" + name) {
                try FileManager.default.copyItem(atPath: old + "/" + name, toPath: rig.scratch.path + "/state/" + name)
            }
        }
        try await rig.resumed { service, shown in
            let path = try #require(service.failedChanges.first?.path)
            let found = try #require(shown.model.named(path))
            #expect(try Data(contentsOf: URL(fileURLWithPath: service.spoolPath(of: found.id))) == Data(Letter.make(9)))
        }
    }
}
