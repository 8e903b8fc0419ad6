import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Testing

@testable import MailService

/// What is not proven is not believed: the cursor stands still, and nothing is dropped.
@Suite(.serialized) struct EvidenceTests {
    private func rig(_ configuration: ServerConfiguration, messages: Int = 40) throws -> Rig {
        let rig = try Rig(configuration.without("NOTIFY", "IDLE"))
        rig.server.deliver(Letter.make(1...messages), to: "Work")
        return rig
    }

    private func bringUpToDate(_ service: MailService, _ shown: Shown) async throws {
        let folder = try #require(shown.model.folder("Work"))
        try await #require(service.running).scheduler.bringUpToDate(folder.id, lane: .listing)
    }

    /// HAZARD 8: data without its tagged OK moves nothing; with it the same data is learnt once.
    @Test(arguments: [ServerKind.full, .noQResync, .noCondStore])
    func noTaggedOKNoProgress(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            let id = try #require(shown.model.folder("Work")).id
            let before = try service.store.cursor(id)
            rig.server.deliver(Letter.make(41...45), to: "Work")
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", .completion("NO [SERVERBUG] Sorry")))
            await #expect(throws: ServiceError.self) { try await bringUpToDate(service, shown) }
            #expect(try service.store.cursor(id) == before)
            rig.server.remove(rule)
            try await bringUpToDate(service, shown)
            rig.expectEqual(shown)
        }
    }

    /// HAZARD 9: what a FETCH leaves out is asked for again, by exactly those UIDs, and kept if it is there.
    @Test(arguments: [ServerKind.full, .noCondStore]) func missingLinesAreAskedForAgain(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        rig.server.install(Misbehaviour(on: "UID FETCH", containing: "HEADER", times: 1, .omitMessages([7, 8, 30])))
        try await rig.synchronised { _, _ in
            let asked = rig.server.observation.clientLines.filter {
                $0.contains("HEADER") && $0.contains("FETCH 7:8,30 ")
            }
            #expect(asked.count == 1)
        }
    }

    @Test func missingArrivalsAreAskedForAgain() async throws {
        let rig = try rig(.full)
        try await rig.synchronised { service, shown in
            rig.server.deliver(Letter.make(41...44), to: "Work")
            rig.server.install(Misbehaviour(on: "UID FETCH", containing: "HEADER", times: 1, .omitMessages([42])))
            try await bringUpToDate(service, shown)
            rig.expectEqual(shown)
        }
    }

    /// HAZARD 9: absent twice is gone where a third question, for the flags alone, agrees.
    @Test func absentThriceIsGone() async throws {
        let rig = try rig(.noCondStore)
        rig.server.install(Misbehaviour(on: "UID FETCH", containing: "HEADER", .omitMessages([7])))
        // Expunged by somebody else, between the listing and the third question.
        rig.server.install(
            Misbehaviour(on: "UID FETCH", containing: "FETCH 7 (UID FLAGS)", .omitMessages([7])))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.ensureListed(try #require(shown.model.folder("Work")).id)
            #expect(shown.model.uids(in: "Work") == (1...40).filter { $0 != 7 })
        }
    }

    /// HAZARD 10: a listing with fewer messages than EXISTS said has left some out, however few they are.
    @Test func aListingShorterThanItsFolderDropsNothing() async throws {
        let rig = try rig(.noCondStore)
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "UID FETCH", containing: "FLAGS", times: 1, .omitMessages([7, 8])))
            rig.server.deliver(Letter.make(41...41), to: "Work")
            try await bringUpToDate(service, shown)
            rig.expectEqual(shown)
        }
    }

    enum Loss: String, CaseIterable, Sendable {
        case empty, shorter
    }

    /// HAZARD 10: a listing that lost much is believed when another connection says the same.
    @Test(arguments: Loss.allCases, [ServerKind.full, .noQResync, .noCondStore])
    func aWrongListingDropsNothing(loss: Loss, kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            let ids = shown.model.messages(in: "Work").map(\.id)
            let bad = Set<UInt32>(loss == .empty ? 1...40 : 10...40)
            // The connection that is used next lies in all it says, others do not.
            let liar = rig.server.observation.accepted
            for connection in 1...liar {
                rig.server.install(
                    Misbehaviour(
                        on: "EXAMINE", containing: "Work", connection: connection,
                        .alter { answer in
                            answer.omit(containing: "EXISTS")
                            answer.add("\(40 - bad.count) EXISTS")
                        }))
                rig.server.install(
                    Misbehaviour(on: "UID FETCH", connection: connection, .omitMessages(Array(bad))))
            }
            try await bringUpToDate(service, shown)
            #expect(rig.server.observation.accepted > liar)
            #expect(shown.model.messages(in: "Work").map(\.id) == ids)
            #expect(shown.model.removed.isEmpty)
        }
    }

    /// HAZARD 13: a mass VANISHED is confirmed as well.
    @Test func aWrongVANISHEDDropsNothing() async throws {
        let rig = try rig(.full)
        try await rig.synchronised { service, shown in
            let accepted = rig.server.observation.accepted
            rig.server.install(
                Misbehaviour(on: "EXAMINE", containing: "QRESYNC", .append(lines: ["* VANISHED (EARLIER) 1:35"])))
            try await bringUpToDate(service, shown)
            #expect(rig.server.observation.accepted > accepted)
            #expect(shown.model.removed.isEmpty)
            rig.expectEqual(shown)
        }
    }

    @Test(arguments: [ServerKind.full, .noQResync, .noCondStore])
    func aTrueLossIsShownOnceItIsConfirmed(kind: ServerKind) async throws {
        let rig = try rig(kind.configuration)
        try await rig.synchronised { service, shown in
            let accepted = rig.server.observation.accepted
            rig.server.expunge(Array(1...35), in: "Work")
            try await bringUpToDate(service, shown)
            #expect(rig.server.observation.accepted > accepted)
            rig.expectEqual(shown)
        }
    }

    /// HAZARD 4.
    @Test(arguments: ["[UIDVALIDITY", "[UIDNEXT", "[HIGHESTMODSEQ", "FLAGS"])
    func halfAnAnswerToEXAMINE(missing: String) async throws {
        let rig = try rig(.full)
        rig.server.install(Misbehaviour(on: "EXAMINE", .omit(missing)))
        try await rig.synchronised { service, shown in
            #expect(try await service.read(7, in: "Work", shown) == Letter.make(7))
            rig.server.deliver(Letter.make(41...41), to: "Work")
            rig.server.expunge([2], in: "Work")
            try await bringUpToDate(service, shown)
            rig.expectEqual(shown)
        }
    }
}
