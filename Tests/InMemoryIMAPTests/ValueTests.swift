import Testing

@testable import InMemoryIMAP

@Suite struct ValueTests {
    @Test(arguments: [
        ("1", [1]), ("2:4", [2, 3, 4]), ("4:2,3", [2, 3, 4]), ("*", [9]), ("20:*", [9]), ("4,*:9,4", [4, 9]), ("7", []),
    ])
    func sets(_ text: String, _ members: [UInt32]) throws {
        let numbers: [UInt32] = [1, 2, 3, 4, 9]
        let set = try #require(NumberSet(text))
        #expect(set.positions(in: numbers).map { numbers[$0] } == members)
        #expect(set.positions(in: []).isEmpty)
    }

    @Test(arguments: ["", "0", "1,", ",1", "1:2:3", "a", "4294967296", "-1", "1:", "+1"])
    func wrongSets(_ text: String) {
        #expect(NumberSet(text) == nil)
    }

    @Test func setsAreWrittenInRuns() {
        #expect(NumberSet.text([1, 2, 3, 5, 7, 8, .max]) == "1:3,5,7:8,4294967295")
        #expect(NumberSet.text([5, 1, 2]) == "5,1:2")
    }

    @Test(arguments: [
        (0, " 1-Jan-1970 00:00:00 +0000"), (-1, "31-Dec-1969 23:59:59 +0000"),
        (951_782_400, "29-Feb-2000 00:00:00 +0000"), (4_102_444_799, "31-Dec-2099 23:59:59 +0000"),
    ])
    func dates(_ seconds: Int64, _ text: String) {
        #expect(InternalDate.text(seconds) == text)
        #expect(InternalDate.parse(text) == seconds)
    }

    @Test(
        arguments: [
            ("1-Jan-1970 00:00:00 +0000", nil), (" 1-Jan-1970 00:00:00 +0130", -5400),
            (" 1-Xxx-1970 00:00:00 +0000", nil),
            (" 1-Jan-1970 24:00:00 +0000", nil), (" 1-Jan-1970 00:00:00 UTC00", nil),
            ("00-Jan-1970 00:00:00 +0000", nil),
        ] as [(String, Int64?)])
    func dateParsing(_ text: String, _ seconds: Int64?) {
        #expect(InternalDate.parse(text) == seconds)
    }

    @Test(arguments: [
        ("*", "a/b", true), ("%", "a/b", false), ("%/%", "a/b", true), ("a*", "b", false), ("*b", "a/b", true),
        ("a%", "abc", true), ("inBox", "INBOX", true), ("a", "A", false), ("", "a", false), ("a/%/c", "a/b/c", true),
        ("**%*", "anything/at/all", true),
    ])
    func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
        let matcher = FolderPattern(bytes: [UInt8](pattern.utf8), separator: UInt8(ascii: "/"))
        #expect(matcher.matches(Name(name)) == matches)
    }

    @Test(arguments: [
        ("plain", true), ("a&-b", true), ("&AOk-", true), ("a&b", false), ("&AOk", false), ("caf\u{E9}", false),
        ("a\r", false),
    ])
    func modifiedUTF7(_ name: String, _ isValid: Bool) {
        #expect(Name(name).isModifiedUTF7 == isValid)
    }

    @Test func namesAreBytes() {
        #expect(Name("\u{E9}") != Name("e\u{301}"))
        #expect(Name("inbox") == Name.inbox)
        #expect(Name("inbox/a") != Name("INBOX/a"))
    }

    @Test func deepListsAreRefused() {
        let text = String(repeating: "(", count: 100_000)
        #expect(throws: Refusal.self) { try Tokenizer.tokens([.text([UInt8](text.utf8))]) }
    }
}
