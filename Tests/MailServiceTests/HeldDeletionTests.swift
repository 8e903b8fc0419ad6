import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailSync
import Testing

@testable import MailService

/// `--delete-limit`: what is deleted beyond it is gone from the mount, stays on the server, and waits for somebody.
@Suite(.serialized) struct HeldDeletionTests {
    private static let policies: [DeletionPolicy] = [.expunge, .trash, .mark]

    /// A folder `Bin` for deleted mail, `INBOX` and an empty `Work`.
    private func rig(
        _ limit: DeletionLimit.Rule, letters: ClosedRange<Int> = 1...5, _ change: (inout Rig.Options) -> Void = { _ in }
    ) throws -> Rig {
        let rig = try Rig.changing(letters: letters) { options in
            options.deletionLimit = limit
            change(&options)
        }
        rig.server.createFolder("Bin", specialUse: "\\Trash")
        return rig
    }

    private func remove(
        _ numbers: some Sequence<Int>, from folder: String = "INBOX", _ service: MailService, _ shown: Shown
    )
        throws
    {
        for number in numbers { try service.remove("\(folder)/letter \(number).eml", shown) }
    }

    /// The numbers of the letters whose deletion is held.
    private func held(_ service: MailService) -> [Int] {
        service.heldChanges.compactMap { change in
            change.path.split(separator: " ").last.flatMap { Int($0.dropLast(4)) }
        }
    }

    /// Nothing else waits, and nobody waits for it.
    private func expectSent(_ service: MailService, sourceLocation: SourceLocation = #_sourceLocation) async {
        let left = await service.drain(until: .now + .seconds(60))
        #expect(left == 0, sourceLocation: sourceLocation)
        #expect(service.failedChanges == [], sourceLocation: sourceLocation)
    }

    /// Every folder is shown as the cache has it.
    private func list(_ service: MailService, _ shown: Shown) async throws {
        for folder in shown.model.folders.keys {
            try await service.ensureListed(folder)
            try shown.load(folder, from: service)
        }
    }

    // MARK: - What is held

    @Test(arguments: policies) func moreThanHalfOfAFolder(policy: DeletionPolicy) async throws {
        let rig = try rig(.standard, letters: 1...101) { $0.deletion = policy }
        try await rig.synchronised { service, shown in
            try remove(1...52, service, shown)
            await expectSent(service)
            #expect(held(service) == [51, 52])
            #expect(shown.model.names(in: "INBOX").count == 49)
            #expect(rig.letters(in: "INBOX") == Array(51...101))
            #expect(rig.letters(in: "Bin") == (policy == .trash ? Array(1...50) : []))
        }
    }

    @Test func theThousandAndFirst() async throws {
        let rig = try rig(.standard)
        for folder in 0..<11 {
            rig.server.createFolder("F\(folder)")
            rig.server.deliver(Letter.make((100 * folder + 1)...(100 * folder + 91)), to: "F\(folder)")
        }
        try await rig.synchronised { service, shown in
            for folder in 0..<11 {
                let messages = shown.model.messages(in: "F\(folder)")
                #expect(messages.count == 91)
                for message in messages { _ = try service.delete(message.id) }
            }
            await expectSent(service)
            #expect(service.heldCount == 1)
            #expect((0..<11).map { rig.letters(in: "F\($0)").count } == Array(repeating: 0, count: 10) + [1])
            #expect(shown.model.names(in: "F10") == [])
            rig.advanceClock(60)
            try remove([1], service, shown)
            await expectSent(service)
            #expect(service.heldCount == 1)
        }
    }

    @Test func nothingWithoutALimit() async throws {
        let rig = try rig(.off, letters: 1...101)
        try await rig.synchronised { service, shown in
            try remove(1...101, service, shown)
            try await rig.drained(service, shown)
            #expect(service.heldCount == 0)
            #expect(rig.letters(in: "INBOX") == [])
        }
    }

    /// The minute is that of the calls, not of the sending.
    @Test func offlineOverAnHour() async throws {
        let rig = try rig(.messages(2), letters: 1...60)
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 1...60 {
                try remove([number], service, shown)
                rig.advanceClock(60)
            }
            #expect(service.heldCount == 0)
            try rig.server.start()
            try await rig.wait(for: .online, service)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [])
        }
    }

    @Test func offlineWithinAMinute() async throws {
        let rig = try rig(.messages(2))
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try remove(1...4, service, shown)
            rig.advanceClock(3_600)
            try rig.server.start()
            try await rig.wait(for: .online, service)
            await expectSent(service)
            #expect(held(service) == [3, 4])
            #expect(rig.letters(in: "INBOX") == [3, 4, 5])
        }
    }

    /// What takes the place of another deletes it.
    @Test func whatIsReplaced() async throws {
        let rig = try rig(.messages(0))
        try await rig.synchronised { service, shown in
            rig.server.deliver(Letter.make(6), to: "Work")
            try await rig.settle(service, shown)
            try service.move("INBOX/letter 1.eml", to: "INBOX/letter 2.eml", shown, replacing: "INBOX/letter 2.eml")
            try service.move("INBOX/letter 3.eml", to: "Work/letter 6.eml", shown, replacing: "Work/letter 6.eml")
            await expectSent(service)
            // Where they would be shown, now that others have their names.
            #expect(service.heldChanges.map(\.path) == ["INBOX/letter 2-2.eml", "Work/letter 6-2.eml"])
            #expect(rig.letters(in: "INBOX") == [1, 2, 4, 5])
            #expect(rig.letters(in: "Work") == [3, 6])
            #expect(shown.model.names(in: "Work") == ["letter 6.eml"])
            // Back beside what took its place.
            try service.discard(service.heldChanges.filter { $0.path == "Work/letter 6-2.eml" }.map(\.id))
            #expect(shown.model.names(in: "Work") == ["letter 6-2.eml", "letter 6.eml"])
            try service.release([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 4, 5])
            #expect(rig.letters(in: "Work") == [3, 6])
        }
    }

    /// A file that is written over a message: the upload is done, the old one waits.
    @Test func whatIsWrittenOver() async throws {
        let rig = try rig(.messages(0))
        try await rig.synchronised { service, shown in
            let inbox = try #require(shown.model.folder("INBOX")).id
            let file = try service.createFile(in: inbox, name: Array(".new.tmp".utf8), purpose: .scratch)
            try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            let old = try #require(shown.model.id("INBOX/letter 1.eml"))
            _ = try service.rename(file.id, to: inbox, as: Letter.name(1), replacing: old)
            await expectSent(service)
            #expect(service.heldChanges.map(\.path) == ["INBOX/letter 1-2.eml"])
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
            #expect(try service.undelete(nil) == ["INBOX/letter 1-2.eml"])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5, 9])
        }
    }

    /// Places and names, files that are only here, new versions of drafts.
    @Test func whatIsNoDeletion() async throws {
        let rig = try rig(.messages(0))
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(30), to: "Drafts")
        try await rig.synchronised { service, shown in
            for number in 1...4 { try service.move("INBOX/letter \(number).eml", to: "Work/\(number).eml", shown) }
            try service.move("INBOX/letter 5.eml", to: "INBOX/five.eml", shown)
            let work = try #require(shown.model.folder("Work")).id
            let scratch = try service.createFile(in: work, name: Array(".x.swp".utf8), purpose: .scratch)
            _ = try service.delete(scratch.id)
            try service.write(Letter.make(40), to: "Work/new.eml", shown)
            let draft = try await service.edit(try #require(shown.model.id("Drafts/letter 30.eml")))
            try Data(Letter.make(31)).write(to: URL(fileURLWithPath: service.spoolPath(of: draft.id)))
            _ = try service.completed(draft.id, isOpen: false, modified: nil)
            #expect(service.heldCount == 0)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [1, 2, 3, 4, 40])
            #expect(rig.letters(in: "Drafts") == [31])
            // As an editor saves that writes another file and renames it.
            let drafts = try #require(shown.model.folder("Drafts")).id
            let saved = try service.createFile(in: drafts, name: Array(".d.tmp".utf8), purpose: .scratch)
            try Data(Letter.make(32)).write(to: URL(fileURLWithPath: service.spoolPath(of: saved.id)))
            _ = try service.rename(
                saved.id, to: drafts, as: Letter.name(30), replacing: shown.model.id("Drafts/letter 30.eml"))
            #expect(service.heldCount == 0)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [32])
            // An upload that the server never saw is taken back.
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(41), to: "Work/41.eml", shown)
            try service.remove("Work/41.eml", shown)
            #expect(service.heldCount == 0 && service.pendingChanges == 0)
        }
    }

    /// By whatever means it goes to the folder for deleted mail.
    @Test func aMoveToTrash() async throws {
        let rig = try rig(.messages(1))
        try await rig.synchronised { service, shown in
            for number in 1...3 {
                try service.move("INBOX/letter \(number).eml", to: "Bin/letter \(number).eml", shown)
            }
            try service.flag("Bin/letter 3.eml", .add(Flags(system: .flagged)), shown)
            try service.move("Bin/letter 3.eml", to: "Bin/three.eml", shown)
            await expectSent(service)
            try await service.synchronised(message: shown.model.id("Bin/three.eml"), folder: nil)
            #expect(held(service) == [2, 3])
            #expect(rig.letters(in: "Bin") == [1])
            #expect(shown.model.names(in: "Bin") == ["letter 1.eml", "letter 2.eml", "three.eml"])
            // Taken out of it again, to where it was or elsewhere, it was never deleted.
            try service.move("Bin/letter 2.eml", to: "Work/letter 2.eml", shown)
            try service.move("Bin/three.eml", to: "INBOX/letter 3.eml", shown)
            #expect(service.heldCount == 0)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [3, 4, 5])
            #expect(rig.letters(in: "Work") == [2])
            #expect(rig.server.flags(of: 3, in: "INBOX") == ["\\Flagged"])
        }
    }

    /// A move that waits becomes one to Trash, whose message stays where it is, or is done, and nothing is deleted.
    @Test(arguments: policies) func aMoveThatWaits(policy: DeletionPolicy) async throws {
        let rig = try rig(.messages(0)) { $0.deletion = policy }
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.move("INBOX/letter 1.eml", to: "Work/letter 1.eml", shown)
            try service.remove("Work/letter 1.eml", shown)
            try service.move("INBOX/letter 2.eml", to: "Work/letter 2.eml", shown)
            try service.move("Work/letter 2.eml", to: "Bin/letter 2.eml", shown)
            try rig.server.start()
            try await rig.wait(for: .online, service)
            await expectSent(service)
            #expect(service.heldCount == 2)
            #expect(rig.letters(in: "INBOX") == (policy == .trash ? [1, 2, 3, 4, 5] : [2, 3, 4, 5]))
            #expect(rig.letters(in: "Work") == (policy == .trash ? [] : [1]))
            #expect(shown.model.names(in: "INBOX") == [3, 4, 5].map { "letter \($0).eml" })
        }
    }

    // MARK: - What becomes of it

    @Test(arguments: policies, [true, false]) func released(policy: DeletionPolicy, restarts: Bool) async throws {
        let rig = try rig(.messages(2)) { $0.deletion = policy }
        func release(_ service: MailService, _ shown: Shown) async throws {
            #expect(held(service) == [3, 4, 5])
            #expect(shown.model.names(in: "INBOX") == [])
            #expect(rig.letters(in: "INBOX") == [3, 4, 5])
            let ids = service.heldChanges.map(\.id)
            try #require(ids.count == 3)
            try service.release([ids[1]])
            await expectSent(service)
            #expect(rig.letters(in: "INBOX") == [3, 5])
            #expect(throws: ServiceError.noSuchChange(ids[1].rawValue)) { try service.release([ids[0], ids[1]]) }
            #expect(service.heldCount == 2)
            try service.release([])
            #expect(service.heldCount == 0)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [])
            #expect(rig.letters(in: "Bin") == (policy == .trash ? [1, 2, 3, 4, 5] : []))
            // They can be brought back from now on as if they had been deleted now.
            #expect(try service.undelete("letter 3.eml") == ["INBOX/letter 3.eml"])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [3])
        }
        try await rig.synchronised { service, shown in
            try remove(1...5, service, shown)
            await expectSent(service)
            // Long after the others are gone for good.
            rig.advanceClock(500)
            if !restarts { try await release(service, shown) }
        }
        guard restarts else { return }
        rig.advanceClock(3_600)
        try await rig.run { service, shown in
            try await list(service, shown)
            try await service.waitUntilReady()
            await expectSent(service)
            try await release(service, shown)
        }
    }

    @Test(arguments: policies) func givenUp(policy: DeletionPolicy) async throws {
        let rig = try rig(.messages(2)) { $0.deletion = policy }
        try await rig.synchronised { service, shown in
            try remove(1...5, service, shown)
            await expectSent(service)
            let ids = service.heldChanges.map(\.id)
            #expect(throws: ServiceError.noSuchChange(1 << 40)) {
                try service.discard([OperationID(rawValue: 1 << 40)])
            }
            // Something else has its name meanwhile.
            try service.write(Letter.make(9), to: "INBOX/letter 4.eml", shown)
            try service.discard(Array(ids[..<2]))
            #expect(shown.model.names(in: "INBOX") == ["letter 3.eml", "letter 4-2.eml", "letter 4.eml"])
            #expect(held(service) == [5])
            try service.discard(Array(ids[2...]))
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [3, 4, 5, 9])
            #expect(service.heldCount == 0)
            #expect(shown.model.names(in: "INBOX").count == 4)
        }
    }

    @Test(arguments: policies, [true, false]) func broughtBack(policy: DeletionPolicy, restarts: Bool) async throws {
        let rig = try rig(.messages(2)) { $0.deletion = policy }
        func takeBack(_ service: MailService, _ shown: Shown) async throws {
            #expect(try service.undelete("INBOX/letter 4*") == ["INBOX/letter 4.eml"])
            #expect(try service.undelete("letter [35].eml") == ["INBOX/letter 3.eml", "INBOX/letter 5.eml"])
            #expect(service.heldCount == 0)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [3, 4, 5])
            #expect(shown.model.names(in: "INBOX") == [3, 4, 5].map { "letter \($0).eml" })
        }
        try await rig.synchronised { service, shown in
            try remove(1...5, service, shown)
            await expectSent(service)
            // The time of what was sent is over, what is held has none.
            rig.advanceClock(3_600)
            await service.running?.sender.wake()
            await expectSent(service)
            if !restarts { try await takeBack(service, shown) }
        }
        guard restarts else { return }
        try await rig.run { service, shown in
            try await list(service, shown)
            try await service.waitUntilReady()
            try await takeBack(service, shown)
        }
    }

    /// Another client deletes it: nothing is left to be decided.
    @Test func goneMeanwhile() async throws {
        let rig = try rig(.messages(0))
        try await rig.synchronised { service, shown in
            try remove(1...2, service, shown)
            await expectSent(service)
            rig.server.expunge(1, in: "INBOX")
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            await expectSent(service)
            #expect(held(service) == [2])
            #expect(service.heldCount == 1 && service.heldChanges.count == 1)
        }
    }

    /// Who may not delete may not have it done.
    @Test func notReleasedByWhoMayNotDelete() async throws {
        let rig = try rig(.messages(0))
        try await rig.synchronised { service, shown in try remove(1...2, service, shown) }
        try await rig.with { $0.allowed = [.append, .flags, .move] }.run { service, shown in
            try await list(service, shown)
            #expect(throws: ServiceError.readOnly) { try service.release([]) }
            #expect(held(service) == [1, 2])
        }
    }

    // MARK: - Folders, and who waits

    /// `rm -r`: the folders go when their mail has gone, or come back with it.
    @Test(arguments: [DeletionPolicy.expunge, .trash], [true, false])
    func aTree(policy: DeletionPolicy, isReleased: Bool) async throws {
        let rig = try rig(.messages(1)) { options in
            options.deletion = policy
            options.expungeAfter = isReleased ? 0 : 600
        }
        rig.server.createFolder("Work/Deep")
        rig.server.deliver(Letter.make(11...12), to: "Work")
        rig.server.deliver(Letter.make(13), to: "Work/Deep")
        try await rig.synchronised { service, shown in
            try remove(11...12, from: "Work", service, shown)
            try remove([13], from: "Work/Deep", service, shown)
            for path in ["Work/Deep", "Work"] {
                let folder = try #require(shown.model.folder(path)).id
                try await service.verdict(of: try service.removeFolder(folder))
            }
            #expect(shown.model.paths == ["Bin", "INBOX"])
            await expectSent(service)
            // Nobody waits for it either.
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            try await service.synchronised(message: nil, folder: nil)
            #expect(held(service) == [12, 13])
            #expect(rig.letters(in: "Work") == [12])
            #expect(rig.letters(in: "Work/Deep") == [13])
            #expect(rig.server.observation.count("DELETE") == 0)
            guard isReleased else {
                #expect(try service.undelete("Work/Deep/*") == ["Work/Deep/letter 13.eml"])
                try service.discard(service.heldChanges.map(\.id))
                #expect(shown.model.paths == ["Bin", "INBOX", "Work", "Work/Deep"])
                rig.advanceClock(601)
                await service.running?.sender.wake()
                try await rig.drained(service, shown)
                #expect(rig.letters(in: "Work") == [12])
                #expect(rig.letters(in: "Work/Deep") == [13])
                #expect(shown.model.names(in: "Work") == ["letter 12.eml"])
                return
            }
            try service.release(service.heldChanges.filter { $0.path.contains("Deep") }.map(\.id))
            try await rig.server.waitForMail("the inner folder to go") { !$0.folders.contains("Work/Deep") }
            await expectSent(service)
            #expect(rig.letters(in: "Work") == [12])
            try service.release([])
            try await rig.server.waitForMail("the folder to go") { !$0.folders.contains("Work") }
            try await rig.drained(service, shown)
        }
    }

    /// Each call waits for the server's word, but not for that which nobody asked for.
    @Test func nobodyWaitsForIt() async throws {
        let rig = try rig(.messages(1))
        try await rig.synchronised { service, shown in
            for number in 1...3 { try await service.verdict(of: service.remove("INBOX/letter \(number).eml", shown)) }
            #expect(held(service) == [2, 3])
            try await service.verdict(
                of: service.move("INBOX/letter 4.eml", to: "Bin/letter 4.eml", shown))
            try await service.verdict(of: service.flag("Bin/letter 4.eml", .add(Flags(system: .seen)), shown))
            try await service.verdict(of: service.flag("INBOX/letter 5.eml", .add(Flags(system: .seen)), shown))
            #expect(rig.server.flags(of: 5, in: "INBOX") == ["\\Seen"])
            #expect(rig.server.flags(of: 4, in: "INBOX") == [])
        }
    }
}
