import MailModel
import MailSync
import Testing

@Suite struct FateTests {
    static let gone = ChangeFailure(kind: .gone, text: Fate.gone)
    static let no = ChangeFailure(kind: .refused, text: "no")
    static let denied = ChangeFailure(kind: .accessDenied, text: "denied")
    static let plain = Refusal(failure: no)
    static let forAll = Refusal(failure: denied, concernsAll: true)
    static let busy = Refusal(failure: no, isBusy: true)

    enum Event: Sendable {
        case begun, settled, missed, lostEpoch, hadNoEffect, unseen, unlisted
        case alone(Refusal), together(Refusal), inDoubt(Refusal)
        case unopened(Refusal)

        func happens(to fate: inout Fate, at now: Duration) {
            switch self {
            case .begun: fate.begun()
            case .settled: fate.settled()
            case .missed: fate.missed()
            case .lostEpoch: fate.lostEpoch()
            case .hadNoEffect: fate.hadNoEffect()
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
    @Test func whatEndedIsForgotten() {
        var fates = Fates()
        let one = OperationID(rawValue: 1)
        #expect(fates.change(one) { $0.refused(FateTests.plain, at: .zero) } == .waiting)
        #expect(fates[one].isSuspected)
        #expect(fates.change(one) { $0.settled() } == .done)
        #expect(fates == Fates())
        fates.change(one) { $0.begun() }
        fates.change(one) { $0.hadNoEffect() }
        #expect(fates == Fates())
    }

    @Test func whatIsPaused() {
        var fates = Fates()
        let (one, two) = (OperationID(rawValue: 1), OperationID(rawValue: 2))
        fates.change(one) { $0.refused(FateTests.busy, at: .seconds(10)) }
        for moment in [10, 11] {
            fates.change(two) { $0.refused(FateTests.busy, at: .seconds(moment)) }
        }
        #expect(fates.paused(at: .seconds(10)) == [one, two])
        #expect(fates.nextEnd(after: .seconds(10)) == .seconds(11))
        #expect(fates.paused(at: .seconds(11)) == [two])
        #expect(fates.nextEnd(after: .seconds(11)) == .seconds(13))
        #expect(fates.nextEnd(after: .seconds(13)) == nil)
        fates.forget([two])
        #expect(fates.paused(at: .seconds(11)) == [])
    }
}
