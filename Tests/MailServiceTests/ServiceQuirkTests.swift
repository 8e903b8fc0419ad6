import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

@Suite struct ServiceQuirkTests {
    @Test(arguments: ServiceQuirk.allCases) func isBorne(quirk: ServiceQuirk) async throws {
        switch quirk {
        case .refusesAbsentUID:
            try await refusedUIDs()
            try await refusedSets()
        case .renumbersUnseenMail: try await renumbered()
        case .dropsRenamedSelection: try await droppedSelection()
        case .readsRecreatedFolder: try await recreatedFolder()
        case .refusesSelectedFolder: try await selectedFolders()
        case .refusesExtendedList: try await refusedList()
        case .countsExpungedMail: try await oldCount()
        case .listsAsBefore: try await oldLists()
        case .copiesNothing:
            for capabilities in [[], ["MOVE"], ["UIDPLUS"]] { try await emptyCopies(without: capabilities) }
        }
    }

    /// Asked once with RETURN, and as RFC 3501 has it from then on, after a restart too.
    private func refusedList() async throws {
        let rig = try Rig(.full.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...3), to: "Work")
        rig.server.install(Misbehaviour(on: "LIST", containing: "RETURN", at: .received, .refuse("BAD syntax")))
        try await rig.synchronised { _, shown in #expect(shown.model.uids(in: "Work") == [1, 2, 3]) }
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await #require(service.running).steward.listNow()
            #expect(shown.model.paths.contains("Work"))
        }
        #expect(rig.server.observation.clientLines.count { $0.contains("RETURN") } == 1)
    }

    /// What another client has made is there after each `sync`, though sessions go on without it.
    private func oldLists() async throws {
        var configuration = ServerConfiguration.full.without("NOTIFY")
        configuration.listsAsBefore = true
        let rig = try Rig(configuration)
        try await rig.synchronised { service, shown in
            for name in ["New", "Newer", "Newest"] {
                rig.server.createFolder(name)
                rig.server.deliver(Letter.make(1...2), to: name)
                try await rig.settle(service, shown)
                #expect(shown.model.uids(in: name) == [1, 2])
            }
        }
    }

    /// BAD for a UID means gone where a listing agrees, and that there is no text where it does not.
    private func refusedUIDs() async throws {
        let rig = try Rig(.minimal)
        rig.server.deliver(Letter.make(1...5), to: "Work")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let last = try #require(shown.model.message(5, in: "Work"))
            let kept = try #require(shown.model.message(2, in: "Work"))
            rig.server.install(
                Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", .refuse("BAD no such message")))
            await #expect(throws: ServiceError.unavailable("it is listed, but not to be had")) {
                _ = try await service.body(of: kept, in: folder.id)
            }
            rig.server.expunge(5, in: "Work")
            await #expect(throws: ServiceError.gone) { _ = try await service.body(of: last, in: folder.id) }
            rig.server.behave()
            #expect(try await service.body(of: kept, in: folder.id).bytes == Letter.make(2))
        }
    }

    /// A body with another header than was listed is believed only where the folder, opened anew, is the same.
    private func recreatedFolder() async throws {
        // One connection reads: a second one would open the folder by itself.
        let rig = try Rig(.minimal, Rig.Options { $0.connections = 2 })
        rig.server.deliver(Letter.make(1...5), to: "Work")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            func body(_ uid: UInt32) async throws -> [UInt8] {
                let message = try #require(shown.model.message(uid, in: "Work"))
                return try await service.body(of: message, in: folder.id).bytes
            }
            func install(_ command: String, _ text: String, _ action: Misbehaviour.Action) {
                rig.server.install(Misbehaviour(on: command, containing: text, times: 1, action))
            }
            // From here on a connection has the folder open.
            #expect(try await body(1) == Letter.make(1))
            install("UID FETCH", "BODY.PEEK[]", .body(Letter.make(7)))
            #expect(try await body(2) == Letter.make(7))
            install("UID FETCH", "BODY.PEEK[]", .body(Letter.make(7)))
            install("EXAMINE", "Work", .substitute("[UIDVALIDITY 17", "[UIDVALIDITY 18"))
            #expect(try await body(3) == Letter.make(3))
            #expect(try await body(5) == Letter.make(5))
            // Of another length too, where the session's own word on the header agrees.
            let longer = Letter.make(4_444_444)
            install("UID FETCH", "BODY.PEEK[]", .body(longer))
            install("UID FETCH", "UID RFC822.SIZE BODY.PEEK[HEADER", .body(longer))
            install("EXAMINE", "Work", .substitute("[UIDVALIDITY 17", "[UIDVALIDITY 18"))
            #expect(try await body(4) == Letter.make(4))
        }
    }

    /// A UID that is not there costs its own message only.
    private func refusedSets() async throws {
        var configuration = ServerConfiguration.minimal
        configuration.refusesAbsentUID = true
        let rig = try Rig.changing(configuration, letters: 1...9)
        try await rig.synchronised { service, shown in
            rig.server.expunge([2, 4, 6, 7], in: "INBOX")
            rig.server.deliver(Letter.make(6...7), to: "INBOX")
            for number in 1...8 where number != 7 {
                try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown)
            }
            try service.flag("INBOX/letter 7.eml", .add(Flags(system: [.seen])), shown)
            let left = await service.drain(until: .now + .seconds(60))
            #expect(left == 0)
            try await rig.settle(service, shown)
            #expect(rig.letters(in: "Work") == [1, 3, 5, 6, 8])
            #expect(rig.letters(in: "INBOX") == [7, 9])
            #expect(rig.server.messages(in: "INBOX").contains { $0.flags.contains("\\Seen") })
            #expect(service.failedChanges.map(\.path).sorted() == ["Work/2.eml", "Work/4.eml"])
        }
    }

    private func renumbered() async throws {
        let rig = try Rig(.minimal)
        rig.server.deliver(Letter.make(1...20), to: "Work")
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("Work"))
            let message = try #require(shown.model.message(15, in: "Work"))
            rig.server.changeUIDValidity(of: "Work", firstUID: 101)
            #expect(try await service.body(of: message, in: folder.id).bytes == Letter.make(15))
            #expect(shown.model.message(115, in: "Work")?.id == message.id)
        }
        try await renumberedWhileChanged()
    }

    /// The UIDs change in the same epoch, between the listing and the change.
    private func renumberedWhileChanged() async throws {
        let rig = try Rig.changing(.minimal)
        rig.server.deliver(Letter.make(11...13), to: "Work")
        try await rig.synchronised { service, shown in
            let deleted = try #require(shown.model.id("Work/letter 11.eml"))
            let moved = try #require(shown.model.id("Work/letter 12.eml"))
            let kept = try #require(shown.model.id("Work/letter 13.eml"))
            rig.server.expunge([1, 2, 3], in: "Work")
            rig.server.deliver(Letter.make(11...13), to: "Work")
            try service.remove("Work/letter 11.eml", shown)
            try service.move("Work/letter 12.eml", to: "INBOX/twelve.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [13])
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 12])
            #expect(shown.model.id("INBOX/twelve.eml") == moved)
            #expect(shown.model.id("Work/letter 13.eml") == kept)
            #expect(shown.model.named("Work/letter 13.eml")?.uid == UID(6))
            #expect(service.failedChanges == [])
            #expect(try service.undelete(nil) == ["Work/letter 11.eml"])
            #expect(shown.model.id("Work/letter 11.eml") == deleted)
        }
    }

    private func droppedSelection() async throws {
        var configuration = ServerConfiguration.full
        configuration.folderLost = .disconnect
        let rig = try Rig(configuration)
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.renameFolder("Work", to: "Play")
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(try await service.read(2, in: "Play", shown) == Letter.make(2))
        }
    }

    /// With one connection, which has the folder selected or one below it.
    private func selectedFolders() async throws {
        var configuration = ServerConfiguration.minimal
        configuration.refusesSelectedFolder = true
        let rig = try Rig.changing(configuration) { $0.connections = 1 }
        rig.server.createFolder("Work/Deep")
        rig.server.deliver(Letter.make(6...7), to: "Work/Deep")
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work")).id
            #expect(try await service.read(1, in: "Work/Deep", shown) == Letter.make(6))
            try await service.verdict(of: service.renameFolder(work, to: .root, name: Array("Play".utf8)))
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Play/Deep") == [6, 7])
            #expect(try await service.read(1, in: "INBOX", shown) == Letter.make(1))
            try await service.verdict(of: service.write(Letter.make(9), to: "INBOX/nine.eml", shown))
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
            let (folder, receipt) = try service.createFolder(in: .root, name: Array("Brief".utf8))
            try await service.verdict(of: receipt)
            try await service.synchronise(paths: ["Brief"], bodies: false, progress: { _, _ in })
            try await service.verdict(of: service.removeFolder(folder.id))
            try await rig.drained(service, shown)
            #expect(shown.model.folder("Brief") == nil)
            #expect(service.failedChanges == [])
        }
    }

    /// A folder is not kept for messages that only STATUS still counts.
    private func oldCount() async throws {
        let rig = try Rig.changing(.minimal)
        rig.server.createFolder("Brief")
        rig.server.install(
            Misbehaviour(on: "STATUS", containing: "Brief", .substitute("MESSAGES 0", "MESSAGES 3")))
        try await rig.synchronised { service, shown in
            let brief = try #require(shown.model.folder("Brief")).id
            try await service.verdict(of: service.removeFolder(brief))
            try await rig.drained(service, shown)
            #expect(!rig.server.account.folders.contains("Brief"))
        }
        // The server did say so.
        #expect(rig.server.observation.clientLines.contains { $0.contains("EXAMINE") && $0.contains("Brief") })
    }

    /// Copies are uploaded, and nothing is taken away for a copy that is not what it should be.
    private func emptyCopies(without capabilities: [String]) async throws {
        var configuration = ServerConfiguration.full
        for name in capabilities { configuration = configuration.without(name) }
        configuration.copiesNothing = true
        let rig = try Rig.changing(configuration)
        let hasMove = !capabilities.contains("MOVE")
        try await rig.synchronised { service, shown in
            #expect(try await service.read(1, in: "INBOX", shown) == Letter.make(1))
            if hasMove {
                try service.write(Letter.make(1), to: "Work/copy.eml", shown)
                let copy = try #require(shown.model.id("Work/copy.eml"))
                try await rig.drained(service, shown)
                #expect(shown.model.id("Work/copy.eml") == copy)
                #expect(rig.letters(in: "Work") == [-1, 1])
                try service.write(Letter.make(1), to: "Work/again.eml", shown)
                try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
                try await rig.drained(service, shown)
                #expect(rig.letters(in: "Work") == [-1, 1, 1, 2])
                #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
                #expect(service.failedChanges == [])
                #expect(rig.server.observation.count("APPEND") == 2)
            } else {
                for number in 1...2 {
                    let receipt = try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown)
                    await #expect(throws: ServiceError.self) { try await service.verdict(of: receipt) }
                }
                try await rig.settle(service, shown)
                #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
                #expect(rig.server.messages(in: "INBOX").count == 5)
                #expect(service.failedChanges.count == 2)
            }
        }
        #expect(rig.server.observation.count("UID COPY") == 1)
    }
}
