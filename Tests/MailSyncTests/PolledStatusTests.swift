import IMAPValue
import MailModel
import MailSync
import Testing

@Suite struct PolledStatusTests {
    private func status(_ change: (inout PolledStatus) -> Void = { _ in }) -> PolledStatus {
        var status = PolledStatus(
            messages: 100, uidNext: UID(101), uidValidity: UIDValidity(7), unseen: 3, highestModSeq: ModSequence(50))
        change(&status)
        return status
    }

    private func cursor(modSeq: UInt64? = 50, isListed: Bool = true) throws -> FolderCursor {
        FolderCursor(
            uidValidity: try #require(UIDValidity(7)), uidNext: 101, highestModSeq: modSeq.flatMap { ModSequence($0) },
            isListed: isListed)
    }

    @Test func nothingDiffers() throws {
        #expect(!status().differs(from: try cursor(), known: 100, previous: nil))
        #expect(!status { $0.unseen = 9 }.differs(from: try cursor(), known: 100, previous: status()))
    }

    @Test func whatShowsAChange() throws {
        #expect(status().differs(from: nil, known: 100, previous: status()))
        #expect(status().differs(from: try cursor(isListed: false), known: 100, previous: status()))
        #expect(status().differs(from: try cursor(), known: 99, previous: status()))
        let changes: [(inout PolledStatus) -> Void] = [
            { $0.messages = 101 }, { $0.uidNext = UID(102) }, { $0.uidValidity = UIDValidity(8) },
            { $0.highestModSeq = ModSequence(51) }, { $0.highestModSeq = ModSequence(49) },
        ]
        for change in changes {
            #expect(status(change).differs(from: try cursor(), known: 100, previous: status()))
        }
    }

    /// Where no mod-sequence tells, UNSEEN is all that shows changed flags.
    @Test func withoutModSequences() throws {
        let plain = status { $0.highestModSeq = nil }
        let cursor = try cursor(modSeq: nil)
        #expect(!plain.differs(from: cursor, known: 100, previous: plain))
        #expect(plain.differs(from: cursor, known: 100, previous: nil))
        #expect(
            status {
                $0.highestModSeq = nil; $0.unseen = 4
            }.differs(from: cursor, known: 100, previous: plain))
    }

    @Test func aStatusThatTellsNothing() throws {
        let empty = PolledStatus(messages: nil, uidNext: nil, uidValidity: nil, unseen: nil, highestModSeq: nil)
        #expect(empty.differs(from: try cursor(), known: 100, previous: empty))
    }
}
