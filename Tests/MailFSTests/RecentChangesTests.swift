import MailModel
import Testing

@testable import MailFS

/// Which messages changed of late.
@Suite("RecentChanges") struct RecentChangesTests {
    private func ids(_ numbers: some Sequence<Int>) -> [MessageID] { numbers.map { MessageID(rawValue: Int64($0)) } }

    @Test("those after a moment, each once") func since() {
        var changes = RecentChanges()
        changes.add(ids([1, 2]))
        changes.add(ids([2, 3]))
        changes.add([])
        #expect(changes.count == 3)
        #expect(changes.messages(since: 0) == Set(ids([1, 2, 3])))
        #expect(changes.messages(since: 1) == Set(ids([2, 3])))
        #expect(changes.messages(since: 2) == [] && changes.messages(since: 3) == [])
        #expect(changes.messages(since: 4) == nil)
    }

    @Test("nothing is known of what was before another change") func other() {
        var changes = RecentChanges()
        changes.add(ids([1]))
        changes.addOther()
        changes.add(ids([2]))
        #expect(changes.messages(since: 0) == nil && changes.messages(since: 1) == nil)
        #expect(changes.messages(since: 2) == Set(ids([2])))
    }

    @Test("as many are remembered as there is room for, and no half of a change") func limited() {
        var changes = RecentChanges()
        for number in 0..<5_000 { changes.add(ids([3 * number, 3 * number + 1, 3 * number + 2])) }
        #expect(changes.messages(since: 0) == nil)
        #expect(changes.messages(since: 4_999) == Set(ids([14_997, 14_998, 14_999])))
        #expect(changes.messages(since: 5_000 - 1_300)?.count == 3_900)
        let oldest = (0...5_000).first { changes.messages(since: UInt64($0)) != nil } ?? 0
        #expect(changes.messages(since: UInt64(oldest))?.count == 3 * (5_000 - oldest))
        changes.add(ids(0...RecentChanges.limit))
        #expect(changes.messages(since: 5_000) == nil && changes.messages(since: 5_001) == [])
    }
}
