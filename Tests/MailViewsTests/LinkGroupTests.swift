import MailModel
import Testing

@testable import MailViews

/// Keywords and years as directories.
@Suite("LinkGroup") struct LinkGroupTests {
    private func isFound(_ kind: LinkGroup.Kind, _ name: String) async throws -> Bool {
        try await LinkGroup(MessageLinksTests.Found(), kind, depth: 2).lookup(Array(name.utf8)) != nil
    }

    @Test("what can be a keyword is found", arguments: ["work", "$Forwarded", "a%2Fb", "x.y", "NonJunk"])
    func keyword(name: String) async throws { #expect(try await isFound(.keyword, name)) }

    @Test("what cannot be one is not", arguments: ["", "a b", "\\Seen", "a%", "ä", "a\u{7F}", "(x)", "*", "\"q\""])
    func noKeyword(name: String) async throws { #expect(try await !isFound(.keyword, name)) }

    @Test(
        "years have four digits",
        arguments: [
            ("2026", true), ("1970", true), ("1969", false), ("26", false), ("+026", false), ("20262", false),
            ("abcd", false),
        ])
    func years(name: String, isYear: Bool) async throws { #expect(try await isFound(.year, name) == isYear) }
}
