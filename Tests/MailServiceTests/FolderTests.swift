import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Testing

@testable import MailService

/// What LIST may say (HAZARDS 20, 21, 64, 65, 107).
@Suite(.serialized) struct FolderTests {
    /// Missing in one LIST is a hiccup, in two it is gone.
    @Test func oneLISTAloneRemovesNothing() async throws {
        let rig = try Rig(.full.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "LIST", times: 1, .omit("Work")))
            try await rig.settle(service, shown)
            try await rig.server.waitForFiring(rule)
            #expect(shown.model.removedFolders.isEmpty)
            rig.server.deleteFolder("Work")
            try await rig.settle(service, shown)
            #expect(shown.model.paths == ["INBOX"])
            #expect(shown.model.removedFolders.count == 1)
        }
    }

    /// What was stored of a LIST before the disk failed is shown, though the next one finds nothing new in it.
    @Test func whatIsStoredIsShown() async throws {
        let rig = try Rig(.full.without("NOTIFY"))
        try await rig.synchronised { service, shown in
            for name in ["One", "Two"] { rig.server.createFolder(name) }
            let fault = try StoreFault(
                "INSERT", on: "folder WHEN NEW.display_name = 'Two'", of: rig.scratch.path + "/state/state.sqlite")
            let steward = try #require(service.running).steward
            await #expect(throws: (any Error).self) { try await steward.listNow() }
            try fault.heal()
            try await steward.listNow()
            #expect(shown.model.paths.sorted() == ["INBOX", "One", "Two"])
        }
    }

    /// What STATUS has is not gone, however many LISTs leave it out.
    @Test(arguments: [ServerKind.full, .minimal]) func whatSTATUSHasIsNotGone(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "LIST", .omit("Work")))
            for _ in 1...3 {
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
                #expect(shown.model.removedFolders.isEmpty)
            }
            try await service.expect(Letter.make(2), reading: 2, in: "Work", shown)
        }
    }

    /// A folder that was believed to be gone comes back with ids, names and bodies.
    @Test(arguments: [ServerKind.full, .minimal]) func aFolderThatComesBackIsTheSame(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { service, shown in
            let id = try #require(shown.model.folder("Work")).id
            let before = shown.model.messages(in: "Work")
            try await service.expect(Letter.make(2), reading: 2, in: "Work", shown)
            rig.server.install(Misbehaviour(on: "LIST", .omit("Work")))
            rig.server.install(
                Misbehaviour(on: "STATUS", containing: "Work", at: .received, .refuse("NO [NONEXISTENT] None")))
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(shown.model.removedFolders == [id])
            #expect(try service.store.folders().map(\.folder.displayName) == ["INBOX"])
            rig.server.behave()
            rig.server.expunge([1], in: "Work")
            try await #require(service.running).steward.listNow()
            #expect(shown.model.folder("Work")?.id == id)
            try shown.load(id, from: service)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(shown.model.messages(in: "Work").map(\.id) == before.dropFirst().map(\.id))
            #expect(shown.model.messages(in: "Work").map(\.name) == before.dropFirst().map(\.name))
            rig.server.clearObservation()
            try await service.expect(Letter.make(2), reading: 2, in: "Work", shown)
            #expect(rig.server.observation.bodies.isEmpty)
        }
    }

    /// One with the same name and another UIDVALIDITY has what is the same in it, and nothing else.
    @Test func anotherFolderOfTheNameIsListedAnew() async throws {
        let rig = try Rig(.minimal)
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { service, shown in
            let names = shown.model.messages(in: "Work").map(\.name)
            rig.server.deleteFolder("Work")
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(shown.model.paths == ["INBOX"])
            rig.server.deliver(Letter.make(3...4), to: "Work")
            try await #require(service.running).steward.listNow()
            try shown.load(try #require(shown.model.folder("Work")).id, from: service)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(shown.model.uids(in: "Work") == [1, 2])
            #expect(shown.model.messages(in: "Work").first?.name == names.last)
            try await service.expect(Letter.make(3), reading: 1, in: "Work", shown)
        }
    }

    /// An empty LIST is no reason to forget anything.
    @Test func noFoldersAtAll() async throws {
        let rig = try Rig(.full.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "LIST", .omit("* LIST")))
            await #expect(throws: ServiceError.self) {
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            }
            rig.server.remove(rule)
            #expect(shown.model.paths == ["INBOX", "Work"])
            try await rig.settle(service, shown)
        }
    }

    @Test(arguments: ["\\Noselect", "\\NonExistent"]) func withoutMail(attribute: String) async throws {
        let rig = try Rig(.full)
        rig.server.createFolder("Top", attributes: [attribute])
        rig.server.deliver(Letter.make(1...2), to: "Top/Below")
        try await rig.synchronised { service, shown in
            #expect(shown.model.folder("Top")?.holdsMessages == false)
            #expect(shown.model.uids(in: "Top/Below") == [1, 2])
            let quoted = rig.server.observation.clientLines.filter { $0.hasSuffix(" Top") || $0.contains("\"Top\"") }
            #expect(quoted == [])
        }
    }

    /// Another client gives a folder the name that a message beside it has, be it sent or not: the message gives way, for good.
    @Test(arguments: [true, false]) func theNameOfAMessage(isSent: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let holding =
                isSent
                ? nil : rig.server.install(Misbehaviour(on: "APPEND", at: .received, .refuse("NO [OVERQUOTA] full")))
            try service.write(Letter.make(9), to: "INBOX/zoo.eml", shown)
            try service.write(Letter.make(8), to: "Work/other.eml", shown)
            _ = await service.drain(until: rig.deadline)
            let id = try #require(shown.model.id("INBOX/zoo.eml"))
            rig.server.deliver(Letter.make(20), to: "INBOX/zoo.eml")
            try await rig.settle(service, shown)
            try await shown.wait("another name") { $0.id("INBOX/zoo-2.eml") == id }
            #expect(shown.model.uids(in: "INBOX/zoo.eml") == [1])
            #expect(shown.model.id("Work/other.eml") != nil)
            if let holding { rig.server.remove(holding) }
        }
        try await rig.resumed { service, shown in
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "INBOX").contains("zoo-2.eml"))
            #expect(!shown.model.names(in: "INBOX").contains("zoo.eml"))
        }
    }

    static let strange: [[UInt8]] =
        [
            "../../etc", "..", ".", "a/../b", "/", "//", "/etc/passwd", "a//b", "a/", "-rf", "NIL", "*", "%", "a\"b\\c",
            "&AOQ", "&&&", "inbox", "Inbox/x", "con\u{7f}", "a\u{0}b", "a\r\nb LOGOUT", "a\nb", "\u{202e}x", " ", "~",
            String(repeating: "x", count: 300), String(repeating: "d/", count: 60) + "e",
        ].map { Array($0.utf8) } + [[0xFF, 0xFE], [0xC3, 0x28], []]

    /// Whatever a folder is called, it is a place inside the mount, and no two are the same place.
    @Test(arguments: [ServerKind.full, .minimal]) func strangeNames(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration)
        rig.server.deliver(Letter.make(1...3), to: "INBOX")
        rig.server.install(Misbehaviour(on: "LIST", .folders(Self.strange + Self.strange)))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await #require(service.running).steward.rest()
            let model = shown.model
            #expect(model.folders.count > Self.strange.count / 2)
            for folder in model.folders.values {
                for component in folder.path {
                    #expect(!component.isEmpty && component.count <= 255)
                    #expect(!component.contains(0) && !component.contains(UInt8(ascii: "/")))
                    #expect(component != Array(".".utf8) && component != Array("..".utf8))
                }
            }
            #expect(Set(model.folders.values.map(\.path)).count == model.folders.count)
            #expect(model.folders.values.filter { $0.path == [Array("INBOX".utf8)] }.count == 1)
            #expect(model.uids(in: "INBOX") == [1, 2, 3])
            // No name has become a command.
            #expect(!rig.server.observation.clientLines.contains { $0.contains("LOGOUT") })
            #expect(try await service.read(2, in: "INBOX", shown) == Letter.make(2))
        }
    }

    /// Every folder that holds mail is a directory whose parents are directories, names that begin or end with the separator too.
    @Test func namesWithEmptyComponentsAreInTheTree() async throws {
        let names = ["trail/", "/lead", "/", "//", "a//b", "x/"]
        let rig = try Rig(.full.without("NOTIFY"))
        rig.server.createFolder("x")
        rig.server.install(Misbehaviour(on: "LIST", .folders(names.map { Array($0.utf8) })))
        try await rig.run { service, shown in
            for _ in 1...2 {
                try await service.waitUntilReady()
                try await #require(service.running).steward.listNow()
                let paths = Set(shown.model.folders.values.map(\.path))
                #expect(paths.count == shown.model.folders.count)
                for folder in shown.model.folders.values where folder.path.count > 1 {
                    #expect(paths.contains(Array(folder.path.dropLast())), "\(folder.displayName)")
                }
                for name in names {
                    #expect(shown.model.folders.values.contains { $0.rawName == Array(name.utf8) && $0.holdsMessages })
                }
                #expect(shown.model.paths.contains("trail/%") && shown.model.paths.contains("%/lead"))
                #expect(shown.model.removedFolders == [])
            }
        }
    }

    /// A server that offers LIST-EXTENDED and refuses it is asked as RFC 3501 has it, and polled by STATUS.
    @Test(arguments: ["BAD Parse error", "NO not here"])
    func refusesWhatItOffers(refusal: String) async throws {
        let rig = try Rig(.full.without("NOTIFY"), Rig.Options { $0.polling.unwatched = .milliseconds(50) })
        rig.server.deliver(Letter.make(1...3), to: "Work")
        rig.server.install(Misbehaviour(on: "LIST", containing: "RETURN", at: .received, .refuse(refusal)))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await shown.wait("the listing") { $0.uids(in: "Work") == [1, 2, 3] }
            rig.server.deliver(Letter.make(4...4), to: "Work")
            try await shown.wait("the arrival") { $0.uids(in: "Work") == [1, 2, 3, 4] }
            #expect(rig.server.observation.accepted <= 4)
        }
        #expect(rig.server.observation.clientLines.count { $0.contains("RETURN") } == 1)
    }

    /// Where no LIST can be had, whoever waits for the account is told what the server says of it.
    @Test func theServersOwnWordsAreTold() async throws {
        let rig = try Rig(.full)
        rig.server.install(Misbehaviour(on: "LIST", at: .received, .refuse("NO Mailbox list is broken")))
        try await rig.run { service, _ in
            do {
                try await service.waitUntilReady()
                Issue.record("ready without folders")
            } catch {
                #expect("\(error)".contains("Mailbox list is broken"))
            }
            let status = try await service.status()
            #expect(status.reason?.contains("Mailbox list is broken") == true)
        }
    }

    /// Nor the question for MAILBOXIDs, where LIST does not tell them.
    @Test(arguments: [ServerKind.minimal, .full]) func namesThatCannotBeSentDoNotStopThePolling(
        kind: ServerKind
    ) async throws {
        let options = Rig.Options { $0.polling.unwatched = .milliseconds(50) }
        let rig = try Rig(kind.configuration.without("LIST-STATUS", "NOTIFY"), options)
        rig.server.deliver(Letter.make(1...3), to: "Work")
        rig.server.install(Misbehaviour(on: "LIST", .folders([Array("a\r\nb".utf8)])))
        try await rig.run { service, shown in
            try await shown.wait("the listing") { $0.uids(in: "Work") == [1, 2, 3] }
            rig.server.deliver(Letter.make(4...4), to: "Work")
            try await shown.wait("the arrival") { $0.uids(in: "Work") == [1, 2, 3, 4] }
        }
    }

    @Test(arguments: ["inbox", "Inbox", "INBOX"]) func inboxInAnyCase(name: String) async throws {
        let rig = try Rig(.full.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...3), to: "INBOX")
        rig.server.install(Misbehaviour(on: "LIST", .substitute("\"INBOX\"", "\"\(name)\"")))
        try await rig.run { service, shown in
            try await shown.wait("INBOX") { $0.uids(in: "INBOX") == [1, 2, 3] }
            try await rig.server.waitForIdle()
            rig.server.deliver(Letter.make(4...4), to: "INBOX")
            try await shown.wait("the arrival") { $0.uids(in: "INBOX") == [1, 2, 3, 4] }
        }
    }

    @Test func withoutHierarchy() async throws {
        var configuration = ServerConfiguration.minimal
        configuration.separator = nil
        let rig = try Rig(configuration)
        rig.server.deliver(Letter.make(1...2), to: "a/b.c")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folders.values.first { $0.rawName == Array("a/b.c".utf8) })
            #expect(folder.path.count == 1)
            #expect(shown.model.messages[folder.id]?.count == 2)
        }
    }

    @Test func onlySomeFolders() async throws {
        let rig = try Rig(.full, Rig.Options { $0.folders = ["INBOX", "Work/*"] })
        rig.server.deliver(Letter.make(1...2), to: "Work/Now")
        rig.server.deliver(Letter.make(3...4), to: "Private")
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await #require(service.running).steward.rest()
            #expect(shown.model.paths == ["INBOX", "Work", "Work/Now"])
            #expect(shown.model.uids(in: "Work/Now") == [1, 2])
            #expect(!rig.server.observation.clientLines.contains { $0.contains("EXAMINE Private") })
        }
    }

    /// What the mount would not show is not made, nor is a folder brought there.
    @Test func whatIsHiddenIsNotMade() async throws {
        let rig = try Rig.changing { $0.folders = ["INBOX", "Work*"] }
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            let work = try #require(shown.model.folder("Work")).id
            #expect(throws: ServiceError.self) { try service.createFolder(in: .root, name: Array("Other".utf8)) }
            #expect(throws: ServiceError.self) { try service.renameFolder(work, to: .root, name: Array("Other".utf8)) }
            #expect(rig.server.changingCommands == [])
            let (made, receipt) = try service.createFolder(in: .root, name: Array("Work 2".utf8))
            try await service.verdict(of: receipt)
            try await rig.drained(service, shown)
            #expect(shown.model.folder("Work 2")?.id == made.id)
        }
    }

    /// A name that a folder gets by a rename that waits, is deleted under, and is made again under.
    @Test(arguments: [false, true]) func aNameThatIsMadeAgain(isBelow: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let (made, _) = try service.createFolder(in: .root, name: Array("G".utf8))
            let name = Array((isBelow ? "K" : "H").utf8)
            var path = "H"
            if isBelow {
                path = "H/K"
                _ = try service.createFolder(in: made.id, name: name)
            }
            _ = try service.renameFolder(made.id, to: .root, name: Array("H".utf8))
            _ = try service.removeFolder(try #require(shown.model.folder(path)).id)
            let parent = isBelow ? made.id : .root
            let (again, _) = try service.createFolder(in: parent, name: name)
            #expect(shown.model.folder(path)?.id == again.id)
            try service.write(Letter.make(9), to: path + "/nine.eml", shown)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: path) == [9])
            #expect(shown.model.names(in: path) == ["nine.eml"])
            #expect(service.failedChanges == [])
        }
    }

    private func rename(_ path: String, to name: String, _ service: MailService, _ shown: Shown) throws {
        _ = try service.renameFolder(
            try #require(shown.model.folder(path)).id, to: .root, name: Array(name.utf8))
    }

    enum Sent: CaseIterable { case itsOwn, ofTheFolderAbove }

    /// The name that a folder had before a rename that was sent is another one: to have it again the server has to be told.
    @Test(arguments: Sent.allCases, [false, true]) func backBehindARenameThatWasSent(sent: Sent, isLost: Bool)
        async throws
    {
        let rig = try Rig.changing()
        let (below, first, last) = sent == .itsOwn ? ("", "F3", "F3") : ("/K", "F3", "F2")
        rig.server.createFolder("F3")
        if sent == .ofTheFolderAbove { rig.server.createFolder("F3/K") }
        rig.server.deliver(Letter.make(11), to: "F3" + below)
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(
                Misbehaviour(on: "RENAME", at: isLost ? .answer : .received, times: 1, .stall))
            try rename("F3", to: "F2", service, shown)
            try await rig.server.waitForFiring(rule)
            let folder = try #require(shown.model.folder("F2" + below)).id
            let name = sent == .itsOwn ? "F3" : "K"
            let parent = sent == .itsOwn ? FolderID.root : try #require(shown.model.folder("F2")).id
            _ = try service.renameFolder(folder, to: parent, name: Array("F1".utf8))
            _ = try service.renameFolder(folder, to: parent, name: Array(name.utf8))
            let path = last + below
            #expect(shown.model.folder(path)?.id == folder)
            if isLost { rig.server.stop() }
            rig.server.release(rule)
            if isLost { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: path) == [11])
            #expect(shown.model.folder(path)?.id == folder)
            #expect(shown.model.folder((first == last ? "F2" : first) + below) == nil)
        }
    }

    /// A folder that is renamed twice leaves the first name to whoever takes it: what is brought there does not follow it.
    @Test(arguments: [false, true], [false, true]) func aNameThatIsPassedThrough(isOffline: Bool, hasOther: Bool)
        async throws
    {
        let rig = try Rig.changing()
        rig.server.createFolder("F1")
        rig.server.deliver(Letter.make(11), to: "F1")
        try await rig.synchronised { service, shown in
            if isOffline {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
            }
            try rename("F1", to: "F0", service, shown)
            if hasOther { _ = try service.createFolder(in: .root, name: Array("Other".utf8)) }
            try rename("F0", to: "F2", service, shown)
            var made: Folder?
            do {
                made = try service.createFolder(in: .root, name: Array("F0".utf8)).folder
            } catch ServiceError.inUse {
                // The server has to answer first, where the two could not become one.
                #expect(hasOther || !isOffline)
            }
            if isOffline { try rig.server.start() }
            if made == nil {
                try await rig.drained(service, shown)
                _ = try service.createFolder(in: .root, name: Array("F0".utf8))
            }
            try service.write(Letter.make(9), to: "F0/nine.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "F0") == [9])
            #expect(rig.letters(in: "F2") == [11])
            try await rig.server.waitForMail("F1 to have another name") { !$0.folders.contains("F1") }
            #expect(shown.model.names(in: "F0") == ["nine.eml"])
            #expect(shown.model.names(in: "F2") == ["letter 11.eml"])
            #expect(service.failedChanges == [])
        }
    }

    /// There and back again is nothing.
    @Test func aFolderThatComesHome() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try rename("Work", to: "Play", service, shown)
            try rename("Play", to: "Work", service, shown)
            #expect(shown.model.folder("Work") != nil)
            #expect(shown.model.folder("Play") == nil)
            #expect(service.pendingChanges == 0)
        }
    }

    /// The server never hears of a folder that went before it was made, whatever it was called meanwhile.
    @Test func aFolderThatNeverWas() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            _ = try service.createFolder(in: .root, name: Array("F0".utf8))
            try rename("F0", to: "F2", service, shown)
            _ = try service.removeFolder(try #require(shown.model.folder("F2")).id)
            #expect(service.pendingChanges == 0)
            _ = try service.createFolder(in: .root, name: Array("F0".utf8))
            try service.write(Letter.make(9), to: "F0/nine.eml", shown)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "F0") == [9])
            try await rig.server.waitForMail("no F2") { !$0.folders.contains("F2") }
            #expect(service.failedChanges == [])
        }
    }

    /// What the server has not heard of is made under its last name, and leaves the others to whoever takes them.
    @Test(arguments: [false, true]) func aNameThatNobodyHeardOf(isFilled: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let (made, _) = try service.createFolder(in: .root, name: Array("F0".utf8))
            if isFilled { try service.write(Letter.make(8), to: "F0/eight.eml", shown) }
            try rename("F0", to: "F1", service, shown)
            let (second, _) = try service.createFolder(in: .root, name: Array("F0".utf8))
            try service.write(Letter.make(9), to: "F0/nine.eml", shown)
            #expect(shown.model.folder("F1")?.id == made.id && shown.model.folder("F0")?.id == second.id)
            if !isFilled {
                // Into one that is made later, and its name again.
                let (above, _) = try service.createFolder(in: .root, name: Array("F2".utf8))
                _ = try service.renameFolder(made.id, to: above.id, name: Array("F1".utf8))
                _ = try service.createFolder(in: .root, name: Array("F1".utf8))
                #expect(shown.model.folder("F2/F1")?.id == made.id)
            }
            rig.server.clearObservation()
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(!rig.server.changingCommands.contains("RENAME"))
            #expect(rig.letters(in: "F0") == [9])
            #expect(rig.letters(in: "F1") == (isFilled ? [8] : []))
            let folders = rig.server.account.folders.filter { $0.hasPrefix("F") }.sorted()
            #expect(folders == (isFilled ? ["F0", "F1"] : ["F0", "F1", "F2", "F2/F1"]))
            #expect(service.failedChanges == [])
        }
        try await rig.resumed { service, shown in
            #expect(shown.model.names(in: "F0") == ["nine.eml"])
            #expect(service.failedChanges == [])
        }
    }

    /// It is known under its new name after a restart.
    @Test func aNewNameOutlivesARestart() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            _ = try service.createFolder(in: .root, name: Array("F0".utf8))
            try rename("F0", to: "F1", service, shown)
        }
        try rig.server.start()
        try await rig.resumed { service, shown in
            try await rig.drained(service, shown)
            #expect(shown.model.folder("F1") != nil && shown.model.folder("F0") == nil)
            #expect(rig.server.account.folders.contains("F1"))
            #expect(!rig.server.account.folders.contains("F0"))
        }
    }

    /// A rename does not wait for what is deleted afterwards, and can be taken back for a while.
    @Test func aRenamedFolderThatIsDeleted() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("F0")
        rig.server.deliver(Letter.make(11), to: "F0")
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try rename("F0", to: "F3", service, shown)
            try service.remove("F3/letter 11.eml", shown)
            _ = try service.removeFolder(try #require(shown.model.folder("F3")).id)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(service.pendingChanges == 0)
            try await rig.server.waitForMail("the rename") { $0.folders.contains("F3") }
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the folder to go") { !$0.folders.contains("F3") }
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
        }
    }
}
