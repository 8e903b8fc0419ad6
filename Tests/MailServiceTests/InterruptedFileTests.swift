import Foundation
import Glibc
import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import PosixFile
import Testing

@testable import MailService

/// Files that were being written when the program ended, and those that get their names while they are written.
@Suite struct InterruptedFileTests {
    private static let half = Array(Letter.make(9).prefix(40))

    /// A service, ended after `make` left something behind, and the next one.
    private func restarted(
        _ rig: Rig, _ make: (MailService, Shown) async throws -> Void,
        _ body: (MailService, Shown) async throws -> Void
    ) async throws {
        try await run(rig, make)
        try await run(rig, body)
    }

    private func run(_ rig: Rig, _ body: (MailService, Shown) async throws -> Void) async throws {
        let service = try rig.makeService()
        let shown = Shown()
        try await service.start(observer: shown)
        for folder in shown.model.folders.keys { try shown.load(folder, from: service) }
        try await service.waitUntilReady()
        try await body(service, shown)
        await service.stop()
    }

    private func write(_ bytes: [UInt8], _ id: MessageID, _ service: MailService) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
    }

    private func make(
        _ bytes: [UInt8], _ purpose: LocalFile.Purpose, isFlushed: Bool, _ service: MailService, _ shown: Shown
    ) throws {
        let folder = try #require(shown.model.folder("Work"))
        let file = try service.createFile(in: folder.id, name: Letter.name(9), purpose: purpose)
        if purpose == .open { try service.watch(file.id, as: .open) }
        try write(bytes, file.id, service)
        if isFlushed { _ = try service.completed(file.id, isOpen: true, modified: nil) }
    }

    /// It waited for content, and somebody was writing some.
    @Test func isKeptThatWaitedForContent() async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: folder.id, name: Letter.name(9), purpose: .unfinished)
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            try write(Self.half, file.id, service)
        } _: { service, shown in
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            #expect(rig.letters(in: "Work") == [])
            #expect(shown.model.named("Work/letter 9.eml")?.size == 40)
            #expect(service.interruptedChanges.map(\.path) == ["Work/letter 9.eml"])
        }
    }

    /// Of a file that is never sent nothing is asked but that it is there, as long as it is.
    @Test func showsAllOfAScratchFile() async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: folder.id, name: Array("x.tmp".utf8), purpose: .scratch)
            try write(Self.half, file.id, service)
        } _: { service, shown in
            #expect(shown.model.named("Work/x.tmp")?.size == 40)
            #expect(service.interruptedChanges == [])
        }
    }

    @Test(arguments: [LocalFile.Purpose.unfinished, .unattended, .open], [false, true])
    func areKeptAndNotSent(purpose: LocalFile.Purpose, isFlushed: Bool) async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            try make(Self.half, purpose, isFlushed: isFlushed, service, shown)
        } _: { service, shown in
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            #expect(rig.letters(in: "Work") == [])
            let kept = try #require(shown.model.named("Work/letter 9.eml"))
            #expect(kept.size == 40 && kept.standing == .failed)
            #expect(try Data(contentsOf: URL(fileURLWithPath: service.spoolPath(of: kept.id))) == Data(Self.half))
            #expect(service.failedChanges == [])
            #expect(service.interruptedChanges.map(\.path) == ["Work/letter 9.eml"])
            #expect(try await service.status().interrupted.map(\.operation) == ["upload"])
            // Whoever closes it again says that it is whole.
            try write(Letter.make(9), kept.id, service)
            _ = try service.completed(kept.id, isOpen: false, modified: nil)
            #expect(service.interruptedChanges == [])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
        }
    }

    @Test func areSentByRetry() async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            try make(Letter.make(9), .unfinished, isFlushed: true, service, shown)
        } _: { service, shown in
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(service.interruptedChanges == [] && service.failedChanges == [])
        }
    }

    @Test func haveFailedAfterARetryWhereTheyCannotBeMessages() async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            try make([0x0A, 0, 0x0A], .unattended, isFlushed: false, service, shown)
        } _: { service, shown in
            try service.retry(service.interruptedChanges.map(\.id))
            #expect(service.interruptedChanges == [] && service.failedChanges.map(\.path) == ["Work/letter 9.eml"])
            #expect(shown.model.named("Work/letter 9.eml")?.size == 3)
        }
    }

    @Test func areGoneAfterADiscard() async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            try make(Self.half, .unfinished, isFlushed: false, service, shown)
        } _: { service, shown in
            try service.discard(service.interruptedChanges.map(\.id))
            #expect(shown.model.named("Work/letter 9.eml") == nil && service.interruptedChanges == [])
            try await rig.drained(service, shown)
        }
    }

    @Test func stayInterruptedOverFurtherStarts() async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            try make(Self.half, .unfinished, isFlushed: true, service, shown)
        } _: { service, _ in
            #expect(service.interruptedChanges.count == 1)
        }
        try await restarted(rig) { service, shown in
            #expect(service.interruptedChanges.count == 1)
            // Written again, flushed once, and interrupted again.
            let kept = try #require(shown.model.id("Work/letter 9.eml"))
            try write(Array(Letter.make(9).prefix(50)), kept, service)
            _ = try service.completed(kept, isOpen: true, modified: nil)
        } _: { service, shown in
            #expect(service.interruptedChanges.count == 1)
            #expect(shown.model.named("Work/letter 9.eml")?.size == 50)
            #expect(rig.letters(in: "Work") == [])
        }
    }

    /// Once it is whole it is a message beside the draft, and nothing is left to be told of either.
    @Test(arguments: [true, false]) func leaveTheDraftThatTheyWereToReplace(isFlushed: Bool) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(31...31), to: "Drafts")
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            let draft = try await service.edit(try #require(shown.model.id("Drafts/letter 31.eml")))
            try write(Self.half, draft.id, service)
            if isFlushed { _ = try service.completed(draft.id, isOpen: true, modified: nil) }
        } _: { service, shown in
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            #expect(rig.letters(in: "Drafts") == [31])
            #expect(shown.model.names(in: "Drafts") == ["letter 31-2.eml", "letter 31.eml"])
            #expect(shown.model.named("Drafts/letter 31-2.eml")?.size == 40)
            #expect(service.interruptedChanges.map(\.path) == ["Drafts/letter 31-2.eml"])
            let kept = try #require(shown.model.id("Drafts/letter 31-2.eml"))
            try write(Letter.make(32), kept, service)
            _ = try service.completed(kept, isOpen: false, modified: nil)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [31, 32])
            #expect(service.interruptedChanges == [] && service.failedChanges == [])
        }
    }

    /// Others have the names that come first: it is told of under the one that it has.
    @Test func areNamedAsTheyAreShown() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(31...32), to: "Drafts")
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            try service.move("Drafts/letter 32.eml", to: "Drafts/letter 31-2.eml", shown)
            let draft = try await service.edit(try #require(shown.model.id("Drafts/letter 31.eml")))
            try write(Self.half, draft.id, service)
        } _: { service, shown in
            let names = ["letter 31-2.eml", "letter 31-3.eml", "letter 31.eml"]
            #expect(shown.model.names(in: "Drafts") == names)
            #expect(service.interruptedChanges.map(\.path) == ["Drafts/letter 31-3.eml"])
            #expect(shown.model.named("Drafts/letter 31-3.eml")?.size == 40)
            try service.retry(service.interruptedChanges.map(\.id))
            try await rig.drained(service, shown)
            #expect(shown.model.names(in: "Drafts") == names)
        }
    }

    /// What they were to replace is on its way to where they are.
    @Test(arguments: [true, false]) func leaveTheirNameToWhatIsStillToCome(isFlushed: Bool) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        let rule = rig.server.install(Misbehaviour(on: "UID MOVE", at: .answer, times: 1, .stall))
        try await restarted(rig) { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            try await rig.settle(service, shown)
            try service.move("INBOX/letter 1.eml", to: "Drafts/z.eml", shown)
            try await rig.server.waitForFiring(rule)
            let draft = try await service.edit(try #require(shown.model.id("Drafts/z.eml")))
            try write(Self.half, draft.id, service)
            if isFlushed { _ = try service.completed(draft.id, isOpen: true, modified: nil) }
            rig.server.stop()
            rig.server.release(rule)
            try rig.server.start()
        } _: { service, shown in
            let left = await service.drain(until: .now + .seconds(60))
            #expect(left == 0)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(rig.letters(in: "Drafts") == [1])
            #expect(shown.model.names(in: "Drafts") == ["z-2.eml", "z.eml"])
            #expect(service.interruptedChanges.map(\.path) == ["Drafts/z-2.eml"])
            #expect(shown.model.named("Drafts/z-2.eml")?.size == 40)
        }
    }

    /// The program ended after the row was written, and before there was an upload.
    @Test(arguments: [31, 32]) func areNotThoseThatWereSeenWhole(letter: Int) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(31...31), to: "Drafts")
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            var draft = try await service.edit(try #require(shown.model.id("Drafts/letter 31.eml")))
            try write(Letter.make(letter), draft.id, service)
            draft.size = UInt64(Letter.make(letter).count)
            draft.purpose = .upload
            try service.store.put(draft) {}
        } _: { service, shown in
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [letter])
            #expect(shown.model.names(in: "Drafts") == ["letter 31.eml"])
            #expect(service.interruptedChanges == [] && service.failedChanges == [])
        }
    }

    /// The program ended before a message gave its name up.
    @Test func shareTheirNamesWithNoMessage() async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            let folder = try #require(shown.model.folder("INBOX"))
            var file = try service.createFile(in: folder.id, name: Array("x.eml".utf8), purpose: .unfinished)
            try write(Letter.make(9), file.id, service)
            file.size = UInt64(Letter.make(9).count)
            file.name = Letter.name(2)
            file.purpose = .upload
            try service.store.put(file) {}
        } _: { service, shown in
            let names = [
                "letter 1.eml", "letter 2-2.eml", "letter 2.eml", "letter 3.eml", "letter 4.eml", "letter 5.eml",
            ]
            #expect(shown.model.names(in: "INBOX") == names)
            try await rig.drained(service, shown)
            #expect(Set(shown.model.names(in: "INBOX")).count == 6)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
        }
    }

    /// It was moved over a message while it was written: that is deleted when it is sent, and not before.
    @Test(arguments: MovedOver.allCases) func areWhereTheyWereMovedTo(next: MovedOver) async throws {
        let rig = try Rig.changing()
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            let inbox = try #require(shown.model.folder("INBOX")).id
            let file = try service.createFile(in: inbox, name: Array("x.tmp".utf8), purpose: .scratch)
            try write(Letter.make(9), file.id, service)
            let old = try #require(shown.model.id("INBOX/letter 1.eml"))
            _ = try service.rename(file.id, to: inbox, as: Letter.name(1), replacing: old, isOpen: true)
        } _: { service, shown in
            try await service.waitUntilReady()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(await service.drain(until: nil) == 0)
            #expect(shown.model.names(in: "INBOX").count == 5)
            #expect(service.interruptedChanges.map(\.path) == ["INBOX/letter 1.eml"])
            #expect(shown.model.named("INBOX/letter 1.eml")?.size == UInt64(Letter.make(9).count))
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            let ids = service.interruptedChanges.map(\.id)
            switch next {
            case .retry: try service.retry(ids)
            case .discard: try service.discard(ids)
            case .undelete:
                #expect(try service.undelete(nil) == ["INBOX/letter 1-2.eml"])
                try service.retry(ids)
            }
            try await rig.drained(service, shown)
            let letters = next == .retry ? [2, 3, 4, 5, 9] : next == .discard ? [1, 2, 3, 4, 5] : [1, 2, 3, 4, 5, 9]
            #expect(rig.letters(in: "INBOX") == letters)
            #expect(shown.model.names(in: "INBOX").count == letters.count)
            #expect(service.failedChanges == [] && service.interruptedChanges == [])
        }
    }

    enum MovedOver: CaseIterable { case retry, discard, undelete }

    @Test func areNotMadeByAnEditThatWroteNothing() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(31...31), to: "Drafts")
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            _ = try await service.edit(try #require(shown.model.id("Drafts/letter 31.eml")))
        } _: { service, shown in
            try await rig.drained(service, shown)
            #expect(service.interruptedChanges == [] && rig.letters(in: "Drafts") == [31])
        }
    }

    /// Half of letter 9, in a scratch file that somebody has open, gets the name of a message.
    private func renameHalf(onto name: Int, _ service: MailService, _ shown: Shown) throws -> MessageID {
        let folder = try #require(shown.model.folder("INBOX"))
        let file = try service.createFile(in: folder.id, name: Array(".x.tmp".utf8), purpose: .scratch)
        try write(Self.half, file.id, service)
        let replaced = shown.model.id("INBOX/letter \(name).eml")
        _ = try service.rename(file.id, to: folder.id, as: Letter.name(name), replacing: replaced, isOpen: true)
        return file.id
    }

    @Test(arguments: [1, 9])
    func areNotSentHalfWhenTheyGetTheirNamesWhileOpen(name: Int) async throws {
        let rig = try Rig.changing { $0.expungeAfter = 0 }
        try await rig.synchronised { service, shown in
            let id = try renameHalf(onto: name, service, shown)
            _ = await service.drain(until: .now)
            #expect(rig.server.changingCommands == [])
            try write(Letter.make(9), id, service)
            _ = try service.completed(id, isOpen: false, modified: nil)
            if name == 1 { try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") >= 1 } }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == (name == 1 ? [2, 3, 4, 5, 9] : [1, 2, 3, 4, 5, 9]))
        }
    }

    @Test(arguments: [1, 9])
    func areScratchFilesThatGotTheirNamesWhileOpen(name: Int) async throws {
        let rig = try Rig.changing { $0.expungeAfter = 0 }
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            _ = try renameHalf(onto: name, service, shown)
        } _: { service, shown in
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(service.interruptedChanges.count == 1)
            // What it replaced stays replaced.
            #expect((shown.model.named("INBOX/letter 1.eml")?.uid != nil) == (name == 9))
            #expect(shown.model.names(in: "INBOX").count == (name == 1 ? 5 : 6))
        }
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

    /// An empty message cannot be sent: the draft is told to be empty here only, until it has content or is given up.
    @Test(arguments: [true, false]) func areDraftsThatWereEmptied(isGivenUp: Bool) async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(31...31), to: "Drafts")
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            let draft = try await service.edit(try #require(shown.model.id("Drafts/letter 31.eml")))
            #expect(service.failedChanges == [])
            try write([], draft.id, service)
            _ = try service.completed(draft.id, isOpen: false, modified: nil)
            #expect(service.failedChanges.map(\.path) == ["Drafts/letter 31.eml"])
        } _: { service, shown in
            try await service.waitUntilReady()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(await service.drain(until: nil) == 0)
            let failed = service.failedChanges
            #expect(failed.map(\.path) == ["Drafts/letter 31.eml"])
            #expect(shown.model.named("Drafts/letter 31.eml")?.size == 0 && rig.letters(in: "Drafts") == [31])
            try service.retry(failed.map(\.id))
            try service.retry([])
            #expect(service.failedChanges == failed)
            if isGivenUp {
                try service.discard(failed.map(\.id))
                try await rig.drained(service, shown)
                #expect(shown.model.named("Drafts/letter 31.eml")?.size == UInt64(Letter.make(31).count))
            } else {
                let id = try #require(shown.model.id("Drafts/letter 31.eml"))
                try write(Letter.make(32), id, service)
                _ = try service.completed(id, isOpen: false, modified: nil)
                try await rig.drained(service, shown)
                #expect(rig.letters(in: "Drafts") == [32])
            }
            #expect(service.failedChanges == [])
        }
    }

    /// What could not be written whole is told as that, now and after a remount, and never sent by a retry.
    @Test(arguments: [true, false]) func areNotWhatCouldNotBeWrittenWhole(isFlushed: Bool) async throws {
        let rig = try Rig.changing()
        let check = { (service: MailService) in
            let failed = service.failedChanges
            #expect(failed.map(\.path) == ["Work/letter 9.eml"] && service.interruptedChanges == [])
            #expect(failed.first?.error.contains("a write to it failed (full)") == true)
            try service.retry(failed.map(\.id))
            #expect(service.failedChanges == failed)
        }
        try await restarted(rig) { service, shown in
            try await rig.settle(service, shown)
            try make(Self.half, .unfinished, isFlushed: isFlushed, service, shown)
            let id = try #require(shown.model.id("Work/letter 9.eml"))
            let end = FileFaults.inject(under: rig.scratch.path + "/state/spool/") { _, _ in EMFILE }
            #expect(throws: ServiceError.self) { try service.spoiled(id, problem: "full") }
            #expect(try await service.status().late.map(\.path) == ["Work/letter 9.eml"])
            end()
            #expect(await service.drain(until: nil) == 0)
            try check(service)
        } _: { service, shown in
            try await rig.settle(service, shown)
            try check(service)
            #expect(rig.letters(in: "Work") == [])
            try service.discard(service.failedChanges.map(\.id))
            #expect(shown.model.named("Work/letter 9.eml") == nil && service.failedChanges == [])
        }
    }
}
