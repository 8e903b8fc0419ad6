import IMAPValue
import MailModel
import MailSync
import Testing

@Suite struct RecoveryTests {
    private static func arrival(
        _ uid: UInt32, alike: Bool = true, owned: Bool = false, _ body: Recovery.Arrival.Body = .notCompared
    ) -> Recovery.Arrival {
        Recovery.Arrival(uid: UID(uid) ?? .max, isAlike: alike, isOwned: owned, body: body)
    }

    private static func uid(_ value: UInt32) -> UID { UID(value) ?? .max }

    /// Whether the source remains, what the target has, what follows for a move and for a copy.
    static let transports: [(Bool, [Recovery.Arrival], Recovery, Recovery)] = [
        (true, [], .again, .again),
        (false, [], .gone, .gone),
        (false, [arrival(10)], .done(uid(10)), .done(uid(10))),
        (true, [arrival(10)], .doneHalf(uid(10)), .done(uid(10))),
        (true, [arrival(9)], .again, .again),
        (false, [arrival(9)], .gone, .gone),
        (true, [arrival(10, alike: false)], .again, .again),
        (false, [arrival(10, alike: false)], .gone, .gone),
        (true, [arrival(10, owned: true)], .again, .again),
        (false, [arrival(10, owned: true)], .gone, .gone),
        (false, [arrival(30), arrival(20), arrival(9)], .done(uid(20)), .done(uid(20))),
        (false, [arrival(20, owned: true), arrival(30)], .done(uid(30)), .done(uid(30))),
    ]

    @Test(arguments: transports)
    func transported(remains: Bool, arrivals: [Recovery.Arrival], moved: Recovery, copied: Recovery) {
        let evidence = Recovery.Evidence(sourceRemains: remains, arrivals: arrivals)
        #expect(Recovery(op(1, move(1, to: 2), .sent, from: 10), evidence) == moved)
        #expect(Recovery(op(1, copy(1, as: 2, to: 2), .sent, from: 10), evidence) == copied)
    }

    /// Where several are alike: what is known of their texts, whether the source remains, what the target has, and what follows.
    static let alike: [(Recovery.Evidence.Texts, Bool, [Recovery.Arrival], Recovery, Recovery)] = [
        (.compared, false, [arrival(10), arrival(20, .equal)], .done(uid(20)), .done(uid(20))),
        (.compared, true, [arrival(10), arrival(20, .equal)], .doneHalf(uid(20)), .done(uid(20))),
        (.compared, false, [arrival(10), arrival(20)], .gone, .gone),
        (.compared, true, [arrival(10), arrival(20)], .again, .again),
        (.compared, true, [arrival(10, owned: true, .equal)], .again, .again),
        (.lost, false, [arrival(10), arrival(20)], .done(nil), .done(uid(10))),
        (.lost, true, [arrival(10), arrival(20)], .again, .done(uid(10))),
        (.lost, false, [], .gone, .gone),
    ]

    @Test(arguments: alike)
    func transported(
        texts: Recovery.Evidence.Texts, remains: Bool, arrivals: [Recovery.Arrival], moved: Recovery, copied: Recovery
    ) {
        let evidence = Recovery.Evidence(sourceRemains: remains, arrivals: arrivals, texts: texts)
        #expect(Recovery(op(1, move(1, to: 2), .sent, from: 10), evidence) == moved)
        #expect(Recovery(op(1, copy(1, as: 2, to: 2), .sent, from: 10), evidence) == copied)
    }

    @Test func withoutALowestUIDEveryArrivalCounts() {
        let evidence = Recovery.Evidence(arrivals: [Self.arrival(1)])
        #expect(Recovery(op(1, move(1, to: 2), .sent), evidence) == .done(Self.uid(1)))
    }

    static let uploads: [([Recovery.Arrival], Recovery)] = [
        ([], .again),
        ([arrival(9)], .again),
        ([arrival(10, alike: false)], .again),
        ([arrival(10, owned: true, .equal)], .again),
        ([arrival(12), arrival(10)], .compareBody([uid(10), uid(12)])),
        ([arrival(10, .equal)], .done(uid(10))),
        ([arrival(10, .different)], .again),
        ([arrival(10, .sameMessage)], .done(uid(10))),
        ([arrival(10, .sameMessage), arrival(12)], .compareBody([uid(12)])),
        ([arrival(10, .sameMessage), arrival(12, .equal)], .done(uid(12))),
        ([arrival(10, .sameMessage), arrival(12, .different)], .done(uid(10))),
        ([arrival(10, .similar), arrival(12, .sameMessage)], .done(uid(12))),
        ([arrival(10, .similar), arrival(12)], .compareBody([uid(12)])),
        ([arrival(10, .similar)], .again),
        ([arrival(10, .different), arrival(12)], .compareBody([uid(12)])),
        ([arrival(9, .equal)], .again),
    ]

    @Test(arguments: uploads)
    func uploaded(arrivals: [Recovery.Arrival], expected: Recovery) {
        for remains in [false, true] {
            let evidence = Recovery.Evidence(sourceRemains: remains, arrivals: arrivals)
            #expect(Recovery(op(1, append(1, to: 2), .sent, from: 10), evidence) == expected)
        }
    }

    /// The server said that it has it; or it is known to change what it stores.
    @Test func confirmed() {
        let similar = Self.arrival(10, .similar)
        let sent = op(1, append(1, to: 2), .sent, from: 10)
        #expect(Recovery(sent, .init(isConfirmed: true)) == .unseen)
        #expect(Recovery(sent, .init(arrivals: [similar], isConfirmed: true)) == .done(Self.uid(10)))
        #expect(Recovery(sent, .init(arrivals: [Self.arrival(10, .different)], isConfirmed: true)) == .unseen)
        #expect(Recovery(sent, .init(arrivals: [similar], changesUploads: true)) == .unknowable)
        #expect(Recovery(sent, .init(changesUploads: true)) == .again)
    }

    @Test func inPlace() {
        let there = Recovery.Evidence(sourceRemains: true)
        let gone = Recovery.Evidence(sourceRemains: false)
        let seen = FlagChange.add(Flags(system: .seen))
        #expect(Recovery(op(1, .flags(message(1), seen), .sent), there) == .again)
        #expect(Recovery(op(1, .flags(message(1), seen), .sent), gone) == .gone)
        let isSeen = Recovery.Evidence(sourceRemains: true, isInEffect: true)
        #expect(Recovery(op(1, .flags(message(1), seen), .sent), isSeen) == .done(nil))
        for change in [Change.delete(message(1)), .expunge(message(1), due: 1)] {
            #expect(Recovery(op(1, change, .sent), there) == .again)
            #expect(Recovery(op(1, change, .sent), gone) == .done(nil))
        }
    }

    /// Whether the old and the new name are listed; what follows for a creation, a deletion, a rename.
    @Test(arguments: [
        (false, false, Recovery.again, Recovery.done(nil), Recovery.gone),
        (true, false, .done(nil), .again, .again),
        (false, true, .again, .done(nil), .done(nil)),
        (true, true, .done(nil), .again, .again),
    ])
    func folders(old: Bool, new: Bool, created: Recovery, deleted: Recovery, renamed: Recovery) {
        let evidence = Recovery.Evidence(isListed: old, isListedAnew: new)
        #expect(Recovery(op(1, .createFolder(folder(1)), .sent), evidence) == created)
        #expect(Recovery(op(1, .deleteFolder(folder(1)), .sent), evidence) == deleted)
        #expect(Recovery(op(1, rename(1, to: "n"), .sent), evidence) == renamed)
    }

    /// HAZARD 23: however often it was sent, what happened is seen.
    @Test func manyAttempts() {
        let remains = Recovery.Evidence(sourceRemains: true)
        for change in [append(1, to: 2), move(1, to: 2), copy(1, as: 2, to: 2)] {
            #expect(Recovery(op(1, change, .sent, attempts: 30), remains) == .again)
        }
        let arrived = Recovery.Evidence(arrivals: [Self.arrival(10, .equal)])
        #expect(Recovery(op(1, append(1, to: 2), .sent, attempts: 30), arrived) == .done(Self.uid(10)))
    }
}
