import MailPool
import Testing

@Suite struct BackoffTests {
    @Test(arguments: zip(0..<9, [0.5, 1, 2, 4, 8, 16, 30, 30, 30] as [Double]))
    func doublesUpToTheBound(failures: Int, seconds: Double) {
        var backoff = Backoff()
        for _ in 0..<failures { _ = backoff.failed(spread: 0.5) }
        #expect(backoff.failed(spread: 0.5) == .milliseconds(Int(seconds * 1_000)))
    }

    @Test(arguments: [(0.0, 375), (0.5, 500), (1.0, 625), (-3.0, 375), (7.0, 625)])
    func spreads(spread: Double, milliseconds: Int) {
        var backoff = Backoff()
        #expect(backoff.failed(spread: spread) == .milliseconds(milliseconds))
    }

    @Test func successBeginsAnew() {
        var backoff = Backoff()
        for _ in 0..<5 { _ = backoff.failed(spread: 0.5) }
        backoff.succeeded()
        #expect(backoff.failed(spread: 0.5) == .milliseconds(500))
    }

    @Test func endlessFailuresNeitherOverflowNorExceedTheBound() {
        var backoff = Backoff()
        for _ in 0..<10_000 { #expect(backoff.failed(spread: 1) <= Backoff.longest * 1.25) }
    }
}
