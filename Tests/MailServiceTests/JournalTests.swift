import IMAPValue
import MailModel
import MailStore
import MailSync
import Synchronization
import Testing

@testable import MailService

/// What the journal does before any server has heard of it.
@Suite struct JournalTests {
    @Test func aMoveIsRecordedAndShown() async throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 2.eml")
        let receipt = try bench.journal.rename(id, to: bench.work.id, as: Array("two.eml".utf8), replacing: nil)
        #expect(receipt.operations.count == 1)
        #expect(bench.waiting == [.move(id, to: bench.work.id, name: Array("two.eml".utf8))])
        #expect(bench.shown.model.names(in: "INBOX") == ["letter 1.eml", "letter 3.eml"])
        #expect(bench.shown.model.names(in: "Work") == ["two.eml"])
        #expect(bench.journal.pendingChanges == 1)
        #expect(bench.shown.model.contradictions == [])
        let news = await bench.drainNews()
        #expect(news.count { if case .changesWait = $0 { true } else { false } } == 1)
    }

    /// Moved and moved back: the server need not hear of it.
    @Test func homeAgain() throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 2.eml")
        _ = try bench.journal.rename(id, to: bench.work.id, as: Array("two.eml".utf8), replacing: nil)
        _ = try bench.journal.rename(id, to: bench.inbox.id, as: Array("second.eml".utf8), replacing: nil)
        #expect(bench.waiting == [])
        #expect(bench.shown.model.names(in: "INBOX") == ["letter 1.eml", "letter 3.eml", "second.eml"])
        #expect(bench.shown.model.names(in: "Work") == [])
    }

    /// Another client took it away meanwhile, and nobody was told yet: it is gone, and nothing is written of the call.
    @Test func homeAgainWhereItIsNoMore() throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 2.eml")
        _ = try bench.journal.rename(id, to: bench.work.id, as: Array("two.eml".utf8), replacing: nil)
        let before = try bench.store.operations()
        try bench.store.apply(
            FolderBatch(folder: bench.inbox.id, uidValidity: .first, vanished: UIDSet([UID(2)].compactMap(\.self))),
            published: { _ in })
        #expect(throws: ServiceError.gone) {
            try bench.journal.rename(id, to: bench.inbox.id, as: Array("second.eml".utf8), replacing: nil)
        }
        #expect(try bench.store.operations() == before)
    }

    @Test func aReplacementWaitsForTheNewOne() throws {
        let bench = try JournalBench()
        let (one, two) = (try bench.id("INBOX/letter 1.eml"), try bench.id("INBOX/letter 2.eml"))
        _ = try bench.journal.rename(one, to: bench.work.id, as: Array("a.eml".utf8), replacing: nil)
        _ = try bench.journal.rename(two, to: bench.work.id, as: Array("a.eml".utf8), replacing: one)
        #expect(bench.shown.model.id("Work/a.eml") == two)
        #expect(bench.shown.model.names(in: "Work") == ["a.eml"])
        let operations = bench.journal.view.withLock { $0.journal.operations }
        let deletion = try #require(operations.first { $0.change == .delete(one) })
        #expect(deletion.after == operations.first { $0.change.message == two }?.id)
    }

    @Test func nothingIsChangedOfAReadOnlyAccount() throws {
        let bench = try JournalBench { $0.isReadOnly = true }
        let id = try bench.id("INBOX/letter 1.eml")
        #expect(throws: ServiceError.readOnly) { try bench.journal.delete(id) }
        #expect(bench.waiting == [])
    }

    @Test func rightsAreTheFacts() throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 1.eml")
        bench.facts.foundReadOnly(bench.work.id)
        #expect(throws: ServiceError.readOnly) {
            try bench.journal.rename(id, to: bench.work.id, as: Array("a.eml".utf8), replacing: nil)
        }
        bench.facts.forgetRights()
        _ = try bench.journal.rename(id, to: bench.work.id, as: Array("a.eml".utf8), replacing: nil)
        #expect(bench.shown.model.names(in: "Work") == ["a.eml"])
    }

    /// What the sender has in hands is not rewritten.
    @Test func whatIsClaimedStays() throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 1.eml")
        let receipt = try bench.journal.rename(id, to: bench.work.id, as: Array("a.eml".utf8), replacing: nil)
        #expect(bench.journal.view.withLock { $0.claim(receipt.operations[0]) })
        _ = try bench.journal.rename(id, to: bench.work.id, as: Array("b.eml".utf8), replacing: nil)
        #expect(
            bench.waiting == [
                .move(id, to: bench.work.id, name: Array("a.eml".utf8)),
                .move(id, to: bench.work.id, name: Array("b.eml".utf8)),
            ])
        #expect(bench.shown.model.names(in: "Work") == ["b.eml"])
    }

    /// The answer was lost, and the flag is seen: it waits to be sent again, and has happened.
    @Test(arguments: [true, false]) func aDeletionThatIsSeenIsNotTakenBack(isSeen: Bool) throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 2.eml")
        let deleted = try bench.journal.delete(id).operations
        try bench.journal.begin(bench.journal.waitingToBeSent, arrivesFrom: [:])
        if isSeen {
            let uid = try #require(try bench.store.message(id)?.summary.uid)
            try bench.store.apply(
                FolderBatch(folder: bench.inbox.id, uidValidity: .first, flags: [(uid, Flags(system: .deleted))])
            ) { bench.journal.publish($0) }
        }
        try bench.journal.changing { try bench.journal.setWaiting(deleted) }
        let retreat = try bench.journal.takeBack(deleted)
        #expect(retreat.done == (isSeen ? deleted : []))
        #expect(retreat.undone == (isSeen ? [] : deleted))
        #expect(bench.waiting == (isSeen ? [.delete(id)] : []))
        #expect((bench.shown.model.id("INBOX/letter 2.eml") == nil) == isSeen)
    }

    @Test func aFileBecomesAnUpload() throws {
        let bench = try JournalBench()
        let (file, receipt) = try bench.write(Letter.make(9), to: "nine.eml", in: bench.work)
        #expect(receipt.operations.count == 1)
        guard case .append(file.id, bench.work.id, _, let upload) = bench.waiting.first else {
            Issue.record("\(bench.waiting)")
            return
        }
        #expect(upload.size == UInt64(Letter.make(9).count))
        #expect(bench.shown.model.named("Work/nine.eml")?.standing == .pending)
        // Taken back before it was sent, it never was.
        _ = try bench.journal.delete(file.id)
        #expect(bench.waiting == [])
        #expect(bench.shown.model.names(in: "Work") == [])
    }

    /// What fails takes what was to come after it along, and shows the truth again.
    @Test func whatFails() async throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 1.eml")
        let receipt = try bench.journal.rename(id, to: bench.work.id, as: Array("a.eml".utf8), replacing: nil)
        let failure = ChangeFailure(kind: .overQuota, text: "full")
        try bench.journal.changing { try bench.journal.fail([(receipt.operations[0], failure)]) }
        #expect(bench.shown.model.names(in: "INBOX") == ["letter 1.eml", "letter 2.eml", "letter 3.eml"])
        #expect(bench.journal.failedChanges.map(\.error) == ["full"])
        bench.facts.standing.started()
        await #expect(throws: ServiceError.overQuota("full")) { try await bench.journal.verdict(of: receipt) }
        try bench.journal.retry(receipt.operations)
        #expect(bench.shown.model.names(in: "Work") == ["a.eml"])
        try bench.journal.changing { try bench.journal.fail([(receipt.operations[0], failure)]) }
        try bench.journal.discard(receipt.operations)
        #expect(bench.journal.failedChanges == [])
    }

    /// The server's word: the truth moves along, what is shown stays.
    @Test func whatIsSettled() async throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 1.eml")
        let receipt = try bench.journal.rename(id, to: bench.work.id, as: Array("a.eml".utf8), replacing: nil)
        bench.facts.standing.started()
        let verdict = Task { try await bench.journal.verdict(of: receipt) }
        while !bench.journal.waiting.isAwaited { await Task.yield() }
        try bench.journal.settle([Settlement(receipt.operations[0], .moved(.first, UID(40)))])
        try await verdict.value
        #expect(bench.journal.pendingChanges == 0)
        #expect(bench.shown.model.named("Work/a.eml")?.uid == UID(40))
        #expect(bench.shown.model.contradictions == [])
    }

    @Test func aDeletedFolderIsRevived() throws {
        let bench = try JournalBench()
        _ = try bench.journal.removeFolder(bench.work.id)
        #expect(bench.shown.model.paths == ["INBOX"])
        let (folder, _) = try bench.journal.createFolder(in: .root, name: Array("Work".utf8))
        #expect(folder.id == bench.work.id)
        #expect(bench.waiting == [])
        #expect(bench.shown.model.paths == ["INBOX", "Work"])
    }

    /// A step that fails ends the call; what was written stays.
    @Test func theProgramEndsAtAStep() throws {
        let bench = try JournalBench()
        let id = try bench.id("INBOX/letter 1.eml")
        bench.probe.arm { $0 == .journal }
        #expect(throws: ServiceError.offline) { try bench.journal.delete(id) }
        #expect(bench.waiting == [.delete(id)])
    }

    /// The program was killed between a folder's row and the operation that makes it: nobody was told that it is there.
    @Test func aFolderWhoseMakingWasNotWrittenDown() throws {
        let bench = try JournalBench()
        let (made, _) = try bench.journal.createFolder(in: .root, name: Array("Made".utf8))
        _ = try bench.store.insertFolder(
            rawName: Array("Half".utf8), separator: UInt8(ascii: "/"), attributes: .pending, specialUse: nil,
            mailboxID: nil, path: [Array("Half".utf8)], displayName: "Half")
        let facts = try AccountFacts(store: bench.store, logger: bench.journal.logger)
        #expect(facts.folder(named: Array("Half".utf8)) != nil)
        let next = try Journal(
            configuration: bench.journal.configuration, store: bench.store, facts: facts, news: ServiceNews(),
            logger: bench.journal.logger, now: bench.journal.now)
        defer { next.stop() }
        let shown = Shown()
        try next.tell(shown)
        #expect(shown.model.paths == ["INBOX", "Made", "Work"])
        #expect(facts.folder(named: Array("Half".utf8)) == nil)
        #expect(facts.folder(made.id) != nil)
        #expect(try bench.store.folders().map(\.folder.displayName).sorted() == ["INBOX", "Made", "Work"])
    }

    /// The call had failed after its operation was written down, the folder's row was taken back, and the program was killed.
    @Test func aMakingWithoutItsFolder() throws {
        let bench = try JournalBench()
        let (made, _) = try bench.journal.createFolder(in: .root, name: Array("Made".utf8))
        try bench.store.removeFolder(made.id)
        let facts = try AccountFacts(store: bench.store, logger: bench.journal.logger)
        let next = try Journal(
            configuration: bench.journal.configuration, store: bench.store, facts: facts, news: ServiceNews(),
            logger: bench.journal.logger, now: bench.journal.now)
        defer { next.stop() }
        #expect(next.pendingFolderChanges == 0)
        #expect(try bench.store.operations().isEmpty)
    }
}
