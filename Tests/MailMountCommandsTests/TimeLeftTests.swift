import Testing

@testable import MailMountCommands

@Suite struct TimeLeftTests {
    @Test func tellsRateAndTime() {
        var progress = TimeLeft()
        #expect(progress.describe(total: 10).isEmpty)
        progress.saw(0, at: 10)
        #expect(progress.describe(total: 10).isEmpty)
        progress.saw(100, at: 12)
        #expect(progress.describe(total: 1100) == "50/s, 20 s left")
        progress.saw(1100, at: 22)
        #expect(progress.describe(total: 1100) == "91/s")
    }

    /// The rate is that of the last half minute; what begins anew has none yet.
    @Test func forgets() {
        var progress = TimeLeft()
        for second in 0...100 { progress.saw(second < 50 ? second * 100 : 5000 + second, at: Double(second)) }
        #expect(progress.rate == 1)
        progress.saw(3, at: 101)
        #expect(progress.rate == nil)
    }

    @Test(arguments: [
        (0.2, "1 s"), (99, "99 s"), (120, "2 min"), (3_600, "60 min"), (7_200, "2 h"), (9_000, "2 h 30 min"),
        (200_000, "2 d"), (1e12, "more than 100 d"), (.infinity, "more than 100 d"), (.nan, "more than 100 d"),
    ])
    func durations(_ seconds: Double, _ text: String) {
        #expect(TimeLeft.duration(seconds) == text)
    }
}
