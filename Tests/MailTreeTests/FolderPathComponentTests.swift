import SeededNumbers
import Testing

@testable import MailTree

@Suite("Folder components")
struct FolderPathComponentTests {
    static let table: [(name: String, shown: String)] = [
        ("INBOX", "INBOX"),
        ("Büro 2024", "Büro 2024"),
        ("", "%"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("...", "..."),
        (".hidden", ".hidden"),
        (".Trash", "%2ETrash"),
        (".Trash-1000", "%2ETrash-1000"),
        (".views", "%2Eviews"), (".views2", ".views2"), ("a.views", "a.views"),
        (".trash", ".trash"),
        ("a/b", "a%2Fb"),
        ("/", "%2F"),
        ("a\u{0}b", "a%00b"),
        ("a\nb\u{1B}\u{7F}", "a%0Ab%1B%7F"),
        ("a\u{9B}b", "a%C2%9Bb"),
        ("%", "%25"),
        ("100%", "100%"),
        ("100% sure", "100% sure"),
        ("%2F", "%252F"),
        ("%2f", "%2f"),
        ("%41", "%41"),
        ("%2E", "%252E"),
        ("%2E%2E", "%252E%2E"),
        ("a%2E", "a%2E"),
        ("%25", "%2525"),
        ("%252F", "%25252F"),
        ("%C3%A9", "%25C3%25A9"),
        ("%%2F/", "%%252F%2F"),
        ("%2/", "%2%2F"),
        ("x.eml", "x.eml"),
        ("-rf", "-rf"),
        ("~2", "~2"),
    ]

    @Test("are escaped where they must be, and come back", arguments: table)
    func shown(name: String, shown: String) {
        #expect(FolderComponent.shown(name) == Array(shown.utf8))
        #expect(FolderComponent.original(Array(shown.utf8)).map { Array($0.utf8) } == Array(name.utf8))
    }

    @Test(
        "no other file name stands for one",
        arguments: ["", ".", "..", "a/b", "a\nb", "%41%2E%2F%", "%C3%A9", "%FF", "a%25b", ".Trash", ".views", "%2E."])
    func foreign(name: String) {
        let original = FolderComponent.original(Array(name.utf8))
        #expect(original == nil || FolderComponent.shown(original ?? "") == Array(name.utf8))
        if name != "%41%2E%2F%" { #expect(original == nil) }
    }

    @Test("of random text are reversible and different for different names")
    func random() {
        var random = SeededNumbers(seed: 9)
        var seen: [[UInt8]: [UInt8]] = [:]
        for round in 0..<20_000 {
            let name =
                round % 2 == 0
                ? random.text(upTo: 12)
                : String(
                    (0..<Int(random.next() % 9)).map { _ in
                        Array("%2EF05.r/C3a").randomElement(using: &random) ?? "%"
                    })
            let shown = FolderComponent.shown(name)
            #expect(isFileName(shown))
            #expect(FolderComponent.original(shown).map { Array($0.utf8) } == Array(name.utf8))
            if let other = seen.updateValue(Array(name.utf8), forKey: shown) { #expect(other == Array(name.utf8)) }
        }
    }

    @Test("any file name has one meaning or none")
    func anyFileName() {
        var random = SeededNumbers(seed: 10)
        for _ in 0..<20_000 {
            let octets = (0..<Int(random.next() % 10)).map { _ in
                random.next() % 3 == 0
                    ? UInt8(truncatingIfNeeded: random.next()) : Array("%2EF05.C3A9".utf8)[Int(random.next() % 11)]
            }
            if let name = FolderComponent.original(octets) { #expect(FolderComponent.shown(name) == octets) }
            #expect(isFileName(FolderComponent.shown(raw: octets)))
            #expect(FolderComponent.shown(raw: octets).allSatisfy { $0 < 0x7F && $0 >= 0x20 })
        }
    }

    @Test("that cannot be decoded are escaped octet by octet")
    func raw() {
        #expect(FolderComponent.shown(raw: [0x61, 0xFF, 0x2F, 0xC3, 0xA9]) == Array("a%FF%2F%C3%A9".utf8))
        #expect(FolderComponent.shown(raw: Array("&abc".utf8)) == Array("&abc".utf8))
        #expect(FolderComponent.shown(raw: Array("%FF".utf8)) == Array("%25FF".utf8))
        #expect(FolderComponent.shown(raw: Array("..".utf8)) == Array("%2E%2E".utf8))
        #expect(FolderComponent.shown(raw: []) == Array("%".utf8))
        #expect(FolderComponent.shown(raw: Array(repeating: 0xFF, count: 300)).count == 246 + 9)
    }

    @Test(
        "that are too long end in a hash",
        arguments: ["x", "é", "日", "👩‍👩‍👧", "/", "é/", "a\u{301}\u{301}\u{301}", "%2F"])
    func long(piece: String) {
        let short = String(repeating: "x", count: 255)
        #expect(FolderComponent.shown(short) == Array(short.utf8))
        for count in [256, 300, 5000] {
            let name = String(repeating: piece, count: count)
            let shown = FolderComponent.shown(name)
            #expect(isFileName(shown))
            #expect(shown.count > 220)
            let text = String(decoding: shown, as: UTF8.self)
            #expect(Array(text.utf8) == shown && !text.contains("\u{FFFD}"))
            #expect(text.wholeMatch(of: /.*~[0-9a-f]{8}/.dotMatchesNewlines()) != nil)
            #expect(FolderComponent.shown(name + "y") != shown)
            #expect(FolderComponent.shown(name) == shown)
            let kept = text.dropLast(9)
            #expect(FolderComponent.shown(name.description).starts(with: Array(kept.utf8)))
            #expect(kept.count % piece.count == 0 || piece == "/" || piece == "é/" || piece == "%2F")
        }
        let marks = FolderComponent.shown("a" + String(repeating: "\u{301}", count: 400))
        #expect(isFileName(marks) && marks.count > 220)
    }
}

/// What a directory entry may be, and text that a terminal shows without harm.
func isFileName(_ name: [UInt8]) -> Bool {
    !name.isEmpty && name.count <= 255 && name != [0x2E] && name != [0x2E, 0x2E]
        && !name.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x2F }
}
