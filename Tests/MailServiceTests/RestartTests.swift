import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Synchronization
import Testing

@testable import MailService

/// A program that ends anywhere, and is started again: nothing lost, nothing twice, nothing back.
@Suite(.serialized) struct RestartTests {
    /// Ends a service at its n-th step, and keeps what is on the disk at that moment.
    final class Crash: Sendable {
        private let left: Mutex<Int>
        private let service: MailService
        private let from: String
        let to: String

        init(_ service: MailService, after steps: Int, _ rig: Rig) {
            left = Mutex(steps)
            self.service = service
            from = rig.scratch.path
            to = rig.scratch.path + "-crashed"
            try? FileManager.default.removeItem(atPath: to)
        }

        var happened: Bool { left.withLock { $0 <= 0 } }

        func passed(_ step: ChangeStep) -> Bool {
            let isNow = left.withLock { left in
                left -= 1
                return left == 0
            }
            guard isNow else { return happened }
            do {
                var failure: (any Error)?
                // Nobody writes meanwhile.
                try service.inOrder {
                    do {
                        try FileManager.default.copyItem(atPath: from, toPath: to)
                    } catch { failure = error }
                }
                if let failure { throw failure }
            } catch {
                Issue.record(error)
            }
            Task { [service] in await service.parts.pool.stop() }
            return true
        }
    }

    /// What a user does; what is not written into the journal did not happen.
    private static func changes(_ service: MailService, _ shown: Shown) throws {
        for number in 1...2 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
        try service.flag("INBOX/letter 3.eml", .add(Flags(system: .seen)), shown)
        try service.remove("INBOX/letter 4.eml", shown)
        try service.write(Letter.make(9), to: "Work/nine.eml", shown)
        try service.makeNewer(with: "INBOX/letter 5.eml", as: "five.eml", shown)
    }

    private func settle(_ rig: Rig, _ body: (MailService, Shown) async throws -> Void) async throws {
        let service = try rig.makeService()
        let shown = Shown()
        try await service.start(observer: shown)
        do {
            for folder in shown.model.folders.keys { try shown.load(folder, from: service) }
            try await service.waitUntilReady()
            _ = await service.drain(until: .now + .seconds(60))
            try await rig.settle(service, shown)
            try await body(service, shown)
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
        #expect(shown.model.contradictions == [])
        #expect(Conduct.recklessness(in: rig.server.observation.clientLines) == [])
    }

    @Test(arguments: [ServerKind.full, .minimal]) func endedAtEachStep(kind: ServerKind) async throws {
        var step = 0
        while true {
            // Every step where all is at its best, every third where the ways are longer.
            step += kind == .full ? 1 : 3
            let rig = try Rig.changing(kind.configuration)
            var crashed = false
            let probe = Probe()
            let service = try rig.makeService(probe)
            let shown = Shown()
            try await service.start(observer: shown)
            try await service.waitUntilReady()
            try await rig.settle(service, shown)
            let crash = Crash(service, after: step, rig)
            probe.arm { crash.passed($0) }
            try? Self.changes(service, shown)
            let wasWhole = !crash.happened
            while wasWhole, !crash.happened, service.pendingChanges > 0 || service.running?.sender.isAtRest == false {
                try await Task.sleep(for: .milliseconds(1))
            }
            crashed = crash.happened
            let wanted = shown.model
            await service.stop()
            guard crashed else { break }
            try rig.replaceDirectories(with: crash.to)
            var letters: [[Int]] = []
            try await settle(rig) { service, shown in
                #expect(service.pendingChanges == 0, "step \(step)")
                #expect(service.failedChanges == [], "step \(step)")
                letters = rig.server.account.folders.sorted().map { rig.letters(in: $0) }
                #expect(letters.flatMap { $0 }.filter { $0 != 9 && $0 != 4 }.sorted() == [1, 2, 3, 5], "step \(step)")
                #expect(letters.flatMap { $0 }.count { $0 == 9 } <= 1, "step \(step)")
                if wasWhole {
                    #expect(rig.letters(in: "INBOX") == [3], "step \(step)")
                    #expect(rig.letters(in: "Work") == [1, 2, 9], "step \(step)")
                    #expect(rig.letters(in: "Newer") == [5], "step \(step)")
                    for path in ["INBOX", "Work", "Newer"] {
                        #expect(shown.model.names(in: path) == wanted.names(in: path), "step \(step) \(path)")
                    }
                }
            }
            rig.server.clearObservation()
            try await settle(rig) { service, shown in
                #expect(rig.server.changingCommands == [], "step \(step)")
                #expect(rig.server.account.folders.sorted().map { rig.letters(in: $0) } == letters, "step \(step)")
            }
        }
        #expect(step > 20)
    }

    /// What waits is there before anybody looks, without a connection.
    @Test func waitingWithoutAConnection() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try Self.changes(service, shown)
            let inbox = try #require(shown.model.folder("INBOX"))
            let scratch = try service.createFile(in: inbox.id, name: Array(".keep.swp".utf8), purpose: .scratch)
            _ = try service.completed(scratch.id, isOpen: false, modified: nil)
            _ = try service.createFile(in: inbox.id, name: Array("unfinished.eml".utf8), purpose: .unfinished)
            let root = try service.createFile(in: .root, name: Array(".hidden".utf8), purpose: .scratch)
            _ = try service.completed(root.id, isOpen: false, modified: nil)
        }
        let service = try rig.makeService()
        let shown = Shown()
        try await service.start(observer: shown)
        #expect(shown.model.paths == ["INBOX", "Newer", "Work"])
        for folder in shown.model.folders.keys { try shown.load(folder, from: service) }
        #expect(shown.model.names(in: "INBOX") == [".keep.swp", "letter 3.eml"])
        #expect(shown.model.names(in: "Work") == ["1.eml", "2.eml", "nine.eml"])
        #expect(shown.model.names(in: "Newer") == ["five.eml"])
        #expect(shown.model.named("INBOX/letter 3.eml")?.flags.system == .seen)
        var names: [String] = []
        try service.loadListing(.root, { names.append(String(decoding: $0.name, as: UTF8.self)) }, done: {})
        #expect(names == [".hidden"])
        let id = try #require(shown.model.id("Work/nine.eml"))
        #expect(try service.cachedBody(id)?.bytes == Letter.make(9))
        #expect(service.pendingChanges == 7)
        await service.stop()
        try rig.server.start()
        try await settle(rig) { service, shown in
            #expect(rig.letters(in: "Work") == [1, 2, 9])
            #expect(rig.letters(in: "Newer") == [5])
            #expect(shown.model.names(in: "INBOX").contains(".keep.swp"))
        }
    }

    /// An upload that was recorded while its file was open.
    @Test func anOpenFile() async throws {
        let rig = try Rig.changing()
        let service = try rig.makeService()
        let shown = Shown()
        try await service.start(observer: shown)
        try await service.waitUntilReady()
        try await rig.settle(service, shown)
        let work = try #require(shown.model.folder("Work"))
        let file = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unfinished)
        let bare = String(decoding: Letter.make(9), as: UTF8.self).replacing("\r\n", with: "\n")
        try Data(bare.utf8).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
        _ = try service.completed(file.id, isOpen: true, modified: nil)
        _ = await service.drain(until: nil)
        #expect(rig.server.observation.count("APPEND") == 0)
        await service.stop()
        try await settle(rig) { service, shown in
            #expect(rig.letters(in: "Work") == [])
            #expect(shown.model.id("Work/nine.eml") == file.id)
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.server.messages(in: "Work").map(\.bytes) == [Letter.make(9)])
            #expect(shown.model.id("Work/nine.eml") == file.id)
        }
    }
}
