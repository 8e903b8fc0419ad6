import Foundation
import IMAPValue
import MailModel
import MailStore
import MailSync
import Synchronization
import Testing

@testable import MailService

/// What a sender says to the journal.
@Suite struct DeliveryTests {
    private let bench: JournalBench
    private let message: MessageID

    init() throws {
        bench = try JournalBench()
        message = try bench.id("INBOX/letter 1.eml")
    }

    private func moved(to name: String = "a.eml") throws -> MailModel.Operation {
        let receipt = try bench.journal.rename(message, to: bench.work.id, as: Array(name.utf8), replacing: nil)
        return try #require(bench.operations.first { $0.id == receipt.operations[0] })
    }

    @Test func oneHasIt() throws {
        let operation = try moved()
        let mine = bench.journal.claim([operation])
        #expect(mine == [operation])
        #expect(bench.journal.claim([operation]) == [])
        bench.journal.unclaim(mine)
        #expect(bench.journal.claim([operation]) == [operation])
    }

    /// Between the plan and its turn it became something else.
    @Test func onlyAsItWasPlanned() throws {
        let planned = try moved()
        let now = try moved(to: "b.eml")
        #expect(planned.id == now.id)
        #expect(bench.journal.claim([planned]) == [])
        #expect(bench.journal.claim([now]) == [now])
    }

    @Test func whatSomebodyWritesIsHeld() throws {
        let file = try bench.journal.createFile(in: bench.work.id, name: Array("n.eml".utf8), purpose: .unfinished)
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: bench.store.spoolPath(of: file.id)))
        _ = try bench.journal.completed(file.id, isOpen: true, modified: nil)
        #expect(bench.operations.count == 1)
        #expect(bench.journal.claim(bench.operations) == [])
        _ = try bench.journal.completed(file.id, isOpen: false, modified: nil)
        #expect(bench.journal.claim(bench.operations).count == 1)
    }

    /// The store says that it is sent before anything else is done, and so does the next start.
    @Test func sentIsWrittenDown() throws {
        let operation = try moved()
        let from = try #require(UID(7))
        #expect(bench.journal.unanswered == [])
        try bench.journal.begin(bench.journal.claim([operation]), arrivesFrom: [bench.work.id: from])
        let sent = try #require(bench.journal.unanswered.first)
        #expect(sent.state == .sent)
        #expect(sent.attempts == 1)
        #expect(sent.arrivesFrom == from)
        #expect(try bench.store.operations() == [sent])
        #expect(bench.journal.claim([sent]) == [])
    }

    @Test func doneIsGone() throws {
        let operation = try moved()
        try bench.journal.begin(bench.journal.claim([operation]), arrivesFrom: [:])
        try bench.journal.settle([Settlement(operation.id, .moved(.first, UID(9)))], of: [operation])
        #expect(bench.operations == [])
        #expect(bench.journal.unanswered == [])
        #expect(try bench.store.message(message)?.folder == bench.work.id)
        #expect(try bench.journal.home(of: message) == bench.work.id)
        #expect(!bench.journal.isChanged(message))
        #expect(bench.shown.model.id("Work/a.eml") == message)
    }

    /// A move that was done as a copy leaves an original, which nobody brings back.
    @Test func theOriginalIsKnown() throws {
        let operation = try moved()
        try bench.journal.begin(bench.journal.claim([operation]), arrivesFrom: [:])
        try bench.journal.settle([Settlement(operation.id, .movedByCopy(.first, UID(9)))], of: [operation])
        #expect(bench.journal.originals.withLock { $0.keys.contains(operation.id) })
        let original = try #require(bench.journal.originals.withLock { $0[operation.id] })
        #expect(original.folder == bench.work.id)
        #expect(original.name == Array("a.eml".utf8))
    }

    @Test func onlyANameIsLeft() throws {
        let away = try moved()
        // What is on the wire cannot be taken back: it is to come home afterwards, and then never went.
        try bench.journal.begin(bench.journal.claim([away]), arrivesFrom: [:])
        _ = try bench.journal.rename(message, to: bench.inbox.id, as: Array("b.eml".utf8), replacing: nil)
        try bench.journal.setWaiting([away.id])
        try bench.journal.changing { try bench.journal.remove([away.id]) }
        let operation = try #require(bench.operations.first)
        let mine = bench.journal.claim([operation])
        for one in mine { try bench.journal.settleName(of: one) }
        bench.journal.unclaim(mine)
        #expect(bench.operations == [])
        #expect(try bench.store.message(message)?.summary.name == Array("b.eml".utf8))
    }

    /// Of what the server does not have, deletions are done, and the rest has failed.
    @Test func lost() throws {
        let move = try moved()
        let two = try bench.id("INBOX/letter 2.eml")
        _ = try bench.journal.delete(two)
        try bench.journal.endLost(bench.operations)
        #expect(bench.operations.map(\.id) == [move.id])
        #expect(bench.operations.first?.state.isFailed == true)
    }
}

@Suite struct SettlingFilesTests {
    private let bench: JournalBench
    private let clock = ManualClock()
    private let file: LocalFile

    /// Somebody writes a file and has it open.
    init() throws {
        bench = try JournalBench()
        bench.facts.standing.started()
        file = try bench.journal.createFile(in: bench.work.id, name: Array("n.eml".utf8), purpose: .unfinished)
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: bench.store.spoolPath(of: file.id)))
        _ = try bench.journal.completed(file.id, isOpen: true, modified: nil)
    }

    /// Whoever asks for all to be sent waits for files that were closed a moment ago, and hears of it without a clock.
    @Test func aFileIsReleased() async throws {
        let settled = Task { await bench.journal.settleFiles(by: clock.clock) }
        await clock.waitForSleeper()
        _ = try bench.journal.completed(file.id, isOpen: false, modified: nil)
        await settled.value
        #expect(bench.journal.claim(bench.operations).count == 1)
    }

    /// One that stays open is not waited for any longer.
    @Test func aFileStaysOpen() async throws {
        let settled = Task { await bench.journal.settleFiles(by: clock.clock) }
        await clock.waitForSleeper()
        clock.advance(by: .seconds(2))
        await settled.value
        #expect(bench.journal.claim(bench.operations) == [])
    }
}
