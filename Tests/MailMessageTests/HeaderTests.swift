import Testing

@testable import MailMessage

@Suite("Headers")
struct HeaderTests {
    static let table: [(bytes: String, name: String, value: String?)] = [
        ("Subject: one\r\n\r\n", "Subject", "one"),
        ("Subject: one\r\n\r\n", "sUBJECT", "one"),
        ("SUBJECT:one\n\n", "Subject", "one"),
        ("Subject: one", "Subject", "one"),
        ("Subject \t: one\r\n", "Subject", "one"),
        ("Subject:\r\n one\r\n\ttwo \r\n\r\n", "Subject", "one\ttwo"),
        ("Subject: one\n two\n\n", "Subject", "one two"),
        ("Subject: one\r\n   \r\n two\r\n\r\n", "Subject", "one    two"),
        ("Subject:\r\n\r\n", "Subject", ""),
        ("Subject:   \r\nTo: x\r\n", "Subject", ""),
        ("Subject: a\r\nSubject: b\r\n", "Subject", "a"),
        ("Subject: a: b\r\n", "Subject", "a: b"),
        ("X-Subject: a\r\n", "Subject", nil),
        ("Subject-X: a\r\n", "Subject", nil),
        ("To: a\r\n\r\nSubject: body\r\n", "Subject", nil),
        ("\r\nSubject: body\r\n", "Subject", nil),
        ("\nSubject: body\r\n", "Subject", nil),
        ("", "Subject", nil),
        ("From alice@example.org Mon Jan  1 00:00:00 2024\nSubject: a\n\n", "Subject", "a"),
        ("no field at all\r\n with more\r\nSubject: a\r\n", "Subject", "a"),
        ("To: x\r\nrubbish\r\n Subject: hidden\r\nSubject: a\r\n", "To", "x"),
        (": nameless\r\nSubject: a\r\n", "Subject", "a"),
        (" leading\r\nSubject: a\r\n", "Subject", "a"),
        ("Sübject: x\r\nSubject: a\r\n", "Subject", "a"),
        ("Subject: a\rb\r\n", "Subject", "a\rb"),
    ]

    @Test("give the first field of a name, unfolded", arguments: table)
    func value(bytes: String, name: String, value: String?) {
        #expect(Header(Array(bytes.utf8)).value(of: name) == value.map { Array($0.utf8) })
    }

    @Test("are empty without a field")
    func empty() {
        #expect(Header([]).isEmpty)
        #expect(Header(Array("\r\nbody".utf8)).isEmpty)
        #expect(Header(Array("rubbish\r\n\r\n".utf8)).isEmpty)
        #expect(!Header(Array("A:\r\n".utf8)).isEmpty)
    }

    @Test("of any size are read in one pass")
    func large() {
        let folded = Header(Array(("X:" + String(repeating: "\r\n y", count: 300_000) + "\r\nSubject: a\r\n\r\n").utf8))
        #expect(folded.value(of: "subject") == Array("a".utf8))
        #expect(folded.value(of: "x")?.count == 600_000 - 1)
        let many = Header(Array((String(repeating: "X: y\n", count: 100_000) + "Subject: a").utf8))
        #expect(many.value(of: "subject") == Array("a".utf8))
        let blank = Header(Array(("Subject:" + String(repeating: "\r\n ", count: 300_000)).utf8))
        #expect(blank.value(of: "subject") == [])
    }
}
