import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Files that were written in a mount that is not told when they are closed.
@Suite struct UnattendedFileTests {
    private func restart(_ purpose: LocalFile.Purpose, _ bytes: [UInt8]) async throws -> (Rig, MailService, Shown) {
        let rig = try Rig.changing()
        let first = try rig.makeService()
        let shown = Shown()
        try await first.start(observer: shown)
        for folder in shown.model.folders.keys { try shown.load(folder, from: first) }
        try await first.waitUntilReady()
        let folder = try #require(shown.model.folder("Work"))
        let file = try first.createFile(in: folder.id, name: Letter.name(9), purpose: .unattended)
        try Data(bytes).write(to: URL(fileURLWithPath: first.spoolPath(of: file.id)))
        try first.watch(file.id, as: purpose)
        await first.stop()
        let second = try rig.makeService()
        let after = Shown()
        try await second.start(observer: after)
        for folder in after.model.folders.keys { try after.load(folder, from: second) }
        try await second.waitUntilReady()
        return (rig, second, after)
    }

    @Test func takesWhatNobodyWasSeenWritingToForClosed() async throws {
        let (rig, service, shown) = try await restart(.unattended, Letter.make(9))
        _ = await service.drain(until: .now + .seconds(60))
        #expect(rig.letters(in: "Work") == [9])
        try await rig.settle(service, shown)
        await service.stop()
    }

    @Test func keepsWhatSomebodyWasSeenWritingToAndDoesNotSendIt() async throws {
        let half = Array(Letter.make(9).prefix(40))
        let (rig, service, shown) = try await restart(.open, half)
        _ = await service.drain(until: .now + .seconds(60))
        #expect(rig.letters(in: "Work") == [])
        let kept = try #require(shown.model.named("Work/letter 9.eml"))
        #expect(kept.size == 40)
        #expect(try Data(contentsOf: URL(fileURLWithPath: service.spoolPath(of: kept.id))) == Data(half))
        // Whoever closes it again says that it is whole.
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: kept.id)))
        _ = try service.completed(kept.id, isOpen: false, modified: nil)
        _ = await service.drain(until: .now + .seconds(60))
        #expect(rig.letters(in: "Work") == [9])
        try await rig.settle(service, shown)
        await service.stop()
    }

    @Test(arguments: [LocalFile.Purpose.unfinished, .unattended])
    func keepsWhatIsReplacedByAFileThatIsStillWritten(purpose: LocalFile.Purpose) async throws {
        let rig = try Rig.changing { $0.expungeAfter = 0 }
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("INBOX"))
            let file = try service.createFile(in: folder.id, name: Letter.name(9), purpose: purpose)
            try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            try service.move("INBOX/letter 9.eml", to: "INBOX/letter 1.eml", shown, replacing: "INBOX/letter 1.eml")
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") >= 1 }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [2, 3, 4, 5, 9])
        }
    }
}
