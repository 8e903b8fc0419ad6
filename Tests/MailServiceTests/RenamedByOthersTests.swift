import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A folder that another client renames takes along what is to be done in it, whether MAILBOXID tells that it is the same or its messages do.
@Suite(.serialized) struct RenamedByOthersTests {
    static let servers: [ServerConfiguration] = [
        .full, .full.without("OBJECTID"), .full.without("OBJECTID", "LIST-STATUS", "NOTIFY"),
        ServerConfiguration(capabilities: ["IMAP4rev1", "UIDPLUS", "MOVE"]),
    ]

    /// The last one cannot mark a folder for deleted mail.
    private static let policies =
        servers.indices.map { ($0, DeletionPolicy.expunge) }
        + servers.indices.dropLast().map { ($0, DeletionPolicy.trash) }

    private func rig(_ server: Int, _ change: (inout Rig.Options) -> Void = { _ in }) throws -> Rig {
        let rig = try Rig.changing(Self.servers[server], change)
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        rig.server.deliver(Letter.make(11...13), to: "Work")
        rig.server.createFolder("Work/Deep")
        rig.server.deliver(Letter.make(14), to: "Work/Deep")
        return rig
    }

    private func removeAll(_ service: MailService, _ shown: Shown) throws {
        for path in ["Work/letter 11.eml", "Work/letter 12.eml", "Work/letter 13.eml", "Work/Deep/letter 14.eml"] {
            try service.remove(path, shown)
        }
        for path in ["Work/Deep", "Work"] {
            _ = try service.removeFolder(try #require(shown.model.folder(path)).id)
        }
    }

    @Test(arguments: servers.indices, [true, false]) func oneDeletionIsTakenBack(server: Int, isNoticed: Bool)
        async throws
    {
        let rig = try rig(server)
        try await rig.synchronised { service, shown in
            try service.move("Work/letter 12.eml", to: "Work/mine.eml", shown)
            try service.remove("Work/letter 11.eml", shown)
            try await rig.drained(service, shown)
            rig.server.renameFolder("Work", to: "Play")
            if isNoticed { try await rig.settle(service, shown) }
            let restored = try await service.restore(nil)
            #expect(restored == Restoration(back: ["Play/letter 11.eml"]))
            #expect(rig.letters(in: "Play") == [11, 12, 13])
            try await rig.drained(service, shown)
            #expect(shown.model.names(in: "Play") == ["letter 11.eml", "letter 13.eml", "mine.eml"])
            #expect(shown.model.names(in: "Play/Deep") == ["letter 14.eml"])
            #expect(shown.model.folder("Work") == nil)
            #expect(service.failedChanges == [])
        }
    }

    @Test(arguments: servers.indices, [true, false]) func itIsCarriedOut(server: Int, restarts: Bool) async throws {
        let rig = try rig(server)
        let over = { (service: MailService, shown: Shown) in
            try await rig.settle(service, shown)
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the expunge") { $0.messages(in: "Play").count == 2 }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Play") == [12, 13])
            #expect(service.failedChanges == [])
        }
        try await rig.synchronised { service, shown in
            try service.remove("Work/letter 11.eml", shown)
            try await rig.drained(service, shown)
            if restarts { return }
            rig.server.renameFolder("Work", to: "Play")
            try await over(service, shown)
        }
        guard restarts else { return }
        rig.server.renameFolder("Work", to: "Play")
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try shown.loadAll(from: service)
            try await over(service, shown)
        }
    }

    /// What is brought to a folder that has had another name for a moment arrives there.
    @Test(arguments: servers.indices, ["upload", "two uploads", "move", "two moves", "copy"])
    func whatComesFollows(server: Int, what: String) async throws {
        let rig = try rig(server)
        try await rig.synchronised { service, shown in
            rig.server.renameFolder("Work", to: "Play")
            var receipts: [Receipt] = []
            // The second may be late enough to know the name.
            func path(_ number: Int) -> String {
                (shown.model.folder("Work") == nil ? "Play" : "Work") + "/letter \(number).eml"
            }
            switch what {
            case "upload", "two uploads":
                for number in 21...(what == "upload" ? 21 : 22) {
                    receipts.append(try service.write(Letter.make(number), to: path(number), shown))
                }
            case "move", "two moves":
                for number in 1...(what == "move" ? 1 : 2) {
                    receipts.append(try service.move("INBOX/letter \(number).eml", to: path(number), shown))
                }
            default: receipts.append(try service.write(Letter.make(1), to: path(1), shown))
            }
            for receipt in receipts { try await service.verdict(of: receipt) }
            try await rig.drained(service, shown)
            let brought = [
                "upload": [21], "two uploads": [21, 22], "move": [1], "two moves": [1, 2], "copy": [1],
            ][what, default: []]
            #expect(rig.letters(in: "Play").sorted() == (brought + [11, 12, 13]).sorted())
            #expect(service.failedChanges == [])
            #expect(shown.model.names(in: "Play").contains("letter \(brought[0]).eml"))
        }
    }

    @Test(arguments: policies)
    func aDeletedFolderIsTakenBack(server: Int, policy: DeletionPolicy) async throws {
        let rig = try rig(server) { $0.deletion = policy }
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            try await rig.drained(service, shown)
            rig.server.renameFolder("Work", to: "Play")
            try await rig.settle(service, shown)
            #expect(shown.model.paths == ["Bin", "INBOX"])
            let restored = try await service.restore(nil)
            #expect(
                restored.back.sorted() == [
                    "Play/Deep/letter 14.eml", "Play/letter 11.eml", "Play/letter 12.eml", "Play/letter 13.eml",
                ])
            #expect(restored.waiting + restored.lost == [])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Play") == [11, 12, 13])
            #expect(rig.letters(in: "Play/Deep") == [14])
            #expect(service.failedChanges == [])
        }
    }

    @Test(arguments: servers.indices) func aDeletedFolderGoes(server: Int) async throws {
        let rig = try rig(server)
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            try await rig.drained(service, shown)
            rig.server.renameFolder("Work", to: "Play")
            try await rig.settle(service, shown)
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.server.waitForMail("the folders to go") { $0.folders.sorted() == ["Bin", "INBOX"] }
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
        }
    }

    /// With another UIDVALIDITY nothing tells that it is the same: that is said at once, with a path.
    @Test func isNotKnownAgain() async throws {
        let rig = try rig(1)
        try await rig.synchronised { service, shown in
            try removeAll(service, shown)
            try await rig.drained(service, shown)
            rig.server.renameFolder("Work", to: "Play")
            for folder in ["Play", "Play/Deep"] { rig.server.changeUIDValidity(of: folder) }
            try await rig.settle(service, shown)
            // Expunges that are not due are nothing to be drained.
            let deadline = rig.deadline
            while service.failedChanges.count < 4, rig.options.clock.now < deadline {
                await service.journal.waiting.wait(until: deadline, by: rig.options.clock) {
                    service.failedChanges.count >= 4
                }
            }
            #expect(
                service.failedChanges.map(\.path).sorted() == [
                    "Work/Deep/letter 14.eml", "Work/letter 11.eml", "Work/letter 12.eml", "Work/letter 13.eml",
                ])
            #expect(shown.model.paths == ["Bin", "INBOX", "Play", "Play/Deep"])
            #expect(try await service.restore(nil) == Restoration())
        }
    }

    /// A stranger that looks the same from outside: nothing that is known of the one is taken for the other's.
    @Test func aStrangerWithTheSameNumbers() async throws {
        let rig = try rig(3)
        try await rig.synchronised { service, shown in
            _ = try await service.read(2, in: "Work", shown)
            try service.remove("Work/letter 11.eml", shown)
            try await rig.drained(service, shown)
            rig.server.renameFolder("Work", to: "Play")
            for uid in 1...3 as ClosedRange<UInt32> {
                rig.server.overwrite(uid, in: "Play", with: Letter.make(Int(uid) + 60))
                rig.server.setFlags([], of: uid, in: "Play")
            }
            try await rig.settle(service, shown)
            #expect(shown.model.names(in: "Play") == [61, 62, 63].map { "letter \($0).eml" })
            #expect(try await service.read(2, in: "Play", shown) == Letter.make(62))
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Play") == [61, 62, 63])
        }
    }
}
