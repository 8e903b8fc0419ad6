import Foundation
import MailModel
import SeededNumbers
import Testing

@testable import MailTree

@Suite("File names")
struct FileNameTemplateTests {
    static let tag = MessageTag(MessageIdentity(high: 0x9A8E_3B68_0000_0000, low: 0))

    private func name(
        _ template: FileNameTemplate = .standard, date: Int64 = 1_728_714_720, from: String = "Alice Example",
        subject: String = "Quarterly report", uid: UInt32 = 7, ordinal: Int = 1
    ) -> String {
        let octets = template.name(date: date, from: from, subject: subject, uid: uid, tag: Self.tag, ordinal: ordinal)
        return String(decoding: octets, as: UTF8.self)
    }

    @Test("are made of date, sender and subject")
    func standard() throws {
        #expect(
            name()
                == "2024-10-12_0632_Alice-Example_Quarterly-report.k7f3qa.eml".replacing("k7f3qa", with: "\(Self.tag)"))
        #expect(name(ordinal: 2).hasSuffix("_Quarterly-report.\(Self.tag)-2.eml"))
        #expect(name(ordinal: 0) == name(ordinal: 1))
        #expect(try FileNameTemplate("{date}_{from}_{subject}") == .standard)
        #expect(name(try FileNameTemplate("{uid}")) == "7.\(Self.tag).eml")
        #expect(name(try FileNameTemplate("{uid}"), uid: .max) == "4294967295.\(Self.tag).eml")
        #expect(name(try FileNameTemplate("{subject}+{uid}")) == "Quarterly-report+7.\(Self.tag).eml")
        #expect(name(try FileNameTemplate("mail")) == "mail.\(Self.tag).eml")
    }

    @Test(
        "have a word for what is missing",
        arguments: [
            ("", "", "unknown_no-subject"), ("...", "😀", "unknown_no-subject"), ("Bob", "", "Bob_no-subject"),
            ("", "Hi", "unknown_Hi"), ("\u{202E}", "-", "unknown_no-subject"),
        ])
    func missing(from: String, subject: String, expected: String) {
        #expect(name(from: from, subject: subject) == "2024-10-12_0632_\(expected).\(Self.tag).eml")
    }

    @Test(
        "come from a template that means something",
        arguments: [
            ("", FileNameTemplateError.empty), ("a/b", .slash), ("{date}/{uid}", .slash),
            ("{size}", .unknownField("size")),
            ("{}", .unknownField("")), ("{Date}", .unknownField("Date")), ("{date", .unbalanced),
            ("date}", .unbalanced),
            ("}{", .unbalanced),
        ])
    func refused(template: String, error: FileNameTemplateError) {
        #expect(throws: error) { try FileNameTemplate(template) }
        #expect(!error.description.isEmpty)
    }

    @Test(
        "keep of a template what is safe",
        arguments: [
            ("{date} - {uid}", "2024-10-12_0632-7"), ("..{uid}", "7"), ("~{uid}", "7"), ("-{uid}", "7"),
            ("={uid}", "7"),
            ("$(x){uid}", "x-7"), ("{uid}.{uid}", "7.7"), ("...", "message"), (" ", "message"), ("é{uid}", "é7"),
            ("a..b", "a.b"),
        ])
    func literals(template: String, expected: String) throws {
        #expect(name(try FileNameTemplate(template)) == "\(expected).\(Self.tag).eml")
    }

    @Test(
        "show the date in UTC",
        arguments: [
            (0, "1970-01-01_0000"), (-1, "1969-12-31_2359"), (59, "1970-01-01_0000"), (60, "1970-01-01_0001"),
            (951_782_399, "2000-02-28_2359"), (951_782_400, "2000-02-29_0000"), (-2_203_891_200, "1900-03-01_0000"),
            (253_402_300_799, "9999-12-31_2359"), (253_402_300_800, "9999-12-31_2359"), (.max, "9999-12-31_2359"),
            (-62_135_596_800, "0001-01-01_0000"), (-62_135_596_801, "0001-01-01_0000"), (.min, "0001-01-01_0000"),
        ] as [(Int64, String)])
    func date(seconds: Int64, expected: String) {
        #expect(FileNameDate.octets(seconds) == Array(expected.utf8))
        #expect(name(date: seconds).hasPrefix(expected + "_"))
    }

    @Test("the calendar is the one that Foundation has")
    func calendar() throws {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "yyyy-MM-dd_HHmm"
        var random = SeededNumbers(seed: 5)
        for _ in 0..<3000 {
            let seconds = Int64.random(in: -8_000_000_000...253_402_300_799, using: &random)
            #expect(
                String(decoding: FileNameDate.octets(seconds), as: UTF8.self)
                    == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
        }
    }

    @Test(
        "of any length fit, and keep date and sender",
        arguments: [
            ("Alice Example", "x"), ("Alice Example", String(repeating: "x", count: 10_000)),
            ("Alice Example", String(repeating: "長い件名", count: 2500)),
            ("Alice Example", String(repeating: "क्षि", count: 900)),
            ("Alice Example", "a" + String(repeating: "\u{301}", count: 5000)),
            (String(repeating: "Bob ", count: 2500), "short"),
            (String(repeating: "Bob ", count: 2500), String(repeating: "long ", count: 2500)),
        ])
    func long(from: String, subject: String) throws {
        for ordinal in [1, 2, 1000] {
            let result = name(from: from, subject: subject, ordinal: ordinal)
            #expect(result.utf8.count <= FileNameTemplate.limit)
            #expect(from.utf8.count + subject.utf8.count < 200 || result.utf8.count > 180)
            let sender = ShellSafe.component(from)
            #expect(result.hasPrefix("2024-10-12_0632_" + sender.prefix(20)))
            if subject == "short" { #expect(result.contains("_short.")) }
            let stem = result.prefix { $0 != "." }
            #expect(!stem.hasSuffix("-") && isSafe(String(stem)))
        }
    }

    @Test("are cut between characters, not in them")
    func characters() {
        for shift in 0..<12 {
            let subject = String(repeating: "x", count: shift) + String(repeating: "क्षि", count: 100)
            let shown = name(from: "A", subject: subject).dropFirst("2024-10-12_0632_A_".count).prefix { $0 != "." }
            #expect(Array(shown) == Array(subject.prefix(shown.count)))
        }
    }

    @Test("a name made of anything is a safe file name")
    func random() throws {
        var random = SeededNumbers(seed: 4)
        let templates = try [
            "{date}_{from}_{subject}", "{subject}", "{from}", "{subject}{subject}{from}{uid}", "{uid}",
            String(repeating: "long literal ", count: 40) + "{subject}",
        ].map { try FileNameTemplate($0) }
        for round in 0..<4000 {
            let octets = templates[round % templates.count].name(
                date: Int64(bitPattern: random.next()), from: random.text(upTo: 90), subject: random.text(upTo: 250),
                uid: UInt32(truncatingIfNeeded: random.next()),
                tag: MessageTag(MessageIdentity(high: random.next(), low: 1)),
                ordinal: Int(random.next() % 4))
            let result = try #require(String(validating: octets, as: UTF8.self))
            #expect(octets.count <= 200)
            let match = try #require(result.wholeMatch(of: /(.+)\.[0-9a-hjkmnp-tv-z]{6}(-[0-9]+)?\.eml/))
            let stem = String(match.1)
            #expect(isSafe(stem))
            #expect(!["-", ".", "~", "="].contains(stem.first))
            #expect(!octets.contains { $0 < 0x21 || $0 == 0x7F || $0 == UInt8(ascii: "/") })
        }
    }
}

@Suite("Message tags")
struct FileNameTagTests {
    @Test("are six characters that come from the identity alone")
    func characters() {
        var seen: Set<Character> = []
        var random = SeededNumbers(seed: 6)
        for _ in 0..<2000 {
            let identity = MessageIdentity(high: random.next(), low: random.next())
            let text = MessageTag(identity).description
            #expect(text.count == 6 && Array(text.utf8) == MessageTag(identity).octets)
            #expect(MessageTag(identity) == MessageTag(MessageIdentity(high: identity.high, low: 0)))
            seen.formUnion(text)
        }
        #expect(String(seen.sorted()) == "0123456789abcdefghjkmnpqrstvwxyz")
    }

    @Test(
        "stay what they are",
        arguments: [(0, "000000"), (.max, "zzzzzz"), (1 << 34, "000001"), (1 << 63, "g00000")] as [(UInt64, String)])
    func fixed(high: UInt64, text: String) {
        #expect(MessageTag(MessageIdentity(high: high, low: 0)).description == text)
    }

    @Test("differ for different messages")
    func spread() {
        var random = SeededNumbers(seed: 8)
        let tags = Set((0..<10_000).map { _ in MessageTag(MessageIdentity(high: random.next(), low: 0)) })
        #expect(tags.count > 9_990)
    }
}
