import Testing

@testable import MailMountCommands

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("90s", 90), ("10m", 600), ("2h", 7_200), ("7d", 604_800), ("15", 15), ("0s", 0), ("0", 0),
        ] as [(String, Int64)])
    func readsDurations(_ text: String, _ seconds: Int64) {
        #expect(Quantity.duration(text) == .seconds(seconds))
    }

    @Test(
        arguments: [
            ("500M", 500 << 20), ("10G", 10 << 30), ("1K", 1024), ("1k", 1024), ("2T", 2 << 40), ("12345", 12345),
            ("0", 0),
        ] as [(String, UInt64)])
    func readsSizes(_ text: String, _ octets: UInt64) {
        #expect(Quantity.size(text) == octets)
    }

    @Test(arguments: [
        "", "s", "-1", "+1", "1.5", "1 s", "1w", "ten", "١٥", "15S", "1ss", "9223372036854775808",
        "9223372036854775807d",
    ])
    func refusesDurations(_ text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(arguments: ["", "M", "-1", "+1", "1.5G", "1 G", "1B", "10GB", "9223372036854775807K"])
    func refusesSizes(_ text: String) {
        #expect(Quantity.size(text) == nil)
    }
}
