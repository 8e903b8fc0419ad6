import Foundation
import MailMessage
import MailModel
import MailTree
import SeededNumbers
import Testing

@testable import MailViews

/// What servers and senders may put where names, subjects, senders and dates are expected: nothing leads out of the mount or is obeyed
/// by a shell or a terminal, and folders keep apart (HAZARDS 52, 63, 107, 108, 149).
@Suite struct HostileNameTests {
    private static let count =
        ProcessInfo.processInfo.environment["LONG"]?.isEmpty == false ? 10_000_000 : 100_000

    @Test func hostileNames() throws {
        var play = try Play(seed: 2045)
        // A folder, a message, a conversation and a part each time.
        for _ in 0..<(Self.count / 4) { play.one() }
        print("hostile names: \(Self.count) tried, \(play.findings.count) findings")
        #expect(play.findings.prefix(10) == [])
        #expect(play.shown.count > Self.count / 16, "names that are shown differ")
    }

    /// A check that sees nothing would hold as well.
    @Test(arguments: ["../x", "a/b", "..", "", "a\u{0}", "a\u{1B}[2J", "a\n"]) func seen(name: String) throws {
        #expect(!Play.isFileName(Array(name.utf8)))
    }

    @Test(arguments: ["-rf.eml", "~root.eml", "a b.eml", "$(id).eml", "a\u{202E}b.eml", ".a.eml"])
    func unsafe(name: String) {
        #expect(!Play.isSafe(Array(name.utf8)))
    }

    private struct Play {
        private var random: SeededNumbers
        private let template: FileNameTemplate
        var findings: [String] = []
        /// What a folder's name is shown as, and which one it was.
        var shown: [[UInt8]: [UInt8]] = [:]

        init(seed: UInt64) throws {
            random = SeededNumbers(seed: seed)
            template = try FileNameTemplate("{date}_{from}_{subject}")
        }

        static let charsets = [
            "utf-8", "iso-8859-1", "iso-2022-jp", "utf-7", "utf-16", "koi8-r", "big5", "x-unknown", "", "us-ascii",
            "gb18030",
            "../../x",
        ]
        static let pieces: [[UInt8]] = [
            "..", "/", "../", "%2F", "%2E", "%", "\0", "\u{1B}[2J", "\r\n", "\n ", "=?", "?=", "$(id)", "`id`", "~",
            "-", ".", "\\",
            "\u{202E}", "\u{200B}", "\u{85}", "\u{2028}", "e\u{301}", "日本", "😀", " ", "\t", ".Trash", ".views", "INBOX",
            "CON",
            "\"", "'", "<a@b>", ";", "&", "&AC8-", "*", "?", "|",
        ].map { Array($0.utf8) }

        private mutating func octets() -> [UInt8] {
            var octets: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                switch random.next() % 5 {
                case 0: octets.append(UInt8(truncatingIfNeeded: random.next()))
                case 1: octets.append(UInt8(truncatingIfNeeded: random.next() % 95 + 32))
                case 2: octets += encodedWord()
                default: octets += Self.pieces[Int(random.next() % UInt64(Self.pieces.count))]
                }
            }
            if random.next() % 64 == 0 { octets = Array(repeatElement(octets, count: 40).joined()) }
            return octets
        }

        private mutating func encodedWord() -> [UInt8] {
            let charset = Self.charsets[Int(random.next() % UInt64(Self.charsets.count))]
            let text = (0..<Int(random.next() % 12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let isBase64 = random.next() % 2 == 0
            let encoded =
                isBase64
                ? Data(text).base64EncodedString()
                : text.map { "=" + String($0, radix: 16, uppercase: true) }.joined()
            return Array("=?\(charset)?\(isBase64 ? "B" : "Q")?\(encoded)?=".utf8)
        }

        mutating func one() {
            let (first, second) = (octets(), octets())
            folder(first)
            message(first, second, second)
            part(second)
        }

        private mutating func folder(_ octets: [UInt8]) {
            let decoded = String(validating: octets, as: UTF8.self)
            let component = decoded.map { FolderComponent.shown($0) } ?? FolderComponent.shown(raw: octets)
            check(Self.isFileName(component), "a folder \(octets) is shown as \(component)")
            guard let decoded else { return }
            if let other = shown.updateValue(octets, forKey: component), other != octets {
                findings.append("folders \(octets) and \(other) are both shown as \(component)")
            }
            // A long one ends in a hash, and is looked up.
            if octets.count < 60 {
                check(
                    FolderComponent.original(component).map { Array($0.utf8) } == Array(decoded.utf8),
                    "a folder \(octets), shown as \(component), is not found again")
            }
            let maildir = MaildirFolderName.shown([component, component], FolderID(rawValue: 7))
            check(Self.isFileName(maildir), "in a Maildir a folder \(octets) is \(maildir)")
            if octets.count < 60, !maildir.isEmpty, let path = MaildirFolderName.path(maildir) {
                check(path == [component, component], "in a Maildir a folder \(octets) leads to another")
            }
        }

        private mutating func message(_ from: [UInt8], _ subject: [UInt8], _ date: [UInt8]) {
            let header = Header(
                Array("From: ".utf8) + from + Array("\r\nSubject: ".utf8) + subject + Array("\r\nDate: ".utf8) + date
                    + Array("\r\n\r\n".utf8))
            let sender = header.value(of: "from").flatMap(AddressList.firstDisplay) ?? ""
            let text = header.value(of: "subject").map(HeaderText.decode) ?? ""
            let moment = header.value(of: "date").flatMap(MessageDate.parse) ?? Int64(bitPattern: random.next())
            let name = template.name(
                date: moment, from: sender, subject: text, uid: 1,
                tag: MessageTag(MessageIdentity(high: random.next(), low: 0)), ordinal: Int(random.next() % 3) + 1)
            check(
                Self.isFileName(name) && name.count <= 200 && Self.isSafe(name),
                "a message of \(from), \(subject) is \(name)")
            let thread = ThreadName.name(subject: ThreadName.subject(text), origin: random.next())
            check(Self.isFileName(thread) && Self.isSafe(thread), "a conversation about \(subject) is \(thread)")
        }

        private mutating func part(_ octets: [UInt8]) {
            let name = PartName.safe(HeaderText.decode(octets))
            check(
                name.isEmpty || Self.isFileName(name) && name.first != UInt8(ascii: "."), "a part \(octets) is \(name)")
        }

        private mutating func check(_ holds: Bool, _ finding: @autoclosure () -> String) {
            if !holds { findings.append(finding()) }
        }

        /// What a directory entry may be, and no terminal obeys.
        static func isFileName(_ name: [UInt8]) -> Bool {
            !name.isEmpty && name.count <= 255 && name != [0x2E] && name != [0x2E, 0x2E]
                && !name.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x2F }
                && String(validating: name, as: UTF8.self) != nil
        }

        private static let plain = Set("-_+@=,.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

        /// What no shell takes for anything else, without quotes.
        static func isSafe(_ name: [UInt8]) -> Bool {
            guard let first = name.first, !Array("-.~=#".utf8).contains(first) else { return false }
            if name.allSatisfy({ $0 < 0x80 }) { return name.allSatisfy(plain.contains) }
            return String(decoding: name, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                    .nonspacingMark,
                    .spacingMark, .enclosingMark, .decimalNumber:
                    true
                default: "-_+@=,.".unicodeScalars.contains(scalar)
                }
            }
        }
    }
}
