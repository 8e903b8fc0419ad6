import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Where each call waits for the server: one that returned an error has not happened, and will not.
@Suite(.serialized) struct FailedCallTests {
    private static let calls = ["move", "delete", "flag", "mkdir", "rmdir", "rename"]

    private func call(_ name: String, _ service: MailService, _ shown: Shown) throws -> Receipt {
        switch name {
        case "move": try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
        case "delete": try service.remove("INBOX/letter 1.eml", shown)
        case "flag": try service.flag("INBOX/letter 1.eml", .add(Flags(system: .flagged)), shown)
        case "mkdir": try service.createFolder(in: .root, name: Array("New".utf8)).receipt
        case "rmdir": try service.removeFolder(try #require(shown.model.folder("Work")).id)
        default:
            try service.renameFolder(try #require(shown.model.folder("Work")).id, to: .root, name: Array("New".utf8))
        }
    }

    @Test(arguments: calls) func offline(_ name: String) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let before = shown.model
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let receipt = try call(name, service, shown)
            await #expect(throws: ServiceError.offline) { try await service.verdictOrNothing(of: receipt) }
            #expect(service.pendingChanges == 0)
            #expect(service.failedChanges == [])
            #expect(shown.model.names(in: "INBOX") == before.names(in: "INBOX"))
            #expect(shown.model.paths == before.paths)
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.server.changingCommands == [])
        }
    }

    /// The file stays, as one that was not uploaded.
    @Test(arguments: [1, 9]) func anUpload(number: Int) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let receipt = try service.write(Letter.make(number), to: "Work/x.eml", shown)
            await #expect(throws: ServiceError.offline) { try await service.verdictOrNothing(of: receipt) }
            #expect(service.pendingChanges == 0)
            #expect(service.failedChanges.map(\.path) == ["Work/x.eml"])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [])
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [number])
        }
    }

    enum Renamed: CaseIterable { case scratch, scratchOverMail, failedUploadOverMail }

    /// A file that was renamed is what it was, and what had the name has it again.
    @Test(arguments: Renamed.allCases, [true, false])
    func aFileOfThisMount(_ renamed: Renamed, isRefused: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let isScratch = [.scratch, .scratchOverMail].contains(renamed)
            let isOverMail = renamed != .scratch
            let folder = try #require(shown.model.folder("Work"))
            let file = try service.createFile(
                in: folder.id, name: Array((isScratch ? "x.tmp" : "x.eml").utf8),
                purpose: isScratch ? .scratch : .unfinished)
            try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            func refuse() {
                for moment in [Misbehaviour.Point.received, .continuation] {
                    rig.server.install(
                        Misbehaviour(on: "APPEND", at: moment, times: 1, .refuse("NO [CANNOT] not that one")))
                }
            }
            if !isScratch { refuse() }
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            _ = await service.drain(until: rig.deadline)
            #expect(service.failedChanges.count == (!isScratch ? 1 : 0))
            let before = shown.model
            if isRefused {
                refuse()
            } else {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
            }
            let old = try #require(service.localFile(file.id))
            let name = isOverMail ? "letter 3.eml" : "new.eml"
            let path = isScratch ? "Work/x.tmp" : "Work/x.eml"
            let receipt = try service.move(
                path, to: "INBOX/\(name)", shown, replacing: isOverMail ? "INBOX/letter 3.eml" : nil)
            await #expect(throws: ServiceError.self) { try await service.verdictOrNothing(of: receipt) }
            try service.renameBack(old)
            for folder in ["INBOX", "Work"] { #expect(shown.model.names(in: folder) == before.names(in: folder)) }
            #expect(service.localFile(file.id)?.purpose == old.purpose)
            if !isRefused { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == Array(1...5))
            #expect(rig.letters(in: "Work") == [])
        }
    }

    /// A message that was to take the name of another of its folder has its own, and the other has its own.
    @Test(arguments: [true, false]) func aNameOfAnother(isRefused: Bool) async throws {
        let rig = try Rig.changing { $0.expungeAfter = 600 }
        try await rig.synchronised { service, shown in
            let before = shown.model
            if isRefused {
                rig.server.install(Misbehaviour(on: "UID STORE", at: .received, .refuse("NO so be it")))
            } else {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
            }
            let path = "INBOX/letter 1.eml"
            let (message, other) = (try #require(before.id(path)), try #require(before.id("INBOX/letter 3.eml")))
            let receipt = try service.move(path, to: "INBOX/letter 3.eml", shown, replacing: "INBOX/letter 3.eml")
            #expect(shown.model.id("INBOX/letter 3.eml") == message)
            await #expect(throws: ServiceError.self) { try await service.verdictOrNothing(of: receipt) }
            try service.renameBack(message, to: Array("letter 1.eml".utf8), of: other, Array("letter 3.eml".utf8))
            #expect(shown.model.names(in: "INBOX") == before.names(in: "INBOX"))
            #expect(shown.model.id(path) == message)
            #expect(shown.model.id("INBOX/letter 3.eml") == other)
            if !isRefused { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == Array(1...5))
        }
    }

    /// The message is where it was moved to when the connection fails: the call has happened, and what it replaces goes later.
    @Test func halfOfItIsDone() async throws {
        let rig = try Rig.changing {
            $0.expungeAfter = 600
            $0.timeout = .seconds(1)
        }
        try await rig.synchronised { service, shown in
            try service.write(Letter.make(9), to: "Work/9.eml", shown)
            try await rig.drained(service, shown)
            let stores = rig.server.install(Misbehaviour(on: "UID STORE", at: .received, .silence))
            let receipt = try service.move(
                "INBOX/letter 1.eml", to: "Work/9.eml", shown, replacing: "Work/9.eml")
            try await service.verdictOrNothing(of: receipt)
            #expect(service.pendingChanges == 1)
            #expect(shown.model.names(in: "Work") == ["9.eml"])
            rig.server.remove(stores)
            rig.server.cutConnections()
            try await rig.drained(service, shown)
            #expect(service.unknownChanges == [])
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Work") == [1])
            #expect(shown.model.names(in: "Work") == ["9.eml"])
        }
    }

    /// Another client takes the message away before the server moves it: nothing is left of the move, and it has not happened.
    @Test func anotherHasTakenIt() async throws {
        let rig = try Rig.changing { $0.expungeAfter = 600 }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, times: 1, .stall))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            let verdict = Task { try await service.verdictOrNothing(of: receipt) }
            try await rig.server.waitForFiring(rule)
            rig.server.expunge([2], in: "INBOX")
            rig.server.release(rule)
            await #expect(throws: ServiceError.self) { try await verdict.value }
            #expect(shown.model.names(in: "Work") == [])
        }
    }

    /// What it was to move is refused while it waits: the move leaves the journal undone, and has not happened.
    @Test func whatItMovesIsRefused() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let stalled = rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .stall))
            rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
            try service.write(Letter.make(9), to: "Work/b.eml", shown)
            try await rig.server.waitForFiring(stalled)
            let receipt = try service.move("Work/b.eml", to: "INBOX/c.eml", shown)
            rig.server.release(stalled)
            await #expect(throws: ServiceError.overQuota("full")) { try await service.verdictOrNothing(of: receipt) }
            #expect(service.failedChanges.map(\.operation) == ["upload"])
            #expect(rig.letters(in: "INBOX") == Array(1...5))
        }
    }

    /// It was done, and the connection ended before the answer: the next one tells.
    @Test(arguments: calls) func theAnswerIsLost(_ name: String) async throws {
        let rig = try Rig.changing { $0.expungeAfter = 600 }
        try await rig.synchronised { service, shown in
            let command =
                ["move": "UID MOVE", "mkdir": "CREATE", "rmdir": "DELETE", "rename": "RENAME"][name] ?? "UID STORE"
            rig.server.install(Misbehaviour(on: command, at: .answer, times: 1, .close))
            try await service.verdictOrNothing(of: try call(name, service, shown))
            #expect(service.unknownChanges == [])
            try await rig.drained(service, shown)
        }
    }

    /// Where the server has no MOVE, the message is not in both folders when the call returns.
    @Test(arguments: [ServerConfiguration.full.without("MOVE"), .minimal])
    func aMoveByCopying(configuration: ServerConfiguration) async throws {
        let rig = try Rig.changing(configuration)
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID STORE", at: .received, times: 1, .stall))
            let receipt = try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            async let verdict: Void = service.verdictOrNothing(of: receipt)
            try await rig.server.waitForFiring(rule)
            #expect(rig.letters(in: "Work") == [1])
            rig.server.release(rule)
            try await verdict
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            try await rig.drained(service, shown)
        }
    }

    /// It was copied, and then the connection went: what a call has done is not undone, nor told as an error.
    @Test func theOriginalWaits() async throws {
        let rig = try Rig.changing(.full.without("MOVE"))
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID STORE", at: .received, times: 1, .stall))
            let receipt = try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            async let verdict: Void = service.verdictOrNothing(of: receipt)
            try await rig.server.waitForFiring(rule)
            rig.server.stop()
            try await verdict
            #expect(service.unknownChanges == [])
            #expect(shown.model.names(in: "Work") == ["1.eml"])
            #expect(!shown.model.names(in: "INBOX").contains("letter 1.eml"))
            rig.server.release(rule)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5])
            #expect(rig.letters(in: "Work") == [1])
        }
    }

    /// Nobody heard that it was deleted, but it was: its time for being brought back runs, and it is expunged after that.
    @Test func whatWasDeletedIsExpunged() async throws {
        let rig = try Rig.changing {
            $0.timeout = .seconds(1)
            $0.expungeAfter = 600
        }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID STORE", at: .answer, times: 1, .stall))
            let selects = rig.server.install(Misbehaviour(on: "SELECT", at: .received, .silence))
            let examines = rig.server.install(Misbehaviour(on: "EXAMINE", at: .received, .silence))
            rig.server.remove(selects)
            let receipt = try service.remove("INBOX/letter 1.eml", shown)
            await #expect(throws: ServiceError.timedOut) { try await service.verdictOrNothing(of: receipt) }
            rig.server.cutConnections()
            rig.server.release(rule)
            rig.server.remove(examines)
            try await rig.drained(service, shown)
            #expect(service.unknownChanges == [])
            #expect(try service.undelete(nil) == ["INBOX/letter 1.eml"])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
        }
    }

    /// The server falls silent and stays so: nobody knows, and it is not sent again.
    @Test(arguments: [false, true]) func nobodyKnows(isDone: Bool) async throws {
        let rig = try Rig.changing { $0.timeout = .seconds(1) }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(
                Misbehaviour(on: "UID MOVE", at: isDone ? .answer : .received, times: 1, .stall))
            let looks = rig.server.install(Misbehaviour(on: "SELECT", at: .received, .silence))
            let examines = rig.server.install(Misbehaviour(on: "EXAMINE", at: .received, .silence))
            rig.server.remove(looks)
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            await #expect(throws: ServiceError.timedOut) { try await service.verdictOrNothing(of: receipt) }
            #expect(service.unknownChanges.map(\.operation) == ["move"])
            rig.server.cutConnections()
            rig.server.release(rule)
            rig.server.remove(examines)
            try await rig.drained(service, shown)
            #expect(service.unknownChanges == [])
            #expect(rig.server.observation.count("UID MOVE") == 1)
            #expect(rig.letters(in: "Work") == (isDone ? [2] : []))
            #expect(shown.model.names(in: "Work") == (isDone ? ["two.eml"] : []))
        }
    }

    /// Refused without a reason, twice: the call says so, and it is listed.
    @Test(arguments: calls + ["upload"]) func isRefused(_ name: String) async throws {
        let rig = try Rig.changing { $0.expungeAfter = 600 }
        try await rig.synchronised { service, shown in
            let commands = ["UID MOVE", "UID STORE", "APPEND", "CREATE", "DELETE", "RENAME"]
            let rules = commands.map { rig.server.install(Misbehaviour(on: $0, at: .received, .refuse("NO so be it"))) }
            let receipt =
                name == "upload"
                ? try service.write(Letter.make(9), to: "Work/x.eml", shown) : try call(name, service, shown)
            await #expect {
                try await service.verdictOrNothing(of: receipt)
            } throws: {
                if case .refused = $0 as? ServiceError { true } else { false }
            }
            #expect(service.failedChanges.count == 1)
            #expect(service.pendingChanges == 0)
            for rule in rules { rig.server.remove(rule) }
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
        }
    }
}
