import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// What is told to be back is there.
@Suite(.serialized) struct RestoringTests {
    private static let policies = [DeletionPolicy.expunge, .trash]
    private static let both = ["Work/letter 11.eml", "Work/letter 12.eml"]

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
            let restored = try await service.restore(nil)
            #expect(restored.back.sorted() == Self.both)
            #expect(restored.waiting + restored.lost == [])
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
            let restored = try await service.restore(nil)
            #expect(restored.back + restored.waiting == [])
            #expect(restored.lost.sorted() == Self.both)
        }
    }

    /// Of two, a rival has expunged one.
    @Test func oneIsGone() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            rig.server.expunge([1], in: "Work")
            let restored = try await service.restore("Work/*")
            #expect(restored.back == ["Work/letter 12.eml"])
            #expect(restored.lost == ["Work/letter 11.eml"] || restored.lost == [])
            #expect(rig.letters(in: "Work") == [12])
        }
    }

    /// Without a connection it is done later, and that is said: whether the connection is known to be gone or not.
    @Test(arguments: policies, [true, false]) func offline(policy: DeletionPolicy, isKnown: Bool) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            rig.server.stop()
            if isKnown { try await rig.wait(for: .offline, service) }
            let restored = try await service.restore(nil)
            #expect(restored.back + restored.lost == [])
            #expect(restored.waiting.sorted() == Self.both)
            #expect(shown.model.names(in: "Work") == ["letter 11.eml", "letter 12.eml"])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [11, 12])
        }
    }

    /// The server ends as it is told, before or after it has done it.
    @Test(arguments: policies, [Misbehaviour.Point.received, .answer])
    func theServerDiesMeanwhile(policy: DeletionPolicy, point: Misbehaviour.Point) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            let command = policy == .trash ? "UID MOVE" : "UID STORE"
            let rule = rig.server.install(Misbehaviour(on: command, at: point, .stall))
            async let restored = service.restore(nil)
            try await rig.server.waitForFiring(rule)
            rig.server.stop()
            let restoration = try await restored
            #expect(restoration.back + restoration.lost == [])
            #expect(restoration.waiting.sorted() == Self.both)
            rig.server.behave()
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [11, 12])
        }
    }

    /// What the server says may pass.
    @Test(arguments: policies) func theFolderCannotBeOpened(policy: DeletionPolicy) async throws {
        let rig = try rig(policy)
        try await rig.synchronised { service, shown in
            try removeWork(service, shown)
            try await rig.drained(service, shown)
            for command in ["SELECT", "EXAMINE", "UID MOVE"] {
                rig.server.install(Misbehaviour(on: command, at: .received, .refuse("NO Mailbox does not open")))
            }
            let restored = try await service.restore(nil)
            #expect(restored.back == [])
            #expect((restored.waiting + restored.lost).sorted() == Self.both)
        }
    }

    /// Of what the server never heard there is nothing to wait for.
    @Test func theServerNeverHeardOfIt() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try removeWork(service, shown)
            let restored = try await service.restore(nil)
            #expect(restored.back.sorted() == Self.both)
            #expect(restored.waiting + restored.lost == [])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [11, 12])
        }
    }

    /// A file that was deleted before the server had it is sent again, or is not back.
    @Test func anUpload() async throws {
        let rig = try rig(.expunge)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(20), to: "Work/new.eml", shown)
            try service.remove("Work/new.eml", shown)
            #expect(try await service.restore(nil) == Restoration(waiting: ["Work/new.eml"]))
            try service.remove("Work/new.eml", shown)
            rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [CANNOT] Not this one")))
            rig.server.install(Misbehaviour(on: "APPEND", at: .continuation, .refuse("NO [CANNOT] Not this one")))
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(try await service.restore(nil) == Restoration(lost: ["Work/new.eml"]))
        }
    }
}
