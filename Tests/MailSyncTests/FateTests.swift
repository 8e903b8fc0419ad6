import MailModel
import MailSync
import Testing

@Suite struct FateTests {
    static let gone = ChangeFailure(kind: .gone, text: Fate.gone)
    static let no = ChangeFailure(kind: .refused, text: "no")
    static let denied = ChangeFailure(kind: .accessDenied, text: "denied")
    static let lie = ChangeFailure(kind: .refused, text: Fate.lie)
    static let plain = Refusal(failure: no)
    static let forAll = Refusal(failure: denied, concernsAll: true)
    static let busy = Refusal(failure: no, isBusy: true)

    enum Event: Sendable {
        case begun, confirmed, settled, missed, lostEpoch, hadNoEffect, lost, unseen, unlisted
        case claimed(Fate.Claim)
        case alone(Refusal), together(Refusal), inDoubt(Refusal)
        case unopened(Refusal)

        func happens(to fate: inout Fate, at now: Duration) {
            switch self {
            case .begun: fate.begun()
            case .confirmed: fate.confirmed()
            case .claimed(let claim): fate.claimed(claim)
            case .settled: fate.settled()
            case .missed: fate.missed()
            case .lostEpoch: fate.lostEpoch()
            case .hadNoEffect: fate.hadNoEffect()
            case .lost: fate.lost(at: now)
            case .unseen: fate.unseen(at: now)
            case .unlisted: fate.unlisted(at: now)
            case .unopened(let refusal): fate.unopened(refusal, at: now)
            case .alone(let refusal): fate.refused(refusal, at: now)
            case .together(let refusal): fate.refusedTogether(refusal, at: now)
            case .inDoubt(let refusal): fate.refusedInDoubt(refusal, at: now)
            }
        }
    }

    static let ways: [([Event], Fate.Stage)] = [
        ([], .waiting),
        ([.begun], .sent),
        ([.begun, .settled], .done),
        ([.begun, .hadNoEffect], .waiting),
        // The message is looked for once more.
        ([.missed], .doubted),
        ([.missed, .missed], .failed(gone)),
        ([.missed, .begun], .sent),
        ([.lostEpoch], .doubted),
        ([.lostEpoch, .lostEpoch], .doubted),
        ([.lostEpoch, .missed], .failed(gone)),
        ([.missed, .begun, .hadNoEffect, .missed], .doubted),
        // A refusal without a reason is believed the second time.
        ([.begun, .alone(plain)], .waiting),
        ([.begun, .alone(plain), .begun, .alone(plain)], .failed(no)),
        ([.begun, .alone(plain), .missed, .begun, .alone(plain)], .failed(no)),
        ([.begun, .alone(plain), .begun, .alone(busy), .begun, .alone(plain)], .failed(no)),
        ([.begun, .alone(forAll)], .failed(denied)),
        ([.alone(forAll)], .failed(denied)),
        // With others.
        ([.begun, .together(plain)], .apart),
        ([.begun, .together(forAll)], .failed(denied)),
        ([.begun, .together(plain), .begun], .sent),
        ([.begun, .together(plain), .begun, .alone(plain)], .waiting),
        ([.begun, .together(plain), .begun, .alone(plain), .begun, .alone(plain)], .failed(no)),
        ([.begun, .inDoubt(plain)], .apart),
        ([.begun, .inDoubt(plain), .hadNoEffect], .apart),
        ([.begun, .inDoubt(forAll)], .refused(denied)),
        ([.begun, .inDoubt(forAll), .hadNoEffect], .failed(denied)),
        ([.begun, .inDoubt(forAll), .settled], .done),
        // Done, as the server says, and not to be seen.
        ([.begun, .unseen], .paused(until: .seconds(1_001))),
        ([.begun, .unseen, .unseen, .unseen], .paused(until: .seconds(1_004))),
        ([.begun] + Array(repeating: .unseen, count: 5), .paused(until: .seconds(1_016))),
        ([.begun] + Array(repeating: .unseen, count: 6), .failed(ChangeFailure(kind: .refused, text: Fate.nowhere))),
        ([.begun, .unseen, .unseen, .begun, .unseen], .paused(until: .seconds(1_001))),
        ([.begun, .unlisted], .paused(until: .seconds(1_001))),
        ([.unopened(plain)], .paused(until: .seconds(1_001))),
        (Array(repeating: .unopened(plain), count: 7), .failed(ChangeFailure(kind: .gone, text: "no"))),
        // Done, as the server says of a message that is where it was.
        ([.begun, .claimed(.moved)], .sent),
        ([.begun, .claimed(.moved), .hadNoEffect], .waiting),
        ([.begun, .claimed(.moved), .settled], .done),
        ([.begun, .claimed(.moved), .hadNoEffect, .begun, .claimed(.moved), .hadNoEffect], .failed(lie)),
        ([.begun, .claimed(.copied), .hadNoEffect], .failed(lie)),
        ([.begun, .claimed(.copied), .unlisted, .hadNoEffect], .failed(lie)),
        ([.begun, .claimed(.copied), .settled], .done),
        ([.begun, .confirmed, .hadNoEffect], .waiting),
        // Without an answer.
        ([.begun, .lost], .waiting),
        ([.begun, .lost, .begun, .lost], .paused(until: .seconds(1_001))),
        ([.begun, .lost, .begun, .lost, .begun, .lost], .paused(until: .seconds(1_002))),
        ([.begun, .lost, .begun, .lost, .begun, .settled], .done),
        ([.begun, .claimed(.copied), .lost], .failed(lie)),
        ([.begun, .inDoubt(plain), .lost], .apart),
        // No time.
        ([.begun, .alone(busy)], .paused(until: .seconds(1_001))),
        ([.begun, .together(busy)], .paused(until: .seconds(1_001))),
        ([.begun, .inDoubt(busy)], .paused(until: .seconds(1_001))),
        ([.begun, .inDoubt(busy), .hadNoEffect], .paused(until: .seconds(1_001))),
        ([.begun, .alone(busy), .begun, .alone(busy)], .paused(until: .seconds(1_002))),
    ]

    @Test(arguments: ways) func way(events: [Event], stage: Fate.Stage) {
        var fate = Fate()
        for event in events { event.happens(to: &fate, at: .seconds(1_000)) }
        #expect(fate.stage == stage)
    }

    /// A fate in each stage, and what leads there.
    static let stages: [(name: String, way: [Event])] = [
        ("waiting", []), ("apart", [.begun, .together(plain)]), ("doubted", [.missed]),
        ("paused", [.begun, .alone(busy)]),
        ("sent", [.begun]), ("refused", [.begun, .inDoubt(forAll)]), ("failed", [.begun, .alone(forAll)]),
        ("done", [.begun, .settled]),
    ]

    /// Each event, and where it leads from most stages; from some elsewhere.
    static let exits: [(event: Event, usual: Fate.Stage?, others: [String: Fate.Stage])] = [
        (.begun, .sent, [:]),
        (.confirmed, nil, [:]),
        (.settled, .done, [:]),
        (.missed, .doubted, ["doubted": .failed(gone)]),
        (.lostEpoch, .doubted, [:]),
        (.claimed(.moved), nil, [:]),
        (.claimed(.copied), nil, [:]),
        (.hadNoEffect, nil, ["sent": .waiting, "refused": .failed(denied)]),
        (.lost, nil, ["sent": .waiting, "refused": .failed(denied)]),
        (.unseen, .paused(until: .seconds(1_001)), [:]),
        (.unlisted, .paused(until: .seconds(1_001)), ["paused": .paused(until: .seconds(1_002))]),
        (.unopened(plain), .paused(until: .seconds(1_001)), ["paused": .paused(until: .seconds(1_002))]),
        (.alone(plain), .waiting, [:]),
        (.alone(forAll), .failed(denied), [:]),
        (.alone(busy), .paused(until: .seconds(1_001)), ["paused": .paused(until: .seconds(1_002))]),
        (.together(plain), .apart, [:]),
        (.together(forAll), .failed(denied), [:]),
        (.together(busy), .paused(until: .seconds(1_001)), ["paused": .paused(until: .seconds(1_002))]),
        (.inDoubt(plain), .apart, [:]),
        (.inDoubt(forAll), .refused(denied), [:]),
        (.inDoubt(busy), .paused(until: .seconds(1_001)), ["paused": .paused(until: .seconds(1_002))]),
    ]

    /// A line that is bad for a day: what is sent over it is given up not before, and is sent by itself from its fourth loss on.
    @Test func aDayWithoutAnAnswer() {
        var fate = Fate()
        var now = Duration.zero
        var attempts = 0
        while true {
            fate.begun()
            attempts += 1
            fate.lost(at: now)
            #expect(fate.isApart == (attempts > 3))
            guard case .paused(let end) = fate.stage else {
                if fate.stage == .waiting { continue }
                break
            }
            now = end
        }
        guard case .failed(let failure) = fate.stage else {
            Issue.record("\(fate.stage)")
            return
        }
        #expect(failure.kind == .busy)
        #expect(now > .seconds(86_400) && now < .seconds(2 * 86_400))
    }

    /// Each event in each stage; the ends have no exits.
    @Test func everyExit() {
        for (name, way) in Self.stages {
            for (event, usual, others) in Self.exits {
                var fate = Fate()
                for step in way { step.happens(to: &fate, at: .seconds(1_000)) }
                let before = fate
                event.happens(to: &fate, at: .seconds(1_000))
                if name == "failed" || name == "done" {
                    #expect(fate == before, "\(event) in \(name)")
                } else {
                    #expect(fate.stage == others[name] ?? usual ?? before.stage, "\(event) in \(name)")
                }
            }
        }
    }

    /// What the server says to have done is known until it is sent again.
    @Test func confirmation() {
        var fate = Fate()
        fate.begun()
        #expect(!fate.isConfirmed)
        fate.confirmed()
        #expect(fate.isConfirmed)
        fate.begun()
        #expect(!fate.isConfirmed)
        fate.claimed(.moved)
        #expect(fate.claim == .moved)
        fate.claimed(.copied)
        #expect(fate.claim == .copied)
    }

    /// A server that never has time is asked for about a day, ever more seldom.
    @Test func aDayOfPauses() {
        var fate = Fate()
        var now = Duration.zero
        var pauses: [Duration] = []
        while true {
            fate.begun()
            fate.refused(Self.busy, at: now)
            guard case .paused(let end) = fate.stage else { break }
            #expect(fate.isPaused(at: now))
            #expect(!fate.isPaused(at: end))
            pauses.append(end - now)
            now = end
        }
        #expect(fate.stage == .failed(ChangeFailure(kind: .busy, text: "no")))
        #expect(pauses.count == Fate.mostPauses)
        #expect(pauses.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(pauses.last == Fate.longestPause)
        #expect(now > .seconds(86_400 - 7_200))
        #expect(now < .seconds(86_400 + 7_200))
    }

    /// Whatever a server says, in whatever order, an operation that is tried again and again ends.
    @Test func everyRefusalEnds() {
        for first in [Self.plain, Self.forAll] {
            for second in [Self.plain, Self.forAll] {
                var fate = Fate()
                var rounds = 0
                while rounds < 10 {
                    rounds += 1
                    fate.begun()
                    fate.refused(rounds % 2 == 0 ? first : second, at: .zero)
                    if case .failed = fate.stage { break }
                }
                #expect(rounds <= 2)
            }
        }
    }
}

@Suite struct FatesTests {
    static func operation(_ id: Int64, _ state: Operation.State = .waiting) -> Operation {
        Operation(id: OperationID(rawValue: id), change: .delete(MessageID(rawValue: id)), state: state, made: 0)
    }

    @Test func whatEndedIsForgotten() {
        var fates = Fates()
        let one = Self.operation(1)
        #expect(fates.change(one) { $0.refused(FateTests.plain, at: .zero) } == .waiting)
        #expect(fates[one].isSuspected)
        #expect(fates.change(one) { $0.settled() } == .done)
        #expect(fates == Fates())
        fates.change(one) { $0.begun() }
        fates.change(one) { $0.hadNoEffect() }
        #expect(fates == Fates())
    }

    /// What an earlier run sent is sent, though nothing happened in this one; what happens in this one is known better than what an
    /// operation said when it was read.
    @Test func theJournalSays() {
        var fates = Fates()
        #expect(fates[Self.operation(1)].stage == .waiting)
        #expect(fates[Self.operation(1, .sent)].stage == .sent)
        #expect(fates[Self.operation(1, .failed(FateTests.no))].stage == .failed(FateTests.no))
        fates.change(Self.operation(1, .sent)) { $0.hadNoEffect() }
        #expect(fates[Self.operation(1, .sent)].stage == .waiting)
        fates.change(Self.operation(2)) { $0.begun() }
        #expect(fates[Self.operation(2)].stage == .sent)
    }

    @Test func whatIsPaused() {
        var fates = Fates()
        let (one, two) = (Self.operation(1), Self.operation(2))
        fates.change(one) { $0.refused(FateTests.busy, at: .seconds(10)) }
        for moment in [10, 11] {
            fates.change(two) { $0.refused(FateTests.busy, at: .seconds(moment)) }
        }
        #expect(fates.paused(at: .seconds(10)) == [one.id, two.id])
        #expect(fates.nextEnd(after: .seconds(10)) == .seconds(11))
        #expect(fates.paused(at: .seconds(11)) == [two.id])
        #expect(fates.nextEnd(after: .seconds(11)) == .seconds(13))
        #expect(fates.nextEnd(after: .seconds(13)) == nil)
        fates.forget([two.id])
        #expect(fates.paused(at: .seconds(11)) == [])
    }
}
