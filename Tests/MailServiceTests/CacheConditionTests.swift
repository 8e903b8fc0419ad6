import Testing

@testable import MailService

@Suite struct CacheConditionTests {
    private let start = ContinuousClock.now

    @Test func itIsToldOncePerChange() {
        var condition = CacheCondition()
        #expect(condition.note(nil, at: start) == nil)
        #expect(condition.note(.noSpace, at: start) == .began(.noSpace))
        for second in 1...100 {
            #expect(condition.note(second % 2 == 0 ? .noSpace : nil, at: start + .seconds(second)) == nil)
            #expect(condition.trouble == .noSpace)
        }
        #expect(condition.note(nil, at: start + .seconds(159)) == nil)
        #expect(condition.note(nil, at: start + .seconds(160)) == .ended)
        #expect(condition.trouble == nil)
        #expect(condition.note(.noSpace, at: start + .seconds(161)) == .began(.noSpace))
    }

    @Test func nothingIsFetchedAheadForAWhile() {
        var condition = CacheCondition()
        #expect(condition.isWorthTrying(at: start))
        _ = condition.note(.noSpace, at: start)
        #expect(!condition.isWorthTrying(at: start + .seconds(59)))
        #expect(condition.isWorthTrying(at: start + .seconds(60)))
    }
}
