import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Where deleted mail goes does not hang on what the mount shows, and nothing is expunged in its place.
@Suite(.serialized) struct TrashTests {
    @Test(arguments: ["--folder", "--exclude"]) func isFoundWhereItIsNotShown(option: String) async throws {
        let rig = try Rig.changing { options in
            options.deletion = .trash
            if option == "--folder" { options.folders = ["INBOX"] } else { options.excluded = ["Bin"] }
        }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        rig.server.deliver(Letter.make(90...94), to: "Bin")
        rig.server.createFolder("Private")
        rig.server.deliver(Letter.make(80...81), to: "Private")
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(shown.model.folder("Bin") == nil)
            let beforehand = rig.server.observation.clientLines
            #expect(!beforehand.contains { $0.contains("EXAMINE Bin") || $0.contains("EXAMINE \"Bin\"") })
            rig.server.clearObservation()
            try await service.verdict(of: service.remove("INBOX/letter 2.eml", shown))
            rig.advanceClock(601)
            await service.running?.sender.wake()
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            #expect(rig.server.changingCommands == ["UID MOVE"])
            #expect(rig.letters(in: "INBOX") == [1, 3, 4, 5])
            #expect(rig.letters(in: "Bin") == [2, 90, 91, 92, 93, 94])
            #expect(shown.model.folder("Bin") == nil)
            #expect(rig.server.observation.bodies.allSatisfy { $0.folder != "Bin" || $0.section != "" })
            #expect(try await service.status().folders.allSatisfy { $0.path != "Bin" })
            #expect {
                try service.createFolder(in: .root, name: Array("Bin".utf8))
            } throws: {
                if case .notPermitted = $0 as? ServiceError { true } else { false }
            }
        }
        if option == "--folder" {
            #expect(!rig.server.observation.clientLines.contains { $0.contains("EXAMINE Private") })
        }
    }

    /// The first deletion makes one where CREATE can say what it is for.
    @Test(arguments: [true, false]) func isMade(online: Bool) async throws {
        let rig = try Rig.changing { $0.deletion = .trash }
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            if !online {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
            }
            try service.remove("INBOX/letter 2.eml", shown)
            try service.remove("INBOX/letter 3.eml", shown)
            #expect(shown.model.names(in: "INBOX") == [1, 4, 5].map { "letter \($0).eml" })
            #expect(shown.model.names(in: "Trash") == [2, 3].map { "letter \($0).eml" })
            if !online { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(
                rig.server.observation.clientLines.contains { $0.contains("CREATE") && $0.hasSuffix("(USE (\\Trash))") }
            )
            #expect(rig.letters(in: "Trash") == [2, 3])
            #expect(shown.model.folder("Trash")?.specialUse == .trash)
            #expect(rig.server.observation.count("CREATE") == 1)
            #expect(rig.server.observation.count("UID STORE") == 0)
            #expect(service.failedChanges == [])
        }
    }

    /// Else nothing is deleted: not by expunging, and not into a folder that only has the name.
    @Test(arguments: ["capability", "name", "both"]) func isNotToBeHad(lacking: String) async throws {
        let rig = try Rig.changing(lacking == "name" ? .full : .full.without("CREATE-SPECIAL-USE")) {
            $0.deletion = .trash
        }
        if lacking != "capability" { rig.server.createFolder("Trash") }
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            #expect {
                try service.remove("INBOX/letter 2.eml", shown)
            } throws: {
                if case .notPermitted = $0 as? ServiceError { true } else { false }
            }
            // What it would take the place of stays as well.
            #expect(throws: ServiceError.self) {
                try service.move("INBOX/letter 3.eml", to: "INBOX/letter 4.eml", shown, replacing: "INBOX/letter 4.eml")
            }
            #expect(shown.model.names(in: "INBOX") == (1...5).map { "letter \($0).eml" })
            try await rig.drained(service, shown)
            #expect(rig.server.changingCommands == [])
        }
    }

    /// Refused by the server after all: the message is back, and what was refused is told. It is tried again with the next one.
    @Test func isRefused() async throws {
        let rig = try Rig.changing { $0.deletion = .trash }
        let rule = rig.server.install(Misbehaviour(on: "CREATE", at: .received, .refuse("NO [USEATTR] not here")))
        try await rig.synchronised { service, shown in
            try service.remove("INBOX/letter 2.eml", shown)
            let left = await service.drain(until: .now + .seconds(60))
            #expect(left == 0)
            #expect(shown.model.names(in: "INBOX") == (1...5).map { "letter \($0).eml" })
            #expect(service.failedChanges.map(\.operation) == ["mkdir"])
            rig.server.remove(rule)
            try service.remove("INBOX/letter 2.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Trash") == [2])
            #expect(service.failedChanges == [])
        }
    }

    // MARK: - Taking it back

    /// To where it was, under its name; shown or not, sent or not, before and after a restart.
    @Test(arguments: [true, false], [true, false]) func isTakenOutAgain(isShown: Bool, isSent: Bool) async throws {
        let rig = try Rig.changing { options in
            options.deletion = .trash
            if !isShown { options.excluded = ["Bin"] }
        }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        rig.server.deliver(Letter.make(90...91), to: "Bin")
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            if !isSent {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
            }
            try service.move("INBOX/letter 3.eml", to: "INBOX/mine.eml", shown)
            for name in ["letter 2", "mine", "letter 4"] { try service.remove("INBOX/\(name).eml", shown) }
            if isSent { #expect(await service.drain(until: .now + .seconds(60)) == 0) }
        }
        if isSent { rig.server.stop() }
        try await rig.run { service, shown in
            try await rig.wait(for: .offline, service)
            try shown.loadAll(from: service)
            if !isShown { try shown.load(try #require(service.facts.trash).id, from: service) }
            try rig.server.start()
            try await rig.wait(for: .online, service)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(rig.letters(in: "Bin") == [2, 3, 4, 90, 91])
            #expect(try service.undelete("INBOX/letter*") == ["INBOX/letter 2.eml", "INBOX/letter 4.eml"])
            #expect(shown.model.names(in: "INBOX") == [1, 2, 4, 5].map { "letter \($0).eml" })
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            #expect(rig.letters(in: "INBOX") == [1, 2, 4, 5])
            #expect(try service.undelete("letter*") == [])
            #expect(try service.undelete(nil) == ["INBOX/mine.eml"])
            #expect(await service.drain(until: .now + .seconds(60)) == 0)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(rig.letters(in: "Bin") == [90, 91])
            #expect(service.failedChanges == [])
        }
    }

    /// Not what came there otherwise, was put elsewhere since, or went there too long ago.
    @Test func isLeftThere() async throws {
        let rig = try Rig.changing { $0.deletion = .trash }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        try await rig.synchronised { service, shown in
            try service.move("INBOX/letter 1.eml", to: "Bin/letter 1.eml", shown)
            try service.remove("INBOX/letter 2.eml", shown)
            try service.remove("INBOX/letter 3.eml", shown)
            try service.move("Bin/letter 2.eml", to: "Work/letter 2.eml", shown)
            rig.advanceClock(601)
            #expect(try service.undelete(nil) == [])
            try service.remove("INBOX/letter 4.eml", shown)
            try service.move("Bin/letter 4.eml", to: "Work/letter 4.eml", shown)
            #expect(try service.undelete(nil) == [])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Bin") == [1, 3])
            #expect(rig.letters(in: "Work") == [2, 4])
        }
    }

    /// Deleted in there as well, it comes back in two steps.
    @Test func isDeletedTwice() async throws {
        let rig = try Rig.changing { $0.deletion = .trash }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        try await rig.synchronised { service, shown in
            try await service.verdict(of: service.remove("INBOX/letter 2.eml", shown))
            try await service.verdict(of: service.remove("Bin/letter 2.eml", shown))
            #expect(shown.model.names(in: "Bin") == [])
            #expect(try service.undelete("letter 2.eml").last == "INBOX/letter 2.eml")
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(rig.letters(in: "Bin") == [])
        }
    }
}
