import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Each kind of change, and what it is on the wire.
@Suite(.serialized) struct ChangeTests {
    @Test func aMoveIsAMove() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            let id = try #require(shown.model.id("INBOX/letter 2.eml"))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/kept.eml", shown)
            #expect(shown.model.names(in: "Work") == ["kept.eml"])
            #expect(shown.model.id("Work/kept.eml") == id)
            #expect(!shown.model.names(in: "INBOX").contains("letter 2.eml"))
            try await service.verdict(of: receipt)
            #expect(rig.server.changingCommands == ["UID MOVE"])
            #expect(rig.letters(in: "Work") == [2])
            #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
            #expect(shown.model.named("Work/kept.eml")?.standing == .settled)
            #expect(shown.model.named("Work/kept.eml")?.uid != nil)
            try await rig.drained(service, shown)
            #expect(shown.model.id("Work/kept.eml") == id)
        }
    }

    @Test func aDeletion() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            try await service.verdict(of: try service.remove("INBOX/letter 2.eml", shown))
            #expect(rig.server.flags(of: 2, in: "INBOX") == ["\\Deleted"])
            #expect(shown.model.id("INBOX/letter 2.eml") == nil)
            #expect(service.pendingChanges == 0)
            rig.advanceClock(599)
            await service.running?.sender.wake()
            _ = await service.drain(until: nil)
            #expect(rig.server.changingCommands == ["UID STORE"])
            rig.advanceClock(1)
            await service.running?.sender.wake()
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") == 1 }
            try await shown.wait("gone") { $0.id("INBOX/letter 2.eml") == nil }
            #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
            try await rig.drained(service, shown)
        }
    }

    @Test func flags() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            let receipt = try service.flag("INBOX/letter 2.eml", .add(Flags(system: [.seen, .flagged])), shown)
            #expect(shown.model.named("INBOX/letter 2.eml")?.flags.system == [.seen, .flagged])
            try await service.verdict(of: receipt)
            #expect(rig.server.changingCommands == ["UID STORE"])
            #expect(rig.server.flags(of: 2, in: "INBOX").map(Set.init) == ["\\Seen", "\\Flagged"])
            #expect(try service.flag("INBOX/letter 2.eml", .add(Flags(system: [.seen])), shown).operations.isEmpty)
            try await rig.drained(service, shown)
        }
    }

    /// 1,000 moves in a loop are a few commands.
    @Test func manyMoves() async throws {
        let rig = try Rig.changing(letters: 1...1_000)
        try await rig.synchronised { service, shown in
            // None is sent before the last is recorded, however slow that is.
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let model = shown.model
            let work = try #require(model.folder("Work"))
            for message in model.messages(in: "INBOX") {
                _ = try service.rename(message.id, to: work.id, as: message.name, replacing: nil)
            }
            #expect(shown.model.messages(in: "Work").count == 1_000)
            #expect(shown.model.messages(in: "INBOX").isEmpty)
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.server.observation.count("UID MOVE") == 1)
            #expect(rig.letters(in: "Work") == Array(1...1_000))
            #expect(rig.server.observation.count("APPEND") == 0)
        }
    }

    @Test func anUpload() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            let bare = Array(String(decoding: Letter.make(7), as: UTF8.self).replacing("\r\n", with: "\n").utf8)
            let receipt = try service.write(bare, to: "Work/new.eml", shown)
            let id = try #require(shown.model.id("Work/new.eml"))
            #expect(shown.model.named("Work/new.eml")?.standing == .pending)
            #expect(try service.cachedBody(id)?.bytes == Letter.make(7))
            #expect(try service.header(of: id).map { HeaderTexts($0).subject } == "letter 7")
            try await service.verdict(of: receipt)
            #expect(rig.server.changingCommands == ["APPEND"])
            let stored = try #require(rig.server.messages(in: "Work").first)
            #expect(stored.bytes == Letter.make(7))
            #expect(stored.internalDate == 1_728_714_720)
            #expect(shown.model.id("Work/new.eml") == id)
            #expect(try service.cachedBody(id)?.bytes == Letter.make(7))
            #expect(service.localFile(id) == nil)
            try await rig.drained(service, shown)
            #expect(shown.model.id("Work/new.eml") == id)
            #expect(shown.model.messages(in: "Work").count == 1)
            #expect(rig.server.fetchedBodies == 0)
        }
    }

    @Test(arguments: [true, false]) func manyUploads(together: Bool) async throws {
        let rig = try Rig.changing(together ? .full : .full.without("MULTIAPPEND"))
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 10...29 {
                try service.write(Letter.make(number), to: "Work/\(number).eml", shown, modified: 1_600_000_000)
            }
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == Array(10...29))
            #expect(rig.server.observation.count("APPEND") == (together ? 1 : 20))
            #expect(Set(rig.server.messages(in: "Work").map(\.internalDate)) == [1_600_000_000])
            #expect(shown.model.names(in: "Work") == (10...29).map { "\($0).eml" })
        }
    }

    /// The same bytes as a message that is there are not uploaded.
    @Test func aCopyIsNoUpload() async throws {
        let rig = try Rig.changing()
        rig.server.setFlags(["\\Seen"], of: 3, in: "INBOX")
        try await rig.synchronised { service, shown in
            let source = try #require(shown.model.id("INBOX/letter 3.eml"))
            let work = try #require(shown.model.folder("Work"))
            rig.server.clearObservation()
            let file = try service.createFile(in: work.id, name: Array("copy.eml".utf8), purpose: .unfinished)
            #expect(try await service.copyContent(of: source, to: file.id) == UInt64(Letter.make(3).count))
            let receipt = try service.completed(file.id, isOpen: false, modified: nil)
            #expect(shown.model.named("Work/copy.eml")?.flags.system == [.seen])
            #expect(try service.cachedBody(file.id)?.bytes == Letter.make(3))
            try await service.verdict(of: receipt)
            #expect(rig.server.changingCommands == ["UID COPY"])
            #expect(rig.letters(in: "Work") == [3])
            try await rig.drained(service, shown)
            #expect(shown.model.id("Work/copy.eml") == file.id)
            #expect(try service.cachedBody(file.id)?.bytes == Letter.make(3))
            #expect(rig.server.fetchedBodies == 1)
        }
    }

    /// The new one is safe before the old one goes.
    @Test func aReplacement() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let inbox = try #require(shown.model.folder("INBOX"))
            let scratch = try service.createFile(in: inbox.id, name: Array(".new.tmp".utf8), purpose: .scratch)
            try Data(Letter.make(20)).write(to: URL(fileURLWithPath: service.spoolPath(of: scratch.id)))
            _ = try service.completed(scratch.id, isOpen: false, modified: nil)
            #expect(shown.model.named("INBOX/.new.tmp")?.standing == .scratch)
            rig.server.clearObservation()
            let receipt = try service.move(
                "INBOX/.new.tmp", to: "INBOX/letter 2.eml", shown, replacing: "INBOX/letter 2.eml")
            #expect(shown.model.id("INBOX/letter 2.eml") == scratch.id)
            #expect(shown.model.names(in: "INBOX").count == 5)
            try await service.verdict(of: receipt)
            #expect(rig.server.changingCommands == ["APPEND", "UID STORE"])
            #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5, 20])
            try await rig.drained(service, shown)
            #expect(shown.model.id("INBOX/letter 2.eml") == scratch.id)
        }
    }

    /// No traffic, and the name is kept.
    @Test func aNameIsOursAlone() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            let receipt = try service.move("INBOX/letter 2.eml", to: "INBOX/mine.eml", shown)
            #expect(receipt.operations.isEmpty)
            #expect(shown.model.names(in: "INBOX").contains("mine.eml"))
            _ = await service.drain(until: nil)
            #expect(rig.server.changingCommands == [])
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "INBOX").contains("mine.eml"))
        }
    }

    @Test func folders() async throws {
        let rig = try Rig.changing()
        rig.server.subscribe("Work")
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            let (folder, receipt) = try service.createFolder(in: .root, name: Array("Grüße".utf8))
            #expect(shown.model.paths.contains("Grüße"))
            let inner = try service.createFolder(in: folder.id, name: Array("2024".utf8))
            try service.move("INBOX/letter 1.eml", to: "Grüße/2024/letter 1.eml", shown)
            try await service.verdict(of: receipt)
            try await service.verdict(of: inner.receipt)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Gr&APwA3w-e/2024") == [1])
            #expect(rig.server.account.subscriptions.contains("Gr&APwA3w-e/2024"))

            let renamed = try service.renameFolder(folder.id, to: .root, name: Array("Kept".utf8))
            #expect(shown.model.paths.contains("Kept/2024"))
            #expect(!shown.model.paths.contains("Grüße"))
            #expect(shown.model.names(in: "Kept/2024") == ["letter 1.eml"])
            try await service.verdict(of: renamed)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Kept/2024") == [1])
            #expect(rig.server.account.subscriptions == ["Work", "Kept", "Kept/2024"])
            #expect(shown.model.folder("Kept/2024")?.id == inner.folder.id)

            #expect(throws: ServiceError.notEmpty) { try service.removeFolder(folder.id) }
            #expect(throws: ServiceError.notEmpty) { try service.removeFolder(inner.folder.id) }
            #expect(throws: ServiceError.exists) { try service.createFolder(in: .root, name: Array("Work".utf8)) }
            try service.remove("Kept/2024/letter 1.eml", shown)
            _ = try service.removeFolder(inner.folder.id)
            let removed = try service.removeFolder(folder.id)
            #expect(shown.model.paths == ["INBOX", "Work"])
            try await service.verdict(of: removed)
            try await rig.drained(service, shown)
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the folders to go") { $0.folders.count == 2 }
            try await rig.drained(service, shown)
            #expect(rig.server.account.folders.sorted() == ["INBOX", "Work"])
            #expect(rig.server.account.subscriptions == ["Work"])
            let inbox = try #require(shown.model.folder("INBOX"))
            #expect(throws: ServiceError.inUse("INBOX stays")) { try service.removeFolder(inbox.id) }
        }
    }

    @Test func theTrash() async throws {
        let rig = try Rig.changing { $0.deletion = .trash }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            try await service.verdict(of: try service.remove("INBOX/letter 2.eml", shown))
            #expect(rig.server.changingCommands == ["UID MOVE"])
            #expect(shown.model.names(in: "Bin") == ["letter 2.eml"])
            try await service.verdict(of: try service.remove("Bin/letter 2.eml", shown))
            #expect(rig.server.changingCommands == ["UID MOVE", "UID STORE"])
            try await rig.drained(service, shown)
        }
    }

    @Test func markedOnly() async throws {
        let rig = try Rig.changing { $0.deletion = .mark }
        try await rig.synchronised { service, shown in
            try await service.verdict(of: try service.remove("INBOX/letter 2.eml", shown))
            rig.advanceClock(100_000)
            try await rig.drained(service, shown)
            #expect(rig.server.flags(of: 2, in: "INBOX") == ["\\Deleted"])
            #expect(rig.server.observation.count("UID EXPUNGE") == 0)
            #expect(try service.undelete(nil) == ["INBOX/letter 2.eml"])
            try await rig.drained(service, shown)
            #expect(rig.server.flags(of: 2, in: "INBOX") == [])
        }
    }

    @Test func backBeforeAndAfterItWasSent() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try await service.verdict(of: try service.remove("INBOX/letter 2.eml", shown))
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.remove("INBOX/letter 3.eml", shown)
            try service.remove("INBOX/letter 4.eml", shown)
            #expect(try service.undelete("INBOX/letter [23].eml") == ["INBOX/letter 2.eml", "INBOX/letter 3.eml"])
            #expect(shown.model.names(in: "INBOX") == [1, 2, 3, 5].map { "letter \($0).eml" })
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 5])
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.wait(for: "the expunge") { $0.count("UID EXPUNGE") == 1 }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 5])
            #expect(try service.undelete(nil) == [])
        }
    }

    /// A draft is written anew: the new version is there before the old one goes.
    @Test func aDraft() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(30), to: "Drafts", flags: ["\\Draft"])
        try await rig.synchronised { service, shown in
            let id = try #require(shown.model.id("Drafts/letter 30.eml"))
            let inbox = try #require(shown.model.id("INBOX/letter 1.eml"))
            await #expect(throws: ServiceError.notPermitted("a message cannot be changed")) {
                try await service.edit(inbox)
            }
            rig.server.clearObservation()
            let file = try await service.edit(id)
            #expect(file.id == id)
            try Data(Letter.make(31)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            _ = try service.completed(id, isOpen: true, modified: nil)
            #expect(rig.server.changingCommands == [])
            let receipt = try service.completed(id, isOpen: false, modified: nil)
            #expect(shown.model.names(in: "Drafts") == ["letter 30.eml"])
            #expect(try service.cachedBody(id)?.bytes == Letter.make(31))
            try await service.verdict(of: receipt)
            try await rig.drained(service, shown)
            #expect(rig.server.changingCommands == ["APPEND", "UID STORE"])
            #expect(rig.letters(in: "Drafts") == [31])
            #expect(rig.server.messages(in: "Drafts").last?.flags == ["\\Draft"])
            #expect(shown.model.id("Drafts/letter 30.eml") == id)
        }
    }
}
