import MailModel
import Testing

@testable import MailService

@Suite("Bodies that somebody has open")
struct BodiesInUseTests {
    @Test("are in use until the last one lets go")
    func counted() {
        let inUse = BodiesInUse()
        let (one, two) = (MessageID(rawValue: 1), MessageID(rawValue: 2))
        var first: BodiesInUse.Use? = inUse.begin(one)
        var second: BodiesInUse.Use? = inUse.begin(one)
        let other = inUse.begin(two)
        #expect(inUse.ids == [one, two])
        withExtendedLifetime(first) {}
        first = nil
        #expect(inUse.ids == [one, two])
        withExtendedLifetime(second) {}
        second = nil
        withExtendedLifetime(other) { #expect(inUse.ids == [two]) }
    }
}
