import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Testing

@testable import MailService

/// What other clients did is learnt with few commands, by whatever the server offers for it.
@Suite(.serialized) struct ResyncTests {
    /// One folder besides INBOX, which is watched: nothing but the wish to synchronise makes the service look at it.
    private func rig(_ configuration: ServerConfiguration) throws -> Rig {
        let rig = try Rig(configuration.without("NOTIFY", "IDLE"))
        rig.server.deliver(Letter.make(1...50), to: "Work")
        return rig
    }

    private func bringUpToDate(_ service: MailService, _ shown: Shown, _ path: String) async throws {
        let folder = try #require(shown.model.folder(path))
        try await #require(service.running).scheduler.bringUpToDate(folder.id, lane: .listing)
    }

    @Test(arguments: [ServerKind.full, .noQResync, .noCondStore, .minimal])
    func arrivalsFlagsAndLosses(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            let ids = shown.model.messages(in: "Work").map(\.id)
            rig.server.deliver(Letter.make(51...53), to: "Work")
            rig.server.setFlags(["\\Flagged", "$Important"], of: 7, in: "Work")
            rig.server.expunge([3, 4, 20], in: "Work")
            rig.server.clearObservation()
            try await bringUpToDate(service, shown, "Work")
            // To open it; what changed, where opening does not tell; the headers of what arrived; all UIDs, where a loss was only counted.
            let fetches = [.full: 1, .noQResync: 3][kind] ?? 2
            #expect(rig.server.observation.commandNames == ["EXAMINE"] + Array(repeating: "UID FETCH", count: fetches))
            #expect(rig.server.observation.fetchedHeaders.map(\.uid) == [51, 52, 53])
            rig.expectEqual(shown)
            let kept = shown.model.messages(in: "Work").map(\.id).prefix(47)
            #expect(Array(kept) == ids.enumerated().filter { ![2, 3, 19].contains($0.offset) }.map(\.element))
        }
    }

    @Test(arguments: [ServerKind.full, .noQResync, .noCondStore, .minimal])
    func nothingNewCostsLittle(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            rig.server.clearObservation()
            try await bringUpToDate(service, shown, "Work")
            let commands = rig.server.observation.commandNames
            #expect(commands.count <= 3 && commands.first == "EXAMINE")
            #expect(commands.count == ([.full, .noQResync].contains(kind) ? 1 : 2))
            #expect(rig.server.observation.fetchedHeaders.isEmpty)
        }
    }

    @Test(arguments: [ServerKind.full, .noQResync, .noCondStore, .minimal])
    func arrivalsAlone(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            rig.server.deliver(Letter.make(60...60), to: "Work")
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
        }
    }

    @Test(arguments: [ServerKind.full, .noQResync, .noCondStore, .minimal])
    func lossesAlone(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            rig.server.expunge([50, 1], in: "Work")
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
        }
    }

    /// HAZARD 12: QRESYNC only where the server has said ENABLED.
    @Test func noENABLED() async throws {
        let rig = try rig(.full)
        rig.server.install(Misbehaviour(on: "ENABLE", .noEnabled))
        try await rig.synchronised { service, shown in
            rig.server.expunge([5], in: "Work")
            rig.server.setFlags(["\\Seen"], of: 6, in: "Work")
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
            #expect(!rig.server.observation.clientLines.contains { $0.contains("(QRESYNC") })
        }
    }

    /// HAZARD 12: a count that does not agree is looked into, and QRESYNC is not trusted any more.
    @Test func lostVANISHED() async throws {
        let rig = try rig(.full)
        try await rig.synchronised { service, shown in
            rig.server.expunge([5, 9], in: "Work")
            rig.server.forgetExpunged(in: "Work")
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
            rig.server.clearObservation()
            try await bringUpToDate(service, shown, "Work")
            #expect(!rig.server.observation.clientLines.contains { $0.contains("(QRESYNC") })
            #expect(try service.store.setting(FolderSynchronizer.distrust) != nil)
        }
    }

    /// HAZARD 11: VANISHED in several lines, and one in the answer to another command.
    @Test func severalLinesOfVANISHED() async throws {
        let rig = try rig(.full)
        try await rig.synchronised { service, shown in
            rig.server.expunge([5, 6, 9], in: "Work")
            rig.server.install(
                Misbehaviour(
                    on: "EXAMINE", containing: "QRESYNC",
                    .substitute("* VANISHED (EARLIER) 5:6,9", "* VANISHED (EARLIER) 5\r\n* VANISHED (EARLIER) 6,9")))
            rig.server.clearObservation()
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
            #expect(rig.server.observation.commandNames.count == 1)
        }
    }

    /// HAZARD 15.
    @Test(arguments: ["* OK [NOMODSEQ] None", "* OK [HIGHESTMODSEQ 0] Zero"]) func withoutModSequences(line: String)
        async throws
    {
        let rig = try rig(.full)
        rig.server.install(
            Misbehaviour(
                on: "EXAMINE",
                .alter { answer in
                    answer.omit(containing: "[HIGHESTMODSEQ")
                    answer.untagged.append(Array((line + "\r\n").utf8))
                }))
        try await rig.synchronised { service, shown in
            rig.server.setFlags(["\\Flagged"], of: 7, in: "Work")
            rig.server.expunge([3], in: "Work")
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
            #expect(
                !rig.server.observation.clientLines.contains { $0.contains("CHANGEDSINCE") || $0.contains("(QRESYNC") })
        }
    }

    /// HAZARD 16: a restored backup.
    @Test(arguments: [ServerKind.full, .noQResync]) func modSequencesGoBack(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            rig.server.setFlags(["\\Flagged"], of: 7, in: "Work")
            rig.server.expunge([3], in: "Work")
            rig.server.setHighestModSeq(2, of: "Work")
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
        }
    }

    /// What is said of the folder selected before, in the answer to EXAMINE, changes nothing in the one that is opened.
    @Test(arguments: [ServerKind.noQResync, .noCondStore]) func lateNewsOfAnotherFolder(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            rig.server.install(
                Misbehaviour(on: "EXAMINE", .insert(lines: ["* 3 FETCH (UID 3 FLAGS (\\Deleted) MODSEQ (99999))"])))
            rig.server.deliver(Letter.make(51...51), to: "Work")
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
        }
    }

    /// HAZARD 8: what opening told is taken for known once all that it covers has come. As many messages as before are there.
    @Test(arguments: [ServerKind.full, .noQResync, .noCondStore, .minimal])
    func aCutBeforeTheNewsHasCome(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            rig.server.deliver(Letter.make(51...51), to: "Work")
            rig.server.setFlags(["\\Flagged"], of: 7, in: "Work")
            rig.server.expunge(3, in: "Work")
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", at: .received, times: 2, .close))
            try? await bringUpToDate(service, shown, "Work")
            try await rig.server.waitForFiring(rule)
            rig.server.remove(rule)
            try await rig.wait(for: .online, service)
            try await bringUpToDate(service, shown, "Work")
            rig.expectEqual(shown)
        }
    }
}
