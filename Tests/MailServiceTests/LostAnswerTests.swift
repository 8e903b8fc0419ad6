import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Connections that end while a change is on the wire (HAZARDS 23, 28): nothing lost, nothing twice.
@Suite(.serialized) struct LostAnswerTests {
    enum Loss: String, CaseIterable, Sendable {
        /// The command was not obeyed.
        case before
        /// It was, and nobody was told.
        case after
        case cutAnswer

        func rule(_ command: String, times: Int = 1) -> Misbehaviour {
            switch self {
            case .before: Misbehaviour(on: command, at: .received, times: times, .close)
            case .after: Misbehaviour(on: command, at: .answer, times: times, .close)
            case .cutAnswer: Misbehaviour(on: command, at: .answer, times: times, .closeAfter(bytes: 9))
            }
        }
    }

    static let commands = [
        "SELECT", "UID FETCH", "UID MOVE", "UID STORE", "UID EXPUNGE", "APPEND", "CREATE", "DELETE", "RENAME", "STATUS",
        "SUBSCRIBE",
    ]

    @Test(arguments: commands, Loss.allCases) func anAnswer(command: String, loss: Loss) async throws {
        let rig = try OneOfEach.rig { $0.expungeAfter = 0 }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(loss.rule(command))
            let moved = try #require(shown.model.id("INBOX/letter 1.eml"))
            try OneOfEach.make(service, shown)
            let before = shown.model
            let left = await service.drain(until: .now + .seconds(60))
            #expect(left == 0)
            await service.running?.sender.wake()
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") >= 1 }
            try await rig.drained(service, shown)
            try await rig.server.waitForFiring(rule)
            OneOfEach.expectDone(rig)
            #expect(service.failedChanges == [])
            for path in ["INBOX", "Work"] { #expect(shown.model.names(in: path) == before.names(in: path)) }
            #expect(shown.model.id("Work/1.eml") == moved)
            #expect(shown.model.id("Work/nine.eml") == before.id("Work/nine.eml"))
            #expect(shown.model.paths == ["Drawn", "INBOX", "New", "Work"])
        }
    }

    @Test(arguments: Loss.allCases, ["UID COPY", "UID STORE", "UID EXPUNGE"])
    func aMoveWithoutMOVE(loss: Loss, command: String) async throws {
        let rig = try Rig.changing(.full.without("MOVE"))
        try await rig.synchronised { service, shown in
            rig.server.install(loss.rule(command))
            let id = try #require(shown.model.id("INBOX/letter 1.eml"))
            for number in 1...3 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
            try await rig.drained(service, shown)
            try await shown.wait("all expunged") { _ in
                rig.server.uids(in: "INBOX") == [4, 5] || rig.server.observation.count("UID EXPUNGE") > 0
            }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [4, 5])
            #expect(rig.letters(in: "Work") == [1, 2, 3])
            #expect(shown.model.id("Work/1.eml") == id)
            #expect(service.failedChanges == [])
        }
    }

    /// RFC 6851 section 3.3: a move of several is not done for all or none.
    @Test(arguments: ["", "NO in the middle"]) func halfAMove(answer: String) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 1...4 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
            let rule = rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, times: 1, .stall))
            rig.server.install(
                Misbehaviour(on: "UID MOVE", at: .received, times: 1, answer.isEmpty ? .close : .refuse(answer)))
            try rig.server.start()
            try await rig.server.wait(for: "the move") { $0.count("UID MOVE") == 1 }
            rig.server.move(1, from: "INBOX", to: "Work")
            rig.server.move(3, from: "INBOX", to: "Work")
            rig.server.release(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [5])
            #expect(rig.letters(in: "Work") == [1, 2, 3, 4])
            #expect(shown.model.names(in: "Work") == (1...4).map { "\($0).eml" })
            #expect(service.failedChanges == [])
        }
    }

    /// Messages that cannot be told apart are counted.
    @Test func twins() async throws {
        let rig = try Rig.changing(.full.without("OBJECTID"), letters: 1...1)
        rig.server.deliver([Letter.make(1), Letter.make(1), Letter.make(1)], to: "INBOX")
        rig.server.deliver(Letter.make(1), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.install(Loss.after.rule("UID MOVE"))
            let work = try #require(shown.model.folder("Work"))
            for (number, message) in shown.model.messages(in: "INBOX").prefix(3).enumerated() {
                _ = try service.rename(message.id, to: work.id, as: Array("twin \(number).eml".utf8), replacing: nil)
            }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1])
            #expect(rig.letters(in: "Work") == [1, 1, 1, 1])
            #expect(shown.model.names(in: "Work") == ["letter 1.eml", "twin 0.eml", "twin 1.eml", "twin 2.eml"])
        }
    }

    /// A line that is bad for a while undoes nothing: what has no answer is sent again, after longer and longer pauses.
    @Test(arguments: ["UID MOVE", "UID STORE", "UID EXPUNGE", "APPEND", "CREATE", "DELETE", "RENAME"])
    func aLineThatIsBadForAWhile(command: String) async throws {
        let rig = try OneOfEach.rig {
            $0.expungeAfter = 0
            $0.haste = 40
        }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Loss.before.rule(command, times: 6))
            try OneOfEach.make(service, shown)
            let before = shown.model
            try await rig.server.waitForFiring(rule, times: 6, seconds: 30)
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") >= 1 }
            try await rig.drained(service, shown)
            OneOfEach.expectDone(rig)
            #expect(service.failedChanges == [])
            for path in ["INBOX", "Work"] { #expect(shown.model.names(in: path) == before.names(in: path)) }
        }
    }

    /// The copy is made, and the original goes when it can: never are there two for good.
    @Test func anOriginalThatGoesLate() async throws {
        let rig = try Rig.changing(.full.without("MOVE")) { $0.haste = 40 }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Loss.before.rule("UID STORE", times: 6))
            try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            try await rig.server.waitForFiring(rule, times: 6, seconds: 30)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            #expect(rig.letters(in: "Work") == [1])
            #expect(service.failedChanges == [])
        }
    }

    /// One command breaks each connection: it waits, and what was sent with it, or is sent after it, does not.
    @Test func onlyWhatBreaksTheLineWaits() async throws {
        let rig = try Rig.changing { $0.haste = 40 }
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 1...4 {
                try service.flag("INBOX/letter \(number).eml", .add(Flags(system: [.flagged])), shown)
            }
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let rules = ["STORE 1:4 ", "STORE 3 "].map {
                rig.server.install(Misbehaviour(on: "UID STORE", containing: $0, at: .received, .close))
            }
            try rig.server.start()
            try await rig.server.waitForFiring(rules[1], times: 3, seconds: 30)
            try await rig.server.waitForMail { account in
                account.messages(in: "Work").count == 1
                    && account.messages(in: "INBOX").count { $0.flags.contains("\\Flagged") } == 3
            }
            #expect(service.failedChanges == [])
            for rule in rules { rig.server.remove(rule) }
            try await rig.drained(service, shown)
            #expect(rig.server.messages(in: "INBOX").count { $0.flags.contains("\\Flagged") } == 4)
            #expect(service.failedChanges == [])
        }
    }

    @Test func theServerFallsSilent() async throws {
        let rig = try Rig.changing { $0.timeout = .seconds(1) }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID MOVE", at: .answer, times: 1, .stall))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            await #expect(throws: ServiceError.timedOut) { try await service.verdict(of: receipt) }
            rig.server.release(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [2])
            #expect(rig.server.observation.count("UID MOVE") == 1)
        }
    }
}
