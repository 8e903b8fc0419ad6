import MailModel
import SeededNumbers
import Testing

@testable import MailTree

@Suite("Plain file names")
struct FileNamePlainTests {
    private let tag = MessageTag(MessageIdentity(high: 0x9A8E_3B68_0000_0000, low: 0))

    private func name(
        _ template: FileNameTemplate = .plain, from: String = "Alice Example", subject: String = "Quarterly report",
        ordinal: Int = 1
    ) -> String {
        String(
            decoding: template.name(
                date: 1_728_714_720, from: from, subject: subject, uid: 7, tag: tag, ordinal: ordinal),
            as: UTF8.self)
    }

    @Test("are subject and sender with blanks, and a tag that tells them apart")
    func standard() throws {
        #expect(name() == "Quarterly report - Alice Example.\(tag).eml")
        #expect(name(ordinal: 2) == "Quarterly report - Alice Example.\(tag)-2.eml")
        #expect(try FileNameTemplate("{subject} - {from}", style: .plain) == .plain)
        #expect(FileNameTemplate(.plain) == .plain && FileNameTemplate(.shell) == .standard)
        #expect(name(from: "", subject: "?") == "no subject - unknown.\(tag).eml")
        #expect(
            try name(FileNameTemplate("{date}  {subject} ({from}) ", style: .plain))
                == "2024-10-12_0632 Quarterly report (Alice Example).\(tag).eml")
    }

    @Test(
        "keep what people write, and nothing that a file system refuses",
        arguments: [
            ("Re: AW: [list] 50 % off!", "Re AW [list] 50 % off!"), ("a/b\\c:d*e?f\"g<h>i|j", "a b c d e f g h i j"),
            ("  two   blanks\t\n", "two blanks"), ("日本語、です。", "日本語、です。"), ("“Größe” – 5 €", "“Größe” – 5 €"),
            ("🎉 party", "🎉 party"), ("left\u{202E}right", "leftright"), ("zero\u{200B}width", "zerowidth"),
            ("nul\0bell\u{7}", "nul bell"), ("'quoted' & (so)", "'quoted' & (so)"), ("$(rm -rf ~)`x`", "(rm -rf ) x"),
            ("\u{301}alone", "alone"), ("e\u{200D}\u{301}", "e"),
        ])
    func characters(text: String, expected: String) { #expect(PlainText.component(text) == expected) }

    @Test("begin with nothing that hides them or is an option", arguments: [".", "-", "=", "#", "~", " ", "..", "-.#"])
    func beginning(text: String) throws {
        let template = try FileNameTemplate("{subject}{from}", style: .plain)
        #expect(name(template, from: "A", subject: text + "x") == "xA.\(tag).eml")
        #expect(name(template, from: "A", subject: text + " ") != ".\(tag).eml")
    }

    @Test("a name made of anything is a message's, no longer than it may be, and has no blank too many")
    func random() throws {
        var random = SeededNumbers(seed: 9)
        let templates = try ["{subject} - {from}", "{from}: {subject}", " {uid} {subject} ", "{subject}"].map {
            try FileNameTemplate($0, style: .plain)
        }
        for round in 0..<4000 {
            let result = name(
                templates[round % templates.count], from: random.text(upTo: 90), subject: random.text(upTo: 250),
                ordinal: Int(random.next() % 4))
            #expect(result.utf8.count <= FileNameTemplate.limit)
            #expect(FileKind(name: Array(result.utf8)) == .message)
            let match = try #require(result.wholeMatch(of: /(.+)\.[0-9a-hjkmnp-tv-z]{6}(-[0-9]+)?\.eml/))
            let stem = String(match.1)
            #expect(!stem.contains("  ") && !stem.hasSuffix(" ") && !stem.hasPrefix(" "))
            #expect(!stem.utf8.contains { $0 < 0x20 || $0 == 0x7F || "/\\:*?\"<>|".utf8.contains($0) })
        }
    }
}
