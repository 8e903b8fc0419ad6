import Foundation
import MailModel
import SeededNumbers
import Testing

@testable import MailTree

@Suite("Shell-safe names")
struct FileNameShellSafeTests {
    static let table: [(text: String, component: String)] = [
        ("", ""),
        ("Quarterly report", "Quarterly-report"),
        ("  a  b  ", "a-b"),
        ("-rf", "rf"),
        ("--", ""),
        ("...", ""),
        (".hidden", "hidden"),
        ("~root", "root"),
        ("$(rm -rf ~)", "rm-rf"),
        ("`id`; a && b | c > d < e & f", "id-a-b-c-d-e-f"),
        ("'a' \"b\" \\c *?[d] {e} !f #g %h ^i", "a-b-c-d-e-f-g-h-i"),
        ("a/b/../c", "a-b-c"),
        ("a\nb\r\nc\td\u{0}e\u{1B}[31mf", "a-b-c-d-e-31mf"),
        ("user@example.org", "user@example-org"),
        ("a_b+c@d=e,f", "a_b+c@d=e,f"),
        ("x - y", "x-y"),
        ("x -- y", "x-y"),
        ("50 € für 2²", "50-für-2"),
        ("\u{202E}gpj.exe\u{202C}", "gpj-exe"),
        ("a\u{200B}b\u{FEFF}c\u{2028}d\u{A0}e", "a-b-c-d-e"),
        ("😀 hello 👩‍👩‍👧", "hello"),
        ("Überprüfung", "Überprüfung"),
        ("Квартальный отчёт", "Квартальный-отчёт"),
        ("四半期報告書の件", "四半期報告書の件"),
        ("त्रैमासिक रिपोर्ट", "त्रैमासिक-रिपोर्ट"),
        ("تقرير ٣", "تقرير-٣"),
        ("รายงานประจำไตรมาส", "รายงานประจำไตรมาส"),
        ("분기 보고서", "분기-보고서"),
        ("\u{301}acute", "acute"),
        ("a=\u{338}b", "a=-b"),
        ("\u{3164}x\u{115F}", "x"),
        ("①Ⅷ\u{FFFD}", ""),
    ]

    @Test("what is taken for a letter at sight is one")
    func letters() {
        for scalar in (0...0x1_FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init) {
            let isLetter =
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                    .decimalNumber:
                    ![0x115F, 0x1160, 0x3164, 0xFFA0].contains(scalar.value)
                default: false
                }
            if (ShellSafe.Kind(scalar) == .letter) != isLetter { Issue.record("U+\(String(scalar.value, radix: 16))") }
            // Read from UTF-8 as it is.
            if isLetter, ShellSafe.component(String(scalar)) != String(scalar) {
                Issue.record("U+\(String(scalar.value, radix: 16))")
            }
        }
    }

    @Test("keep letters, marks, digits and six signs", arguments: table)
    func component(text: String, component: String) {
        #expect(Array(ShellSafe.component(text).utf8) == Array(component.utf8))
    }

    @Test("of random text hold nothing else, and stay as they are")
    func random() {
        var random = SeededNumbers(seed: 1)
        for _ in 0..<5000 {
            let text = random.text(upTo: 40).precomposedStringWithCanonicalMapping
            let component = ShellSafe.component(text)
            #expect(isSafe(component))
            #expect(!component.hasPrefix("-") && !component.hasSuffix("-") && !component.contains("--"))
            #expect(ShellSafe.component(component) == component)
            #expect(component.precomposedStringWithCanonicalMapping.utf8.elementsEqual(component.utf8))
        }
    }

    @Test("pass through a shell as they are, without quotes")
    func shell() throws {
        var random = SeededNumbers(seed: 2)
        let template = try FileNameTemplate("{subject}{from}")
        for _ in 0..<20 {
            let names = (0..<200).map { _ in
                let tag = MessageTag(MessageIdentity(high: random.next(), low: 0))
                let name = template.name(
                    date: 0, from: random.text(upTo: 12), subject: random.text(upTo: 60), uid: 1, tag: tag, ordinal: 1)
                return String(decoding: name, as: UTF8.self)
            }
            for shell in ["/bin/sh", "/bin/bash"] where FileManager.default.isExecutableFile(atPath: shell) {
                let process = Process()
                process.executableURL = URL(filePath: shell)
                process.arguments = ["-c", "printf '%s\\n' " + names.joined(separator: " ")]
                process.currentDirectoryURL = URL(filePath: "/")
                let pipe = Pipe()
                process.standardOutput = pipe
                try process.run()
                let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
                process.waitUntilExit()
                #expect(Array(output) == names.flatMap { Array($0.utf8) + [0x0A] })
            }
        }
    }

    @Test(
        "are cut between characters",
        arguments: [
            ("abcdef", 3, "abc"), ("abc", 3, "abc"), ("äöü", 3, "ä"), ("a-b-c", 2, "a"), ("ab-", 3, "ab-"),
            ("日本", 5, "日"),
            ("日本", 2, ""), ("e\u{301}\u{302}\u{303}", 4, "e\u{301}"), ("xe\u{301}", 2, "x"), ("कि", 5, "क"), ("", 0, ""),
            ("a", 0, ""),
        ])
    func cut(text: String, count: Int, expected: String) {
        #expect(text.nameCut(to: count) == expected)
    }
}

/// Letters, marks, decimal digits and six signs, by the category of each scalar.
func isSafe(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber:
            true
        default:
            "-_+@=,".unicodeScalars.contains(scalar)
        }
    }
}
