import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// What the server will not do (HAZARDS 42, 44).
@Suite(.serialized) struct RefusalTests {
    static let codes: [(String, ServiceError)] = [
        ("NO [OVERQUOTA] full", .overQuota("full")), ("NO [NOPERM] not you", .accessDenied("not you")),
        ("NO [TRYCREATE] none", .noSuchFolder("none")), ("NO [READ-ONLY] no", .readOnly),
        ("NO just so", .refused("just so")),
        ("NO [CANNOT] never", .accessDenied("never")), ("BAD what", .refused("what")),
        ("NO [TOOBIG] big", .tooLarge(limit: 0)),
    ]

    /// Undone in the view, listed, tried again, given up.
    @Test(arguments: codes) func aMove(answer: String, error: ServiceError) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, .refuse(answer)))
            let id = try #require(shown.model.id("INBOX/letter 2.eml"))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            await #expect(throws: error) { try await service.verdict(of: receipt) }
            #expect(shown.model.id("INBOX/letter 2.eml") == id)
            #expect(shown.model.names(in: "Work") == [])
            let failed = try #require(service.failedChanges.first)
            #expect(failed.operation == "move")
            #expect(failed.path == "Work/two.eml")
            #expect(service.pendingChanges == 0)
            try await rig.settle(service, shown)
            rig.server.remove(rule)
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(shown.model.id("Work/two.eml") == id)
            #expect(service.failedChanges == [])
        }
    }

    /// What the server says of flags that it does not keep: what the message has; nothing; in PERMANENTFLAGS that it does not.
    private static func unkept(
        _ flags: [String], _ configuration: ServerConfiguration, _ way: Int
    ) -> ServerConfiguration {
        var configuration = configuration
        configuration.unkeptFlags = flags
        configuration.unkeptAnswer = way == 0 ? .told : .untold
        configuration.claimsUnkeptFlags = way < 2
        return configuration
    }

    /// The server says OK to a flag that nobody here has the right to (RFC 4314, right `t`).
    @Test(arguments: [ServerConfiguration.full, .noCondStore, .minimal], 0..<3)
    func aDeletionThatIsNotKept(configuration: ServerConfiguration, way: Int) async throws {
        let configuration = Self.unkept(["\\deleted"], configuration, way)
        let rig = try Rig.changing(configuration)
        try await rig.synchronised { service, shown in
            let id = try #require(shown.model.id("INBOX/letter 2.eml"))
            let receipt = try service.delete(id)
            let text = "the server does not let it be marked as deleted"
            await #expect(throws: ServiceError.accessDenied(text)) { try await service.verdict(of: receipt) }
            #expect(shown.model.id("INBOX/letter 2.eml") == id)
            #expect(shown.model.named("INBOX/letter 2.eml")?.flags.isDeleted == false)
            #expect(service.failedChanges.map(\.path) == ["INBOX/letter 2.eml"])
            try await rig.drained(service, shown)
        }
    }

    /// The same of other flags: those that it keeps are there, the others are undone and told.
    @Test(arguments: [ServerConfiguration.full, .noCondStore, .minimal], 0..<3)
    func flagsThatAreNotKept(configuration: ServerConfiguration, way: Int) async throws {
        let rig = try Rig.changing(Self.unkept(["\\flagged", "work"], configuration, way))
        try await rig.synchronised { service, shown in
            rig.server.reconfigure { $0.newKeywords = way < 2 }
            let path = "INBOX/letter 2.eml"
            try service.flag(path, .add(Flags(system: [.flagged, .answered], keywords: ["work"])), shown)
            try service.flag("INBOX/letter 3.eml", .add(Flags(system: [.seen])), shown)
            try await rig.drained(service, shown)
            #expect(shown.model.named(path)?.flags == Flags(system: .answered))
            #expect(shown.model.named("INBOX/letter 3.eml")?.flags == Flags(system: .seen))
            #expect(rig.server.messages(in: "INBOX").first { $0.uid == 2 }?.flags == ["\\Answered"])
            #expect(service.failedChanges.map(\.path) == [path])
            #expect(service.failedChanges.map(\.error) == ["the server does not keep this flag in this folder"])
            #expect(service.pendingChanges == 0)
        }
    }

    /// One is refused, and of those that are sent alone then another is not kept.
    @Test(arguments: [ServerConfiguration.full, .noCondStore], 0..<2)
    func oneFlagThatIsRefusedAndOneThatIsNotKept(configuration: ServerConfiguration, way: Int) async throws {
        let rig = try Rig.changing(Self.unkept(["\\flagged"], configuration, way))
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(
                Misbehaviour(on: "UID STORE", containing: "work", at: .received, .refuse("NO [CANNOT] not this one")))
            let path = "INBOX/letter 2.eml"
            try service.flag(path, .add(Flags(system: [.flagged, .answered], keywords: ["work"])), shown)
            try await rig.drained(service, shown)
            #expect(shown.model.named(path)?.flags == Flags(system: .answered))
            #expect(service.failedChanges.map(\.path) == [path])
            // Both are what failed.
            rig.server.remove(rule)
            rig.server.clearObservation()
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(shown.model.named(path)?.flags == Flags(system: .answered, keywords: ["work"]))
            #expect(
                rig.server.observation.clientLines.contains { $0.contains("UID STORE") && $0.contains("\\Flagged") })
        }
    }

    /// It is refused here, however often it is tried.
    @Test func aFileThatCannotBeAMessage() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Letter.name(9), purpose: .unfinished)
            try Data(Letter.make(9) + [0]).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            #expect(throws: ServiceError.self) { try service.completed(file.id, isOpen: false, modified: nil) }
            let failed = service.failedChanges
            #expect(failed.map(\.error) == ["it has NUL octets"])
            for ids in [failed.map(\.id), []] {
                let sent = try service.retry(ids)
                #expect(sent == [])
            }
            #expect(service.failedChanges == failed)
            #expect(await service.drain(until: nil) == 0)
            #expect(rig.letters(in: "Work") == [])
        }
    }

    /// It is not where it was seen, and its folder cannot be looked at: that is the message's fate, and nobody else's.
    @Test func aFolderThatCannotBeLookedAt() async throws {
        let rig = try Rig.changing()
        rig.server.deliver(Letter.make(20), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "UID FETCH", .omitMessages([1])))
            rig.server.install(
                Misbehaviour(on: "EXAMINE", containing: "Work", at: .received, .refuse("NO it does not exist")))
            let receipt = try service.move("Work/letter 20.eml", to: "INBOX/two.eml", shown)
            await #expect(throws: ServiceError.gone) { try await service.verdict(of: receipt) }
            #expect(rig.server.changingCommands == [])
        }
    }

    /// Several that were refused together are tried one by one, and those that can be moved are.
    @Test func oneOfSeveral() async throws {
        let rig = try Rig.changing(letters: 1...8)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 1...8 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
            rig.server.install(Misbehaviour(on: "UID MOVE", containing: ":", at: .received, .refuse("NO one of them")))
            rig.server.install(
                Misbehaviour(on: "UID MOVE", containing: "MOVE 5 ", at: .received, .refuse("NO not this")))
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [1, 2, 3, 4, 6, 7, 8])
            #expect(rig.letters(in: "INBOX") == [5])
            #expect(shown.model.names(in: "INBOX") == ["letter 5.eml"])
            #expect(service.failedChanges.map(\.path) == ["Work/5.eml"])
            try service.discard(service.failedChanges.map(\.id))
            #expect(service.failedChanges == [])
            #expect(throws: ServiceError.noSuchChange(99)) { try service.discard([OperationID(rawValue: 99)]) }
        }
    }

    /// One flag that the server will not have takes no other with it, of one message or of several.
    @Test(arguments: [1, 3], ["NO [CANNOT] no such keyword", "NO just so", "BAD what", "NO [NOPERM] not this"])
    func oneFlagOfSeveral(messages: Int, answer: String) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let paths = (1...messages).map { "INBOX/letter \($0).eml" }
            let changes = [Flags(system: .flagged), Flags(keywords: ["Bad"]), Flags(keywords: ["Good"])]
            for path in paths { for flags in changes { try service.flag(path, .add(flags), shown) } }
            rig.server.install(Misbehaviour(on: "UID STORE", containing: "Bad", at: .received, .refuse(answer)))
            try rig.server.start()
            try await rig.drained(service, shown)
            for (number, path) in zip(UInt32(1)..., paths) {
                let held = try #require(rig.server.flags(of: number, in: "INBOX"))
                #expect(Set(held) == ["\\Flagged", "Good"], "\(path)")
                #expect(shown.model.named(path)?.flags == Flags(system: .flagged, keywords: ["Good"]), "\(path)")
            }
            #expect(service.failedChanges.map(\.operation) == paths.map { _ in "flags" })
            rig.server.behave()
            try service.retry([])
            try await rig.drained(service, shown)
            let held = try #require(rig.server.flags(of: 1, in: "INBOX"))
            #expect(Set(held) == ["\\Flagged", "Good", "Bad"])
        }
    }

    /// What was asked for later stands.
    @Test func oneFlagOfSeveralBeforeAnother() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let path = "INBOX/letter 1.eml"
            try service.flag(path, .add(Flags(system: .flagged, keywords: ["Bad", "Good"])), shown)
            try service.flag(path, .remove(Flags(system: .flagged)), shown)
            rig.server.install(Misbehaviour(on: "UID STORE", containing: "Bad", at: .received, .refuse("NO [CANNOT]")))
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.server.flags(of: 1, in: "INBOX") == ["Good"])
            #expect(shown.model.named(path)?.flags == Flags(keywords: ["Good"]))
            #expect(service.failedChanges.count == 1)
        }
    }

    /// Of a server that takes no new keywords.
    @Test func aNewKeyword() async throws {
        var configuration = ServerConfiguration.full
        configuration.newKeywords = false
        let rig = try Rig.changing(configuration)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let path = "INBOX/letter 1.eml"
            try service.flag(path, .add(Flags(system: .flagged)), shown)
            try service.flag(path, .add(Flags(keywords: ["New"])), shown)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.server.flags(of: 1, in: "INBOX") == ["\\Flagged"])
            #expect(shown.model.named(path)?.flags == Flags(system: .flagged))
        }
    }

    /// It is uploaded without, and the keyword fails alone.
    @Test(arguments: [1, 3]) func aKeywordOfAnUpload(count: Int) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 11..<(11 + count) {
                try service.write(Letter.make(number), to: "Work/\(number).eml", shown)
                try service.flag("Work/\(number).eml", .add(Flags(system: .flagged, keywords: ["Bad"])), shown)
            }
            for command in ["APPEND", "UID STORE"] {
                rig.server.install(
                    Misbehaviour(on: command, containing: "Bad", at: .received, .refuse("NO [CANNOT] no such keyword")))
            }
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work").sorted() == Array(11..<(11 + count)))
            #expect(shown.model.named("Work/11.eml")?.flags == Flags(system: .flagged))
            #expect(service.failedChanges.map(\.operation) == Array(repeating: "flags", count: count))
        }
    }

    /// Its file stays, readable, until it is sent or given up.
    @Test func anUpload() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
            let receipt = try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            await #expect(throws: ServiceError.overQuota("full")) { try await service.verdict(of: receipt) }
            let id = try #require(shown.model.id("Work/nine.eml"))
            #expect(shown.model.named("Work/nine.eml")?.standing == .failed)
            #expect(try service.cachedBody(id)?.bytes == Letter.make(9))
            #expect(service.failedChanges.map(\.operation) == ["upload"])
            try await rig.settle(service, shown)
            #expect(shown.model.id("Work/nine.eml") == id)
            try service.move("Work/nine.eml", to: "INBOX/other.eml", shown)
            #expect(shown.model.named("INBOX/other.eml")?.standing == .failed)
            rig.server.remove(rule)
            try service.retry(service.failedChanges.map(\.id))
            #expect(shown.model.named("INBOX/other.eml")?.standing == .pending)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
            #expect(shown.model.id("INBOX/other.eml") == id)

            rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO no")))
            try service.write(Letter.make(10), to: "Work/ten.eml", shown)
            _ = await service.drain(until: nil)
            let ten = try #require(shown.model.id("Work/ten.eml"))
            try service.discard(service.failedChanges.map(\.id))
            #expect(shown.model.id("Work/ten.eml") == nil)
            #expect(!FileManager.default.fileExists(atPath: service.spoolPath(of: ten)))
        }
    }

    /// The new one could not be put there: the old one stays.
    @Test func theReplacementOfAMessage() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO no")))
            let inbox = try #require(shown.model.folder("INBOX"))
            let old = try #require(shown.model.id("INBOX/letter 2.eml"))
            let scratch = try service.createFile(in: inbox.id, name: Array(".x.tmp".utf8), purpose: .scratch)
            try Data(Letter.make(20)).write(to: URL(fileURLWithPath: service.spoolPath(of: scratch.id)))
            try service.move("INBOX/.x.tmp", to: "INBOX/letter 2.eml", shown, replacing: "INBOX/letter 2.eml")
            _ = await service.drain(until: nil)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(rig.server.observation.count("UID STORE") == 0)
            let model = shown.model
            let names = model.messages(in: "INBOX").map(\.id)
            #expect(names.contains(old) && names.contains(scratch.id))
            #expect(model.id("INBOX/letter 2.eml") == scratch.id)
        }
    }

    @Test func whatIsKnownHere() async throws {
        var configuration = ServerConfiguration.full
        configuration.capabilities.append("APPENDLIMIT=2000")
        let rig = try Rig.changing(configuration)
        rig.server.createFolder("Top", attributes: ["\\Noselect"])
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            #expect(throws: ServiceError.tooLarge(limit: 2_000)) {
                try service.write(Letter.make(9, octets: 5_000), to: "Work/nine.eml", shown)
            }
            #expect(shown.model.named("Work/nine.eml")?.standing == .failed)
            #expect(throws: ServiceError.notAMessage("it has NUL octets")) {
                try service.write(Letter.make(9) + [0], to: "Work/nul.eml", shown)
            }
            #expect(throws: ServiceError.notAMessage("it does not begin with a header")) {
                try service.write(Array("no header at all, this".utf8), to: "Work/text.eml", shown)
            }
            #expect(service.failedChanges.count == 3)
            #expect(throws: ServiceError.readOnly) { try service.move("INBOX/letter 1.eml", to: "Top/x.eml", shown) }
            #expect(throws: ServiceError.badName("a/b")) {
                try service.createFolder(in: .root, name: Array("a/b".utf8))
            }
            #expect(throws: ServiceError.exists) { try service.createFolder(in: .root, name: Array("inbox".utf8)) }
            #expect(throws: ServiceError.nameTooLong) {
                try service.createFolder(in: .root, name: Array(String(repeating: "x", count: 300).utf8))
            }
            _ = await service.drain(until: nil)
            #expect(rig.server.changingCommands == [])
        }
    }

    /// Told to wait, it is tried again by itself.
    @Test(
        arguments: [
            ("NO [LIMIT] later", ServiceError.busy("later")), ("NO [INUSE] later", .busy("later")),
            ("NO [UNAVAILABLE] later", .busy("later")), ("NO [SERVERBUG] later", .refused("later")),
        ])
    func later(answer: String, error: ServiceError) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "UID MOVE", at: .received, times: 1, .refuse(answer)))
            rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .refuse(answer)))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            await #expect(throws: error) { try await service.verdict(of: receipt) }
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [2, 9])
            #expect(service.failedChanges == [])
        }
    }

    /// A folder that can only be looked at.
    @Test func aFolderThatIsReadOnly() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "SELECT", .substitute("[READ-WRITE]", "[READ-ONLY]")))
            let receipt = try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            await #expect(throws: ServiceError.readOnly) { try await service.verdict(of: receipt) }
            #expect(rig.server.changingCommands == [])
            #expect(throws: ServiceError.readOnly) { try service.move("INBOX/letter 3.eml", to: "Work/x.eml", shown) }
            #expect(shown.model.names(in: "INBOX").count == 5)
        }
    }

    /// Mail that is not shown here keeps a folder from being deleted.
    @Test func aFolderThatIsNotEmpty() async throws {
        let rig = try Rig.changing()
        let uid = rig.server.deliver(Letter.make(20), to: "Work")
        rig.server.setFlags(["\\Deleted"], of: uid, in: "Work")
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let receipt = try service.removeFolder(work.id)
            #expect(shown.model.paths == ["INBOX"])
            await #expect(throws: ServiceError.notEmpty) { try await service.verdict(of: receipt) }
            #expect(shown.model.paths == ["INBOX", "Work"])
            #expect(rig.server.observation.count("DELETE") == 0)
        }
    }

    /// Mail that comes at the last moment does as well.
    @Test(arguments: ["STATUS", "LIST"]) func aFolderThatIsFilledMeanwhile(at command: String) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let rule = rig.server.install(
                Misbehaviour(on: command, containing: "Work", at: .answer, times: 1, .stall))
            let receipt = try service.removeFolder(work.id)
            #expect(shown.model.paths == ["INBOX"])
            try await rig.server.waitForFiring(rule)
            rig.server.deliver(Letter.make(11), to: "Work")
            rig.server.release(rule)
            await #expect(throws: ServiceError.notEmpty) { try await service.verdict(of: receipt) }
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "Work") == ["letter 11.eml"])
            #expect(rig.server.observation.count("DELETE") == 0)
        }
    }

    @Test func nothingIsChangedReadOnly() async throws {
        let rig = try Rig.changing {
            $0.isReadOnly = true
            $0.isChanging = false
        }
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            #expect(throws: ServiceError.readOnly) { try service.move("INBOX/letter 2.eml", to: "Work/x.eml", shown) }
            #expect(throws: ServiceError.readOnly) { try service.remove("INBOX/letter 2.eml", shown) }
            #expect(throws: ServiceError.readOnly) {
                try service.flag("INBOX/letter 2.eml", .add(Flags(system: .seen)), shown)
            }
            #expect(throws: ServiceError.readOnly) {
                try service.createFile(in: work.id, name: [0x78], purpose: .scratch)
            }
            #expect(throws: ServiceError.readOnly) { try service.createFolder(in: .root, name: [0x78]) }
            #expect(throws: ServiceError.readOnly) { try service.removeFolder(work.id) }
            #expect(throws: ServiceError.readOnly) { try service.undelete(nil) }
            #expect(service.pendingChanges == 0)
        }
    }

    /// The quota is known, and kept up with.
    @Test func whatHasNoRoom() async throws {
        var configuration = ServerConfiguration.full
        configuration.quota = 64 << 10
        let rig = try Rig.changing(configuration)
        try await rig.synchronised { service, shown in
            while service.quota == nil { try await Task.sleep(for: .milliseconds(2)) }
            try await service.verdict(of: try service.write(Letter.make(9, octets: 40_000), to: "Work/nine.eml", shown))
            while service.quota?.used ?? 0 < 40_000 { try await Task.sleep(for: .milliseconds(2)) }
            // Only the server knows how much room there is by now.
            let receipt = try service.write(Letter.make(10, octets: 40_000), to: "Work/ten.eml", shown)
            let error = await #expect(throws: ServiceError.self) { try await service.verdict(of: receipt) }
            guard case .overQuota = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(service.failedChanges.map(\.operation) == ["upload"])
            #expect(shown.model.named("Work/ten.eml")?.standing == .failed)
        }
    }

    /// A folder that can only be read can be copied from.
    @Test func aCopyFromWhatCannotBeChanged() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "SELECT", .substitute("[READ-WRITE]", "[READ-ONLY]")))
            let source = try #require(shown.model.id("INBOX/letter 3.eml"))
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array("copy.eml".utf8), purpose: .unfinished)
            _ = try await service.copyContent(of: source, to: file.id)
            try await service.verdict(of: try service.completed(file.id, isOpen: false, modified: nil))
            #expect(rig.letters(in: "Work") == [3])
        }
    }

    /// The message with the same bytes goes before it is copied: what is here is uploaded.
    @Test func aCopyOfWhatIsGone() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let source = try #require(shown.model.id("INBOX/letter 3.eml"))
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array("copy.eml".utf8), purpose: .unfinished)
            _ = try await service.copyContent(of: source, to: file.id)
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            rig.server.expunge(3, in: "INBOX")
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [3])
            #expect(shown.model.id("Work/copy.eml") == file.id)
            #expect(rig.server.observation.count("APPEND") == 1)
            #expect(service.failedChanges == [])
        }
    }

    @Test func onlineAtOnce() async throws {
        let rig = try Rig()
        let service = try rig.makeService()
        let shown = Shown()
        try await service.start(observer: shown)
        #expect(try await service.status().connection == .online)
        await service.stop()
    }
}
