import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailSync
import Synchronization
import Testing

@testable import MailService

/// What is done to a message whose own upload or copy still waits.
@Suite(.serialized) struct WaitingCopyTests {
    enum Origin: CaseIterable { case copy, upload }

    /// A service without a connection; afterwards the server is there again and has what was done.
    private func offline(
        _ change: (inout Rig.Options) -> Void = { _ in }, _ body: (Rig, MailService, Shown) async throws -> Void,
        then check: (Rig, MailService, Shown) async throws -> Void
    ) async throws {
        let rig = try Rig.changing(.full, letters: 1...5, change)
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.createFolder("Trash", specialUse: "\\Trash")
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try await body(rig, service, shown)
            try rig.server.start()
            try await rig.wait(for: .online, service)
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
            try await check(rig, service, shown)
        }
    }

    /// Between the end of a copy and the moment when the view hears of it the file is gone: the body is in the cache by then.
    @Test func readInTheMomentInWhichItBecomesAMessage() async throws {
        try await offline { _, service, shown in
            try service.write(Letter.make(1), to: "Work/one.eml", shown)
            let id = try #require(shown.model.id("Work/one.eml"))
            try FileManager.default.removeItem(atPath: service.spoolPath(of: id))
            let body = try service.cachedBody(id)
            #expect(body?.size == UInt64(Letter.make(1).count))
        } then: { rig, _, _ in
            #expect(rig.letters(in: "Work") == [1])
        }
    }

    /// The message that was to be copied is another one by now: the octets are here, and are uploaded.
    @Test func theOriginalIsAnotherMessage() async throws {
        let rig = try Rig.changing(.full.without("OBJECTID"))
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(1), to: "Work/one.eml", shown)
            rig.server.overwrite(1, in: "INBOX", with: Letter.make(40, octets: 5_000))
            try rig.server.start()
            let left = await service.drain(until: rig.deadline)
            #expect(left == 0)
            #expect(rig.letters(in: "Work") == [1])
            #expect(service.failedChanges == [])
            try await shown.wait("the upload") { $0.named("Work/one.eml")?.standing == .settled }
        }
        #expect(rig.server.observation.count("UID COPY") == 0)
    }

    /// A copy that is given up after a day without an answer is uploaded, as one that is refused.
    @Test func isGivenUp() async throws {
        let rig = try Rig.changing { $0.haste = 40 }
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            let rule = rig.server.install(Misbehaviour(on: "UID COPY", at: .received, .close))
            try service.write(Letter.make(1), to: "Work/one.eml", shown)
            try await rig.server.waitForFiring(rule, times: 2)
            await service.running?.sender.wearOut()
            let left = await service.drain(until: rig.deadline)
            #expect(left == 0)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [1])
            #expect(shown.model.named("Work/one.eml")?.standing == .settled)
            #expect(service.failedChanges == [])
        }
        #expect(rig.server.observation.count("APPEND") == 1)
    }

    /// An account with drafts whose service ended without a connection, after `body`.
    private func endedOffline(_ body: (MailService, Shown) async throws -> Void) async throws -> Rig {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try await body(service, shown)
        }
        return rig
    }

    /// A file with the bytes of letter 1, which the server is to copy, or with others.
    private func put(_ origin: Origin, at path: String, _ service: MailService, _ shown: Shown) throws {
        try service.write(Letter.make(origin == .copy ? 1 : 8), to: path, shown)
    }

    private func rewrite(_ path: String, _ bytes: [UInt8], _ service: MailService, _ shown: Shown) async throws {
        let id = try #require(shown.model.id(path))
        let file = try await service.edit(id)
        try Data(bytes).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
        _ = try service.completed(file.id, isOpen: true, modified: nil)
        _ = try service.completed(file.id, isOpen: false, modified: nil)
    }

    @Test(arguments: Origin.allCases) func anEditIsWhatIsSent(_ origin: Origin) async throws {
        try await offline { _, service, shown in
            try put(origin, at: "Drafts/d.eml", service, shown)
            try await rewrite("Drafts/d.eml", Letter.make(9), service, shown)
        } then: { rig, _, shown in
            #expect(rig.letters(in: "Drafts") == [9])
            #expect(shown.model.names(in: "Drafts") == ["d.eml"])
        }
    }

    @Test(arguments: Origin.allCases) func anEditGoesAlongWhereItIsMoved(_ origin: Origin) async throws {
        try await offline { _, service, shown in
            try put(origin, at: "Drafts/d.eml", service, shown)
            try await rewrite("Drafts/d.eml", Letter.make(9), service, shown)
            try service.move("Drafts/d.eml", to: "Work/d.eml", shown)
        } then: { rig, _, shown in
            #expect(rig.letters(in: "Drafts") == [])
            #expect(rig.letters(in: "Work") == [9])
            #expect(shown.model.names(in: "Work") == ["d.eml"])
        }
    }

    /// The folder is made after the message was to come to another one.
    @Test(arguments: Origin.allCases) func isMovedIntoAFolderThatIsMadeLater(_ origin: Origin) async throws {
        try await offline { _, service, shown in
            try put(origin, at: "Work/d.eml", service, shown)
            try service.move("INBOX/letter 3.eml", to: "Work/3.eml", shown)
            _ = try service.createFolder(in: .root, name: Array("New".utf8))
            try service.move("Work/d.eml", to: "New/d.eml", shown)
            try service.move("Work/3.eml", to: "New/3.eml", shown)
            #expect(shown.model.names(in: "New") == ["3.eml", "d.eml"])
        } then: { rig, _, shown in
            #expect(rig.letters(in: "New") == [origin == .copy ? 1 : 8, 3].sorted())
            #expect(rig.letters(in: "Work") == [])
            #expect(shown.model.names(in: "New") == ["3.eml", "d.eml"])
        }
    }

    @Test(arguments: Origin.allCases) func severalEditsAreOneMessage(_ origin: Origin) async throws {
        try await offline { _, service, shown in
            try put(origin, at: "Drafts/d.eml", service, shown)
            for number in 20...23 { try await rewrite("Drafts/d.eml", Letter.make(number), service, shown) }
        } then: { rig, _, _ in
            #expect(rig.letters(in: "Drafts") == [23])
        }
    }

    @Test(arguments: Origin.allCases) func anEditThatWasNotCompletedIsKept(_ origin: Origin) async throws {
        let rig = try await endedOffline { service, shown in
            try put(origin, at: "Drafts/d.eml", service, shown)
            let file = try await service.edit(try #require(shown.model.id("Drafts/d.eml")))
            try Data(Letter.make(9).prefix(50)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
        }
        try rig.server.start()
        try await rig.resumed { service, shown in
            // What was to be sent as a whole is, and the edit lies beside it.
            let path = origin == .copy ? "Drafts/d.eml" : "Drafts/d-2.eml"
            #expect(service.interruptedChanges.map(\.path) == [path])
            #expect(rig.letters(in: "Drafts") == (origin == .copy ? [] : [8]))
            #expect(shown.model.named(path)?.size == 50)
        }
    }

    /// Its answer is lost, or still to come: what is written over it waits for what became of it.
    @Test(arguments: [false, true]) func anEditOfACopyOnItsWay(isCut: Bool) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            let rule = rig.server.install(Misbehaviour(on: "UID COPY", at: .answer, times: 1, .stall))
            try put(.copy, at: "Drafts/d.eml", service, shown)
            try await rig.server.waitForFiring(rule)
            async let edited: Void = rewrite("Drafts/d.eml", Letter.make(9), service, shown)
            if isCut { rig.server.cutConnections() } else { rig.server.release(rule) }
            try await edited
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [9])
            #expect(shown.model.names(in: "Drafts") == ["d.eml"])
            #expect(service.failedChanges == [])
        }
    }

    /// The program ends between the two: what was written is kept.
    @Test(arguments: Origin.allCases) func aRestartBehindAnEdit(_ origin: Origin) async throws {
        let rig = try await endedOffline { service, shown in
            try put(origin, at: "Drafts/d.eml", service, shown)
            try await rewrite("Drafts/d.eml", Letter.make(9), service, shown)
        }
        try rig.server.start()
        try await rig.resumed { service, shown in
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [9])
            #expect(shown.model.names(in: "Drafts") == ["d.eml"])
        }
    }

    /// Its flags are those of what it was copied from.
    @Test func anEditKeepsTheFlags() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            try service.flag("INBOX/letter 1.eml", .add(Flags(system: .flagged)), shown)
            try await rig.drained(service, shown)
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try put(.copy, at: "Drafts/d.eml", service, shown)
            try await rewrite("Drafts/d.eml", Letter.make(9), service, shown)
            #expect(shown.model.named("Drafts/d.eml")?.flags.system.contains(.flagged) == true)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.server.messages(in: "Drafts").map { $0.flags.contains("\\Flagged") } == [true])
        }
    }
}

extension ChangeSender {
    /// A day without an answer has passed for all that waits: the next loss is the last.
    fileprivate func wearOut() {
        let operations = journal.view.withLock { $0.journal.operations }
        for operation in operations {
            while fates[operation].pauses < Fate.mostPauses {
                fates.change(operation) { fate in
                    fate.begun()
                    fate.lost(at: .seconds(-1_000))
                }
            }
        }
        wake()
    }
}
