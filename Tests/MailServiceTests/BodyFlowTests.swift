import Testing

@testable import MailService

/// How many octets a bulk retrieval has under way.
@Suite struct BodyFlowTests {
    /// The time of a command where so many octets are under way: a round trip, and the octets at the wire's rate.
    private func settled(roundTrip: Duration, octetsPerSecond: UInt64) -> UInt64 {
        var flow = BodyFlow()
        flow.arrived(after: roundTrip + .microseconds((1 << 20) * 1_000_000 / octetsPerSecond))
        for _ in 1...20 {
            flow.arrived(after: roundTrip + .microseconds(flow.limit * 1_000_000 / octetsPerSecond))
        }
        return flow.limit
    }

    @Test func aLongFastWireIsFilled() {
        #expect(settled(roundTrip: .milliseconds(40), octetsPerSecond: 200 << 20) == BodyFlow.largest)
        #expect(settled(roundTrip: .milliseconds(200), octetsPerSecond: 100 << 20) == BodyFlow.largest)
    }

    @Test func aSlowWireHasNoQueue() {
        #expect(settled(roundTrip: .milliseconds(40), octetsPerSecond: 1 << 20) == BodyFlow.smallest)
        #expect(settled(roundTrip: .milliseconds(5), octetsPerSecond: 100 << 10) == BodyFlow.smallest)
    }

    @Test func aWireThatBecomesSlowIsEased() {
        var flow = BodyFlow()
        for _ in 1...10 { flow.arrived(after: .milliseconds(40)) }
        #expect(flow.limit == BodyFlow.largest)
        for _ in 1...10 { flow.arrived(after: .seconds(2)) }
        #expect(flow.limit == BodyFlow.smallest)
    }
}
