import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// COPYUID of MOVE is a hint (HAZARDS 24, 29): a message has the UID under which it was seen, and no other has its place.
@Suite(.serialized) struct MoveHintTests {
    /// Letters 2 and 3 come as UIDs 2 and 3; before them UID 1 is another message.
    static let hints = ["1:2", "1,3", "3:4", "2,2", "3,2", "77:78", "1,77", "2:3"]

    /// Moves letters 2 and 3 in one command to a folder that has another message, or two, and is told these UIDs.
    private func moved(
        _ hint: String, rival: Bool = false, _ body: (Rig, MailService, Shown) async throws -> Void
    ) async throws {
        let rig = try Rig.changing(.full.without("NOTIFY"))
        rig.server.deliver(Letter.make(30), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 2...3 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
            let rule = rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, times: 1, .stall))
            rig.server.install(Misbehaviour(on: "UID MOVE", .omit("COPYUID")))
            rig.server.install(
                Misbehaviour(on: "UID MOVE", .completion("OK [COPYUID 1700000002 2:3 \(hint)] done")))
            try rig.server.start()
            try await rig.server.waitForFiring(rule)
            if rival { rig.server.deliver(Letter.make(31), to: "Work") }
            rig.server.release(rule)
            let left = await service.drain(until: rig.deadline)
            #expect(left == 0)
            try await body(rig, service, shown)
        }
    }

    @Test(arguments: hints, [false, true]) func eachHasItsOwnText(hint: String, rival: Bool) async throws {
        try await moved(hint, rival: rival) { rig, service, shown in
            try await rig.settle(service, shown)
            #expect(
                shown.model.names(in: "Work")
                    == ["2.eml", "3.eml", "letter 30.eml"] + (rival ? ["letter 31.eml"] : []))
            let folder = try #require(shown.model.folder("Work"))
            for (name, number) in [("2.eml", 2), ("3.eml", 3), ("letter 30.eml", 30)] {
                let message = try #require(shown.model.named("Work/\(name)"), "\(name)")
                let body = try await service.body(of: message, in: folder.id)
                #expect(body.bytes == Letter.make(number))
            }
            #expect(service.failedChanges == [])
        }
    }

    /// What is done to a moved message at once is done to no other.
    @Test(arguments: hints, [false, true]) func noOtherMessageIsTouched(hint: String, rival: Bool) async throws {
        try await moved(hint, rival: rival) { rig, service, shown in
            try service.flag("Work/3.eml", .add(Flags(system: [.flagged])), shown)
            try service.remove("Work/2.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [3, 30] + (rival ? [31] : []))
            let flagged = rig.server.messages(in: "Work").filter { $0.flags.contains("\\Flagged") }
            #expect(flagged.map { Letter.number($0.bytes) } == [3])
            #expect(service.failedChanges == [])
        }
    }

    /// However many are moved together, they are looked at together.
    @Test func theLookIsOneForAll() async throws {
        try await moved("2:3") { rig, _, _ in
            let lines = rig.server.observation.clientLines
            let move = try #require(lines.firstIndex { $0.contains("UID MOVE") })
            #expect(rig.server.observation.count("UID MOVE") == 1)
            #expect(lines[move...].filter { $0.contains("UID FETCH 2:3 ") }.count == 1)
        }
    }
}
