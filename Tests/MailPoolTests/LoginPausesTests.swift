import MailPool
import Testing

@Suite struct LoginPausesTests {
    @Test(arguments: [-1.0, 0, 0.3, 1, 7])
    func noTenMinutesSeeMoreThanFour(spread: Double) {
        var pauses = LoginPauses()
        var moments: [Duration] = [.zero]
        for _ in 0..<200 {
            moments.append(moments[moments.count - 1] + pauses.refused(isRenewable: true, spread: spread))
        }
        for first in moments { #expect(moments.count { $0 >= first && $0 <= first + .seconds(600) } <= 4) }
    }

    @Test func acceptanceBeginsAnew() {
        var pauses = LoginPauses()
        for _ in 0..<9 { _ = pauses.refused(isRenewable: true, spread: 0) }
        #expect(pauses.refusals == 9 && pauses.refused(isRenewable: true, spread: 0) == .seconds(900))
        pauses.accepted()
        #expect(pauses.refused(isRenewable: true, spread: 0) == .seconds(5))
    }

    @Test func fixedCredentialsHaveAnHour() {
        var pauses = LoginPauses()
        for _ in 0..<5 { #expect(pauses.refused(isRenewable: false, spread: 0) == .seconds(3_600)) }
        #expect(pauses.refused(isRenewable: false, spread: 1) <= .seconds(3_780))
    }
}
