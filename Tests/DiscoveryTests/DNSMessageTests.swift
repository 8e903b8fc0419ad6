import Testing

@testable import Discovery

@Suite struct DNSMessageTests {
    private func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private func message(_ records: [(type: UInt8, data: [UInt8])]) -> [UInt8] {
        let header: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        return header + name("_imaps._tcp.example.org") + [0, 33, 0, 1]
            + records.flatMap { [0xC0, 12, 0, $0.type, 0, 1, 0, 0, 0, 60, 0, UInt8($0.data.count)] + $0.data }
    }

    private func service(_ priority: UInt8, _ weight: UInt8, _ target: [UInt8]) -> (type: UInt8, data: [UInt8]) {
        (33, [0, priority, 0, weight, 3, 225] + target)
    }

    @Test func readsServicesInTheirOrder() throws {
        // The last name ends in a pointer to `example.org` of the question.
        let found = try #require(
            DNSMessage(
                message([
                    service(20, 0, name("late.example.org")), service(10, 1, name("light.example.org")),
                    service(10, 5, [4] + Array("imap".utf8) + [0xC0, 24]), (5, name("alias.example.org")),
                ])))
        #expect(found.services.map(\.target) == ["imap.example.org", "light.example.org", "late.example.org"])
        #expect(found.services.first?.port == 993)
    }

    @Test func readsExchangersAndTheRoot() throws {
        let found = try #require(
            DNSMessage(
                message([(15, [0, 20] + name("b.example")), (15, [0, 10] + name("a.example")), service(0, 0, [0])])))
        #expect(found.exchangers.map(\.name) == ["a.example", "b.example"])
        #expect(found.services.map(\.target) == ["."])
    }

    /// Every message that is cut, and every one with an octet changed, comes to an end.
    @Test func survivesWhatIsNoMessage() {
        let whole = message([service(1, 1, [4] + Array("imap".utf8) + [0xC0, 24]), (15, [0, 10] + name("a.example"))])
        for length in 0..<whole.count { #expect(DNSMessage(Array(whole[..<length])) == nil) }
        for place in whole.indices {
            for octet in [0x00, 0x3F, 0x40, 0xC0, 0xFF] as [UInt8] {
                var changed = whole
                changed[place] = octet
                _ = DNSMessage(changed)
            }
        }
    }

    @Test func aNameThatPointsToItselfEnds() {
        #expect(DNSMessage(message([service(0, 0, [0xC0, 41 + 18])])) == nil)
    }
}
