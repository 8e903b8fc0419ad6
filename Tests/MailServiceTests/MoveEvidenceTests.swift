import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// OK is no proof: an original goes only for a copy that was seen, and a move is done only when the message has left.
@Suite(.serialized) struct MoveEvidenceTests {
    /// What the server says of copies that it did not make, or of which it made one.
    private static let lies = [
        "OK done", "OK [COPYUID 1700000002 2:4 1:3] done", "OK [COPYUID 1700000002 2:4 7:9] done",
    ]

    @Test(arguments: lies, [0, 1]) func noCopyCame(lie: String, made: Int) async throws {
        let rig = try Rig.changing(.full.without("MOVE"))
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 2...4 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
            let rule = rig.server.install(Misbehaviour(on: "UID COPY", at: .received, .refuse(lie)))
            try rig.server.start()
            if made == 1 { rig.server.copy(2, from: "INBOX", to: "Work") }
            _ = await service.drain(until: .now + .seconds(60))
            try await rig.server.waitForFiring(rule)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            // Whatever else: nothing is lost.
            #expect(
                rig.server.messages(in: "INBOX").map { Letter.number($0.bytes) }.filter { (3...4).contains($0) } == [
                    3, 4,
                ])
            #expect(Set(rig.letters(in: "INBOX") + rig.letters(in: "Work")) == [1, 2, 3, 4, 5])
            #expect(shown.model.names(in: "INBOX").contains("letter 3.eml"))
            #expect(shown.model.names(in: "INBOX").contains("letter 4.eml"))
            #expect(service.failedChanges.map(\.path).filter { $0 != "Work/2.eml" } == ["Work/3.eml", "Work/4.eml"])
            // One lie is enough.
            #expect(service.facts.trust.copies == .distrusted)
        }
    }

    /// Trust that was earned is lost by one lie as well.
    @Test(arguments: lies) func afterManyGoodCopies(lie: String) async throws {
        let rig = try Rig.changing(.full.without("MOVE"))
        try await rig.synchronised { service, shown in
            try await service.verdict(of: service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown))
            #expect(service.facts.trust.copies == .trusted)
            try await rig.drained(service, shown)
            rig.server.install(Misbehaviour(on: "UID COPY", at: .received, .refuse(lie)))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/2.eml", shown)
            await #expect(throws: ServiceError.self) { try await service.verdict(of: receipt) }
            try await rig.settle(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            #expect(service.failedChanges.map(\.path) == ["Work/2.eml"])
            #expect(service.facts.trust.copies == .distrusted)
        }
    }

    /// Another client's message came, as long as the original or not: it is no copy, wherever the server says that the copy is.
    @Test(arguments: ["OK done", "OK [COPYUID 1700000002 2 1] done"], [9, 30])
    func anotherMessageCame(lie: String, number: Int) async throws {
        let rig = try Rig.changing(.full.without("MOVE", "NOTIFY"))
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "UID COPY", at: .received, .refuse(lie)))
            let rule = rig.server.install(
                Misbehaviour(on: "SELECT", containing: "INBOX", at: .received, times: 1, .stall))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/2.eml", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.deliver(Letter.make(number), to: "Work")
            rig.server.release(rule)
            await #expect(throws: ServiceError.self) { try await service.verdict(of: receipt) }
            try await rig.settle(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(rig.letters(in: "Work") == [number])
            #expect(service.failedChanges.map(\.path) == ["Work/2.eml"])
            #expect(service.facts.trust.copies == .distrusted)
        }
    }

    /// The text is here before the message is copied (HAZARD 28), also where a connection turns out to lack MOVE.
    @Test(arguments: [false, true]) func theTextIsHereBeforeTheCopy(isFoundOutLate: Bool) async throws {
        let rig = try Rig.changing(.full.without(isFoundOutLate ? "NOTIFY" : "MOVE"))
        try await rig.synchronised { service, shown in
            if isFoundOutLate {
                try await rig.server.waitForIdle()
                let lines = rig.server.transcript.filter { $0.direction == .client }
                let watching = lines.last { $0.text.hasSuffix(" IDLE") }?.connection
                rig.server.reconfigure { $0.capabilities.removeAll { $0 == "MOVE" } }
                // What the account can do is asked for where no connection is left.
                for number in Set(lines.map(\.connection)) where number != watching {
                    rig.server.cutConnection(number)
                }
            }
            let rule = rig.server.install(Misbehaviour(on: "UID COPY", at: .received, times: 1, .stall))
            try service.move("INBOX/letter 2.eml", to: "Work/2.eml", shown)
            try await rig.server.waitForFiring(rule)
            #expect(rig.server.observation.bodies.contains { $0.folder == "INBOX" && $0.uid == 2 && $0.section == "" })
            rig.server.release(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [2])
            #expect(rig.server.observation.count("UID MOVE") == 0)
        }
    }

    /// The text is here before the original is touched (HAZARD 28), and is offered where no folder has the message afterwards.
    @Test func theCopyGoesWithTheOriginal() async throws {
        let rig = try Rig.changing(.full.without("MOVE"))
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID EXPUNGE", at: .answer, times: 1, .stall))
            rig.server.clearObservation()
            try service.move("INBOX/letter 2.eml", to: "Work/2.eml", shown)
            try await rig.server.waitForFiring(rule)
            #expect(rig.server.observation.bodies.contains { $0.folder == "INBOX" && $0.uid == 2 && $0.section == "" })
            rig.server.expunge(rig.server.uids(in: "Work"), in: "Work")
            rig.server.release(rule)
            _ = await service.drain(until: .now + .seconds(60))
            try await shown.wait("the text") { $0.named("Work/2.eml")?.standing == .failed }
            let file = try #require(shown.model.named("Work/2.eml"))
            #expect(try service.cachedBody(file.id)?.bytes == Letter.make(2))
            #expect(service.failedChanges.map(\.operation) == ["upload"])
            #expect(rig.letters(in: "Work") == [])
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [2])
        }
    }

    /// MOVE says OK, and nothing moved: it has failed, and is told so.
    @Test(arguments: ["OK done", "OK [COPYUID 1700000002 2 1] done"], [true, false])
    func nothingMoved(lie: String, tellsEarly: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let id = try #require(shown.model.id("INBOX/letter 2.eml"))
            if tellsEarly {
                let line = "* OK [COPYUID 1700000002 2 1] Moved\r\n%TAG% OK done\r\n"
                rig.server.install(
                    Misbehaviour(on: "UID MOVE", at: .received, .replace(Array(line.utf8))))
            } else {
                rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, .refuse(lie)))
            }
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/2.eml", shown)
            await #expect(throws: ServiceError.self) { try await service.verdict(of: receipt) }
            try await rig.settle(service, shown)
            #expect(shown.model.id("INBOX/letter 2.eml") == id)
            #expect(service.failedChanges.map(\.path) == ["Work/2.eml"])
        }
    }
}
