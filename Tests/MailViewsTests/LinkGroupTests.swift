import IMAPValue
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

    /// Some messages of these keywords.
    struct Keywords: PartialAccount {
        let keywords: [String]
        var changes: UInt64 { 0 }

        func forEachMessage(_ body: (MessageSummary) -> Void) async throws {
            let flags = Flags(keywords: keywords)
            body(
                MessageSummary(
                    id: MessageID(rawValue: 1), uid: nil, name: [], size: 0, sizeIsProven: true, internalDate: 0,
                    flags: flags, flagsChanged: 0, isCached: false, standing: .settled))
        }
    }

    @Test(
        "what servers call keywords is listed as what can be a name, each under its own, and found by it",
        arguments: [
            (".", "%2E"), ("..", "%2E%2E"), ("...", "..."), ("a.b", "a.b"), ("a/b", "a%2Fb"), ("a\u{1}b", "a%01b"),
            ("a%2Fb", "a%252Fb"), ("a\u{7F}", "a%7F"), ("ä", "ä"), ("a]", "a]"),
        ])
    func oddKeywords(keyword: String, name: String) async throws {
        let group = LinkGroup(Keywords(keywords: [keyword, "other"]), .keyword, depth: 2)
        let listing = try await group.listing()
        let names = (0..<listing.count).map { String(decoding: listing.name($0), as: UTF8.self) }
        #expect(Set(names) == [name, "other"])
        guard case .directory(let directory)? = try await group.lookup(Array(name.utf8)) else {
            return #expect(Bool(false))
        }
        // What no command can name cannot be given.
        let isAtom = [".", "..", "...", "a.b", "a/b"].contains(keyword)
        #expect(directory.isChangeable == isAtom)
    }

    @Test("a keyword that no name can hold is left out") func longKeyword() async throws {
        let group = LinkGroup(Keywords(keywords: [String(repeating: "/", count: 100)]), .keyword, depth: 2)
        #expect(try await group.listing().count == 0)
    }

    @Test(
        "years have four digits",
        arguments: [
            ("2026", true), ("1970", true), ("1969", false), ("26", false), ("+026", false), ("20262", false),
            ("abcd", false),
        ])
    func years(name: String, isYear: Bool) async throws { #expect(try await isFound(.year, name) == isYear) }
}
