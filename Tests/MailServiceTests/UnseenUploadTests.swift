import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Synchronization
import Testing

@testable import MailService

/// The server says that it has an upload: that is believed when the message is seen in its folder.
@Suite(.serialized) struct UnseenUploadTests {
    private func rig(_ configuration: ServerConfiguration = .full) throws -> Rig {
        try Rig.changing(configuration) { $0.haste = 40 }
    }

    /// APPEND answers OK and the message is nowhere.
    @Test(arguments: [true, false]) func isNowhere(isNamed: Bool) async throws {
        let rig = try rig(isNamed ? .full : .full.without("UIDPLUS"))
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .answer, times: 1, .stall))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.expunge(rig.server.uids(in: "Work"), in: "Work")
            rig.server.release(rule)
            let left = await service.drain(until: rig.deadline)
            #expect(left == 0)
            #expect(shown.model.named("Work/nine.eml")?.standing == .failed)
            let id = try #require(shown.model.id("Work/nine.eml"))
            #expect(try service.cachedBody(id)?.bytes == Letter.make(9))
            #expect(service.failedChanges.map(\.path) == ["Work/nine.eml"])
            #expect(rig.server.observation.count("APPEND") == 1)
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(shown.model.id("Work/nine.eml") == id)
        }
    }

    /// Another client's message is where the server says that the upload is, which is elsewhere, or nowhere (HAZARD 24).
    @Test(arguments: [true, false]) func anotherHasItsPlace(isThere: Bool) async throws {
        let rig = try rig()
        rig.server.deliver(Letter.make(30), to: "Work")
        try await rig.synchronised { service, shown in
            let lie = "OK [APPENDUID 1700000002 1] done"
            rig.server.install(
                isThere
                    ? Misbehaviour(on: "APPEND", times: 1, .completion(lie))
                    : Misbehaviour(on: "APPEND", at: .received, times: 1, .refuse(lie)))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let left = await service.drain(until: rig.deadline)
            #expect(left == 0)
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "Work") == ["letter 30.eml", "nine.eml"])
            #expect(shown.model.named("Work/nine.eml")?.standing == (isThere ? .settled : .failed))
            let id = try #require(shown.model.id("Work/nine.eml"))
            #expect(try service.cachedBody(id)?.bytes == Letter.make(9))
            #expect(rig.letters(in: "Work") == (isThere ? [9, 30] : [30]))
            #expect(rig.server.observation.count("APPEND") == 1)
        }
    }

    /// Another client expunges it or takes it elsewhere before it was seen, and the program ends while it is looked for: it is not
    /// sent again.
    @Test(arguments: [true, false]) func isTaken(elsewhere: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .answer, times: 1, .stall))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.expunge(rig.server.uids(in: "Work"), in: "Work")
            if elsewhere { rig.server.deliver(Letter.make(9...9), to: "INBOX") }
            rig.server.release(rule)
            let deadline = rig.deadline
            while service.journal.confirmed.withLock({ $0.isEmpty }), rig.options.clock.now < deadline {
                await Task.yield()
            }
        }
        try await rig.with { $0.haste = 40 }.resumed { service, shown in
            #expect(await service.drain(until: rig.with { $0.haste = 40 }.deadline) == 0)
            #expect(rig.server.observation.count("APPEND") == 1)
            #expect(rig.letters(in: "Work") == [])
            #expect(rig.letters(in: "INBOX").contains(9) == elsewhere)
            #expect(service.failedChanges.map(\.path) == (elsewhere ? [] : ["Work/nine.eml"]))
        }
    }

    /// Some servers list what came a moment later.
    @Test func isThereAMomentLater() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", times: 3, .omitMessages([1])))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(rig.server.observation.count("APPEND") == 1)
            #expect(service.failedChanges == [])
        }
    }

    /// The server writes fields of its own into a text that has few.
    @Test(arguments: [true, false], [true, false]) func isThereWithMoreFields(isNamed: Bool, isLost: Bool) async throws
    {
        var configuration = isNamed ? ServerConfiguration.full : .full.without("UIDPLUS")
        configuration.stored = {
            Array("Message-ID: <made@example.org>\r\nDate: Sat, 12 Oct 2024 06:32:00 +0000\r\n".utf8) + $0
        }
        let rig = try rig(configuration)
        try await rig.synchronised { service, shown in
            if isLost { rig.server.install(Misbehaviour(on: "APPEND", at: .answer, times: 1, .close)) }
            try service.write(Array("Subject: letter 9\r\n\r\nshort\r\n".utf8), to: "Work/nine.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(rig.server.observation.count("APPEND") == 1)
            #expect(service.failedChanges == [])
        }
    }

    /// Whether it arrived cannot be seen: it is not sent again, and is found when the folder can be opened.
    @Test func theFolderCannotBeOpened() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let examined = rig.server.install(
                Misbehaviour(on: "EXAMINE", containing: "Work", at: .received, .refuse("NO [NOPERM] not now")))
            let selected = rig.server.install(
                Misbehaviour(on: "SELECT", containing: "Work", at: .received, .refuse("NO [NOPERM] not now")))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.wait(for: "a few looks") { $0.count("EXAMINE") + $0.count("SELECT") >= 4 }
            #expect(service.pendingChanges == 1)
            rig.server.remove(examined)
            rig.server.remove(selected)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(rig.server.observation.count("APPEND") == 1)
            #expect(service.failedChanges == [])
        }
    }
}
