import Testing

@testable import MailMountCommands

@Suite struct AddressReportTests {
    @Test func onlyWhatDoesNotWorkIsTold() {
        #expect(AddressReport.describe(hasIPv4: true, hasIPv6: true, host: "h").isEmpty)
        #expect(AddressReport.describe(hasIPv4: true, hasIPv6: nil, host: "h").isEmpty)
        #expect(AddressReport.describe(hasIPv4: false, hasIPv6: false, host: "h").isEmpty)
        #expect(
            AddressReport.describe(hasIPv4: true, hasIPv6: false, host: "h").first?.contains("only over IPv4") == true)
        #expect(
            AddressReport.describe(hasIPv4: false, hasIPv6: true, host: "h").first?.contains("only over IPv6") == true)
    }

    @Test func aHostThatNobodyKnowsIsNotTold() {
        #expect(AddressReport.lines(host: "no-such-host.invalid", port: 993).isEmpty)
    }
}
