import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Synchronization
import Testing

@testable import MailService

/// A loss of power takes the cache, or what was written to it last, and leaves the state: what waits is done all the same.
@Suite(.serialized) struct LostCacheTests {
    enum Loss: CaseIterable, Sendable { case whole, latest }

    /// An account whose service ended without a connection after `body`, and whose cache was lost then.
    private func lost(
        _ loss: Loss, _ rig: Rig, _ body: (MailService, Shown) async throws -> Void
    ) async throws {
        let cache = rig.scratch.path + "/cache"
        let older = rig.scratch.path + "-older"
        defer { try? FileManager.default.removeItem(atPath: older) }
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try Self.copyCache(of: service, from: cache, to: older)
            try await body(service, shown)
        }
        try FileManager.default.removeItem(atPath: cache)
        if loss == .latest { try FileManager.default.moveItem(atPath: older, toPath: cache) }
    }

    private static func copyCache(of service: MailService, from: String, to: String) throws {
        var failure: (any Error)?
        try service.inOrder {
            do { try FileManager.default.copyItem(atPath: from, toPath: to) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func settled(_ rig: Rig, _ body: (MailService, Shown) async throws -> Void) async throws {
        try rig.server.start()
        try await rig.resumed { service, shown in
            try await rig.drained(service, shown)
            #expect(service.pendingChanges == 0)
            try await body(service, shown)
        }
        rig.server.clearObservation()
        try await rig.resumed { service, shown in
            try await rig.drained(service, shown)
            #expect(rig.server.changingCommands == [])
        }
    }

    // MARK: - Changes that wait

    /// The server is to copy letter 1, whose body it is known by.
    private static func copies(_ service: MailService, _ shown: Shown) throws {
        try service.write(Letter.make(1), to: "Work/copy.eml", shown)
    }

    private static func changes(_ service: MailService, _ shown: Shown) throws {
        try copies(service, shown)
        try service.flag("Work/copy.eml", .add(Flags(system: .flagged)), shown)
        try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
        try service.flag("INBOX/letter 3.eml", .add(Flags(system: .seen)), shown)
        try service.remove("INBOX/letter 4.eml", shown)
        try service.write(Letter.make(9), to: "Work/nine.eml", shown)
        try service.makeNewer(with: "INBOX/letter 5.eml", as: "five.eml", shown)
        _ = try service.renameFolder(
            try #require(shown.model.folder("Old")).id, to: .root, name: Array("Older".utf8))
    }

    private func expectChanges(_ rig: Rig, _ shown: Shown, _ comment: Comment? = nil) {
        #expect(rig.letters(in: "INBOX") == [1, 3], comment)
        #expect(rig.letters(in: "Work") == [1, 2, 9], comment)
        #expect(rig.letters(in: "Newer") == [5], comment)
        #expect(rig.letters(in: "Older") == [7], comment)
        #expect(shown.model.named("INBOX/letter 3.eml")?.flags.system == .seen, comment)
        #expect(shown.model.named("Work/copy.eml")?.flags.system == .flagged, comment)
        #expect(shown.model.names(in: "Work") == ["copy.eml", "nine.eml", "two.eml"], comment)
        #expect(shown.model.names(in: "Newer") == ["five.eml"], comment)
    }

    private func rig(_ configuration: ServerConfiguration = .full) throws -> Rig {
        let rig = try Rig.changing(configuration)
        rig.server.createFolder("Old")
        rig.server.deliver(Letter.make(7...7), to: "Old")
        return rig
    }

    @Test(arguments: Loss.allCases, [ServerKind.full, .minimal])
    func waitsOffline(_ loss: Loss, kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await lost(loss, rig) { service, shown in try Self.changes(service, shown) }
        try await settled(rig) { service, shown in
            #expect(service.failedChanges == [])
            expectChanges(rig, shown)
        }
    }

    @Test(arguments: Loss.allCases) func labelsWait(_ loss: Loss) async throws {
        let rig = try Rig.changing(.gmail)
        rig.server.createGmailFolders()
        try await lost(loss, rig) { service, shown in
            _ = try service.setLabels(try #require(shown.model.id("INBOX/letter 2.eml"))) { $0.union(Labels(["Club"])) }
            try service.move("INBOX/letter 1.eml", to: "Work/one.eml", shown)
        }
        try await settled(rig) { service, shown in
            #expect(service.failedChanges == [])
            let id = try #require(shown.model.id("INBOX/letter 2.eml"))
            let labels = try service.labels(of: id)?.names
            #expect(labels == ["Club"])
            #expect(shown.model.names(in: "Work") == ["one.eml"])
        }
    }

    /// A draft that was written anew, and a folder that was removed with its mail.
    @Test(arguments: Loss.allCases) func draftsAndFoldersWait(_ loss: Loss) async throws {
        let rig = try rig()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(30...30), to: "Drafts", flags: ["\\Draft"])
        try await lost(loss, rig) { service, shown in
            let id = try #require(shown.model.id("Drafts/letter 30.eml"))
            _ = try await service.edit(id)
            try Data(Letter.make(31)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            _ = try service.completed(id, isOpen: false, modified: nil)
            try service.move("Old/letter 7.eml", to: "Work/seven.eml", shown)
            _ = try service.removeFolder(try #require(shown.model.folder("Old")).id)
        }
        try await settled(rig) { service, shown in
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Drafts") == [31])
            #expect(shown.model.names(in: "Drafts") == ["letter 30.eml"])
            #expect(rig.letters(in: "Work") == [7])
            #expect(!rig.server.account.folders.contains("Old"))
        }
    }

    // MARK: - Ended anywhere

    /// The program ends at each step, and with it the power.
    @Test(arguments: [ServerKind.full, .minimal]) func endedAtEachStep(kind: ServerKind) async throws {
        var step = 0
        while true {
            step += kind == .full ? 2 : 5
            let rig = try rig(kind.configuration)
            let probe = Probe()
            let service = try rig.makeService(probe)
            let shown = Shown()
            try await service.start(observer: shown)
            try await service.waitUntilReady()
            try await rig.settle(service, shown)
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            let crash = RestartTests.Crash(service, after: step, rig)
            probe.arm { crash.passed($0) }
            try? Self.changes(service, shown)
            let wasWhole = !crash.happened
            while wasWhole, !crash.happened, service.pendingChanges > 0 || service.running?.sender.isAtRest == false {
                try await Task.sleep(for: .milliseconds(1))
            }
            let hasCrashed = crash.happened
            await service.stop()
            guard hasCrashed else { break }
            try rig.replaceDirectories(with: crash.to)
            try FileManager.default.removeItem(atPath: rig.scratch.path + "/cache")
            try await rig.resumed { service, shown in
                try await rig.drained(service, shown)
                #expect(service.pendingChanges == 0, "step \(step)")
                #expect(service.failedChanges == [], "step \(step)")
                if wasWhole { expectChanges(rig, shown, "step \(step)") }
            }
        }
        #expect(step > 20)
    }

    // MARK: - Files that went with the power

    /// The rows of files whose octets are gone, and that nothing brings to the server any more.
    @Test(arguments: [LocalFile.Purpose.upload, .unfinished, .open, .unattended, .empty, .scratch])
    func aFileWithoutOctets(_ purpose: LocalFile.Purpose) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let name = purpose == .scratch ? ".lost.swp" : "lost.eml"
            let file = try service.createFile(in: work.id, name: Array(name.utf8), purpose: purpose)
            try FileManager.default.removeItem(atPath: service.spoolPath(of: file.id))
        }
        try await rig.resumed { service, shown in
            #expect(service.pendingChanges == 0)
            #expect(service.journal.lateUploads == [])
            #expect(shown.model.names(in: "Work") == [])
            try await rig.drained(service, shown)
        }
    }

    /// Neither its source nor its octets are there any more: it has failed, and others are sent.
    @Test(arguments: [nil, [0, 0], Letter.make(1).dropLast(9) + [UInt8](repeating: 0, count: 9)] as [[UInt8]?])
    func aCopyOfNothing(octets: [UInt8]?) async throws {
        let rig = try Rig.changing()
        try await lost(.whole, rig) { service, shown in
            try Self.copies(service, shown)
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let path = service.spoolPath(of: try #require(shown.model.id("Work/copy.eml")))
            try FileManager.default.removeItem(atPath: path)
            if let octets { try Data(octets).write(to: URL(fileURLWithPath: path)) }
        }
        rig.server.expunge(1, in: "INBOX")
        try rig.server.start()
        try await rig.resumed { service, shown in
            let left = await service.drain(until: .now + .seconds(20))
            #expect(left == 0)
            #expect(service.failedChanges.map(\.path) == ["Work/copy.eml"])
            #expect(rig.letters(in: "Work") == [9])
            try service.discard(service.failedChanges.map(\.id))
            #expect(shown.model.names(in: "Work") == ["nine.eml"])
            try await rig.drained(service, shown)
        }
    }
}
