import Foundation
import IMAPValue
import MailModel
import MailStore
import Testing

@testable import MailService

/// A change of the store is there for readers before it is told: whoever looks at its message just then takes nothing for told.
@Suite struct WatchedInTimeTests {
    /// Stores a batch, and has somebody else watch a message between its commit and the moment at which it is told.
    private func apply(_ batch: FolderBatch, to bench: JournalBench, watching id: (AppliedBatch) -> MessageID?) throws {
        let (ended, told) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        var isWatched = false
        try bench.store.apply(batch) { applied in
            guard let id = id(applied) else { return }
            isWatched = true
            let looked = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                try? bench.journal.watching([id]) {
                    looked.signal()
                    told.wait()
                }
                ended.signal()
            }
            // Where it waits for what is told here, it does not come before.
            _ = looked.wait(timeout: .now() + .milliseconds(300))
            bench.journal.publish(applied)
            told.signal()
        }
        #expect(isWatched)
        if isWatched { #expect(ended.wait(timeout: .now() + .seconds(10)) == .success) }
    }

    @Test func anArrivalIsShown() throws {
        let bench = try JournalBench()
        let message = MessageMetadata(
            uid: UID(9) ?? .min, size: 100, internalDate: 1, flags: Flags(),
            identity: MessageIdentity(high: 1, low: 9), identityIsProof: false,
            header: Array("Subject: letter 9\r\n\r\n".utf8))
        try apply(FolderBatch(folder: bench.work.id, uidValidity: .first, arrived: [message]), to: bench) {
            $0.arrived.first?.id
        }
        #expect(bench.shown.model.names(in: "Work") == ["letter 9.eml"])
        #expect(bench.shown.model.contradictions == [])
    }

    @Test func whatIsGoneIsHidden() throws {
        let bench = try JournalBench()
        let gone = UIDSet([UID(2) ?? .min])
        try apply(FolderBatch(folder: bench.inbox.id, uidValidity: .first, vanished: gone), to: bench) {
            $0.removed.first
        }
        #expect(bench.shown.model.names(in: "INBOX") == ["letter 1.eml", "letter 3.eml"])
        #expect(bench.shown.model.contradictions == [])
    }

    @Test func otherFlagsAreShown() throws {
        let bench = try JournalBench()
        let seen = Flags(system: [.seen], keywords: [])
        let batch = FolderBatch(
            folder: bench.inbox.id, uidValidity: .first, arrived: [], flags: [(UID(2) ?? .min, seen)])
        try apply(batch, to: bench) { $0.updated.first?.id }
        #expect(bench.shown.model.named("INBOX/letter 2.eml")?.flags == seen)
    }

    /// As a search asks for all that it found.
    @Test func severalAtOnce() throws {
        let bench = try JournalBench()
        let (one, two) = (try bench.id("INBOX/letter 1.eml"), try bench.id("INBOX/letter 2.eml"))
        _ = try bench.journal.rename(two, to: bench.work.id, as: Array("two.eml".utf8), replacing: nil)
        let places = try bench.journal.places(of: [one, two, MessageID(rawValue: 999)])
        #expect(places.mapValues(\.folder) == [one: bench.inbox.id, two: bench.work.id])
    }
}
