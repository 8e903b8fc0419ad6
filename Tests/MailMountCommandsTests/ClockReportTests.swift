import Testing

@testable import MailMountCommands

@Suite struct ClockReportTests {
    @Test(arguments: [Int64.min, -1_000_000, 0, 300]) func aMessageOfThePastTellsNothing(ahead: Int64) {
        #expect(ClockReport.describe(newest: ahead, now: 0) == nil)
    }

    @Test(arguments: [(301, "5 minutes"), (7_200, "2 hours"), (200_000, "2 days"), (Int64.max, "days")])
    func oneOfTheFutureTellsThatTheClockMayBeSlow(ahead: Int64, words: String) {
        let line = ClockReport.describe(newest: ahead, now: 0)
        #expect(line?.contains("\(words) from now") == true)
        #expect(line?.contains("may be slow") == true)
    }

    @Test(arguments: [-300, 0, 300]) func clocksThatAgree(ahead: Int64) {
        #expect(ClockReport.describe(time: 1_000_000 + ahead, of: "h", now: 1_000_000) == nil)
    }

    @Test(arguments: [(900, "15 minutes slow"), (-900, "15 minutes fast"), (-180_000, "2 days fast")])
    func clocksThatDiffer(ahead: Int64, words: String) {
        let line = ClockReport.describe(time: 1_000_000 + ahead, of: "h", now: 1_000_000)
        #expect(line?.contains("clock is \(words), by that of h") == true)
    }

    @Test func timesThatNoClockHas() {
        #expect(ClockReport.describe(newest: .max, now: .min) == nil)
        #expect(ClockReport.describe(time: .min, of: "h", now: .max) == nil)
    }
}
