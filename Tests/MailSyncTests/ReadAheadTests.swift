import MailModel
import MailSync
import Testing

@Suite struct ReadAheadTests {
    private func opens(_ distances: [Int?]) -> [UInt64] {
        var policy = ReadAhead()
        var windows: [UInt64] = []
        for (index, distance) in distances.enumerated() {
            policy.opened(MessageID(rawValue: Int64(index + 1)), distance: distance)
            windows.append(policy.window)
        }
        return windows
    }

    @Test func singleOpensFetchNothingAhead() {
        #expect(opens([nil, nil, nil, nil]) == [0, 0, 0, 0])
        #expect(opens([nil, 100, 16, 1_000]) == [0, 0, 0, 0])
    }

    @Test func theWindowDoublesWhileOpensFollowTheListing() {
        let k: UInt64 = 1 << 10
        #expect(opens([nil, 1, 1, 1, 3, 15]) == [0, 0, 256 * k, 512 * k, 1_024 * k, 2_048 * k])
        #expect(opens([nil] + Array(repeating: 0, count: 30)).last == ReadAhead.largest)
    }

    @Test func aJumpShrinksIt() {
        #expect(opens([nil, 1, 1, 1, 1, nil]).last == 256 << 10)
        #expect(opens([nil, 1, 1, 1, nil]).last == 0)
        #expect(opens([nil, 1, 1, 1, 1, nil, nil]).last == 0)
    }

    @Test func theSameMessageAgainChangesNothing() {
        var policy = ReadAhead()
        for _ in 0..<10 { policy.opened(MessageID(rawValue: 5), distance: 0) }
        #expect(policy.window == 0)
        #expect(policy.previous == MessageID(rawValue: 5))
    }
}
