import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Refusals that are not about what was asked: an outage of the server's own undoes no work.
@Suite(.serialized) struct PassingRefusalTests {
    static let outages = [
        "NO Server Unavailable. 15", "BAD User is authenticated but not connected.",
        "NO [OVERQUOTA] Account exceeded command or bandwidth limits.", "NO hiccup", "BAD what",
    ]
    private static let commands = ["UID MOVE", "UID STORE", "APPEND", "CREATE", "DELETE", "RENAME", "SELECT", "STATUS"]

    /// Offline work meets a server that refuses everything for a while.
    @Test(arguments: outages) func anOutage(answer: String) async throws {
        let rig = try OneOfEach.rig { $0.haste = 40 }
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try OneOfEach.make(service, shown)
            let before = shown.model
            let rules = (Self.commands + ["NOOP"]).map { command in
                rig.server.install(Misbehaviour(on: command, at: .received, .refuse(answer)))
            }
            try rig.server.start()
            try await rig.server.wait(for: "refusals") { seen in
                Self.commands.map { seen.count($0) }.reduce(0, +) >= 12
            }
            #expect(service.failedChanges == [])
            #expect(shown.model.names(in: "Work") == before.names(in: "Work"))
            for rule in rules { rig.server.remove(rule) }
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
            OneOfEach.expectDone(rig)
        }
    }

    /// Whoever asks for it has it sent now, whatever pause there is.
    @Test(arguments: [true, false]) func syncEndsThePause(isRefused: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(
                Misbehaviour(
                    on: "APPEND", at: .received, isRefused ? .refuse("NO [UNAVAILABLE] not just now") : .close))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule, times: 4, seconds: 30)
            rig.server.remove(rule)
            // A pause of some seconds begins when the answer, or its loss, is known.
            let sender = try #require(service.running).sender
            while !sender.isAtRest { await Task.yield() }
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(rig.letters(in: "Work") == [9])
            #expect(service.pendingChanges == 0)
        }
    }

    /// A NOOP is obeyed: it is about the message.
    @Test(arguments: ["NO hiccup", "BAD what"]) func aRefusalOfOneThing(answer: String) async throws {
        let rig = try Rig.changing { $0.haste = 40 }
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, .refuse(answer)))
            try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            try await rig.drained(service, shown)
            #expect(service.failedChanges.map(\.path) == ["Work/1.eml"])
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
        }
    }

    /// A refused look says nothing of whether the message is there.
    @Test(arguments: [true, false]) func aLookThatIsRefused(deletes: Bool) async throws {
        let rig = try Rig.changing { $0.haste = 40 }
        try await rig.synchronised { service, shown in
            rig.server.install(
                Misbehaviour(on: "UID FETCH", at: .received, times: 4, .refuse("NO [UNAVAILABLE] not just now")))
            if deletes {
                try service.remove("INBOX/letter 1.eml", shown)
            } else {
                try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            }
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            #expect(rig.letters(in: "Work") == (deletes ? [] : [1]))
        }
    }

    /// The folder cannot be opened for a moment, and nobody says why.
    @Test func aFolderThatCannotBeOpened() async throws {
        let rig = try Rig.changing { $0.haste = 40 }
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "SELECT", at: .received, times: 3, .refuse("NO not just now")))
            try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Work") == [1])
        }
    }
}
