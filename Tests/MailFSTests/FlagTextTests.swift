import IMAPValue
import MailModel
import Testing

@testable import MailFS

@Suite("user.imap.flags")
struct FlagTextTests {
    private func parse(_ text: String) throws(FlagText.Failure) -> [FlagChange] {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(FlagText.Failure) in try FlagText.parse(bytes) }
        }
        return try result.get()
    }

    @Test(
        "reads lists, additions and removals",
        arguments: [
            ("", [.replace(Flags())]),
            (#"\Seen $Forwarded"#, [.replace(Flags(system: .seen, keywords: ["$Forwarded"]))]),
            ("seen FLAGGED Answered dRaft", [.replace(Flags(system: [.seen, .flagged, .answered, .draft]))]),
            (#"+\Flagged"#, [.add(Flags(system: .flagged))]),
            ("+flagged", [.add(Flags(system: .flagged))]),
            (#"-\Seen"#, [.remove(Flags(system: .seen))]),
            (#"+\Flagged +work"#, [.add(Flags(system: .flagged, keywords: ["work"]))]),
            (#"+\Flagged work"#, [.add(Flags(system: .flagged, keywords: ["work"]))]),
            (
                "+a -b +c",
                [.add(Flags(keywords: ["a"])), .remove(Flags(keywords: ["b"])), .add(Flags(keywords: ["c"]))]
            ),
            ("-deleted", [.remove(Flags(system: .deleted))]),
            ("  seen\n\0", [.replace(Flags(system: .seen))]),
        ] as [(String, [FlagChange])])
    func reads(_ text: String, _ changes: [FlagChange]) throws {
        #expect(try parse(text) == changes)
    }

    @Test(
        "refuses what is no flag",
        arguments: [
            "+", "-", "+ seen", "a(b", "a)b", "a{b", "a%b", "a*", #"a"b"#, #"a\b"#, "a]", "ü", "a\u{7F}", "a\u{1}b",
            #"\Recent"#, #"\*"#, #"\Bogus"#, #"\"#, "seen +flagged", String(repeating: "x", count: 256),
        ])
    func refuses(_ text: String) {
        #expect(throws: FlagText.Failure.invalid) { try parse(text) }
    }

    @Test("deletes nothing", arguments: ["deleted", #"\Seen \Deleted"#, #"+\Deleted"#])
    func deletes(_ text: String) {
        #expect(throws: FlagText.Failure.deletes) { try parse(text) }
    }
}
