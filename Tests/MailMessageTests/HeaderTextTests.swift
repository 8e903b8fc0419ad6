import Foundation
import SeededNumbers
import Testing

@testable import MailMessage

@Suite("Header text")
struct HeaderTextTests {
    static let table: [(raw: [UInt8], text: String)] = [
        ("", ""),
        (" ", ""),
        ("plain", "plain"),
        (" plain  text ", "plain text"),
        ("a\tb\r\n c", "a b c"),
        ("a\u{0}b\u{1B}[31mc\u{7F}", "a b [31mc"),
        ("a\u{85}\u{9B}b\u{2028}c\u{3000}d", "a b c d"),
        // RFC 2047 section 8.
        ("=?ISO-8859-1?Q?a?=", "a"),
        ("=?ISO-8859-1?Q?a?= b", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=  \r\n\t =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        // Another case, and the language of RFC 2231.
        ("=?utf-8?q?=c3=a9?=", "é"),
        ("=?UTF-8?b?w6k=?=", "é"),
        ("=?utf-8*en?Q?hello?=", "hello"),
        // A character cut in two, over two and three words.
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "é"),
        ("=?utf-8?B?8J8=?= =?UTF8?Q?=98?= =?utf-8?B?gA==?=", "😀"),
        ("=?utf-8?Q?=C3?= =?iso-8859-1?Q?=E9?=", "\u{FFFD}é"),
        ("=?iso-2022-jp?B?GyRCO00=?= =?iso-2022-jp?B?SD4bKEI=?=", "四半"),
        // No blank around the words.
        ("Re:=?utf-8?Q?=C3=A9?=!", "Re:é!"),
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        // Padding that is missing, doubled, or in the middle.
        ("=?utf-8?B?w6lh?=", "éa"),
        ("=?utf-8?B?w6k?=", "é"),
        ("=?utf-8?B?w6k===?=", "é"),
        ("=?utf-8?B?w6k=w6k=?=", "éé"),
        ("=?utf-8?B?w 6 k =?=", "é"),
        ("=?utf-8?B??=", ""),
        ("=?utf-8?Q??=", ""),
        // Blanks within, and an `=` that is none.
        ("=?utf-8?Q?two words?=", "two words"),
        ("=?utf-8?Q?50=_=ZZ=?=", "50= =ZZ="),
        // Cut off.
        ("=?utf-8?Q?gr=C3=BC=C3=9Fe", "grüße"),
        ("=?utf-8?B?Z3LDvMOfZQ and more", "grüße and more"),
        // Not words at all.
        ("=?", "=?"),
        ("=?utf-8", "=?utf-8"),
        ("=?utf-8?", "=?utf-8?"),
        ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
        ("=??Q?a?=", "=??Q?a?="),
        ("a=?b", "a=?b"),
        ("=?=?=?=", "=?=?=?="),
        // Form C.
        ("=?utf-8?Q?e=CC=81?=", "é"),
        ("=?utf-8?Q?e?= =?iso-8859-1?Q?x?=", "ex"),
        // Line breaks that words bring in.
        ("=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ("=?utf-8?Q?=00=1B=5B31m?=", "[31m"),
        ("=?utf-8?Q?=EF=BB=BFx?=", "x"),
    ].map { (Array($0.0.utf8), $0.1) }

    @Test("is decoded", arguments: table)
    func decoded(raw: [UInt8], text: String) {
        #expect(Array(HeaderText.decode(raw).unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test("eight-bit text is UTF-8 if it can be, else windows-1252, else Japanese that says so")
    func eightBit() {
        #expect(HeaderText.decode(Array("Grüße 日本".utf8)) == "Grüße 日本")
        #expect(HeaderText.decode([0x47, 0x72, 0xFC, 0xDF, 0x65, 0x20, 0x80]) == "Grüße €")
        #expect(HeaderText.decode(Array("\u{1B}$B;MH>\u{1B}(B 1".utf8)) == "四半 1")
        let mixed = [UInt8]("=?utf-8?Q?=C3=A9?= ".utf8) + [0xFC]
        #expect(HeaderText.decode(mixed) == "é ü")
    }

    @Test("all of what comes out is on one line without controls")
    func invariants() {
        var random = SeededNumbers(seed: 11)
        let pieces = [
            "=?", "?=", "utf-8", "?Q?", "?B?", "=C3", "=A9", "w6k", "=", " ", "\r\n ", "\t", "x", "iso-2022-jp",
            "\u{1B}$B", "é",
        ]
        for _ in 0..<3000 {
            var raw: [UInt8] = []
            for _ in 0..<(random.next() % 12) {
                if random.next() % 5 == 0 {
                    raw.append(UInt8(truncatingIfNeeded: random.next()))
                } else {
                    raw += Array(pieces[Int(random.next() % UInt64(pieces.count))].utf8)
                }
            }
            let text = HeaderText.decode(raw)
            let scalars = Array(text.unicodeScalars)
            #expect(!scalars.contains { $0.properties.generalCategory == .control })
            #expect(!text.contains("  ") && scalars.first != " " && scalars.last != " ")
            #expect(scalars == Array(text.precomposedStringWithCanonicalMapping.unicodeScalars))
            _ = AddressList.firstDisplay(raw)
            _ = AddressList.addresses(raw, atMost: .max)
            _ = MessageDate.parse(raw)
            _ = Header(raw).value(of: "x")
        }
    }

    @Test(
        "long fields take one pass",
        arguments: [
            "=?a?Q?", "=?a?B?=", "=?utf-8?Q?=C3?= ", "\"", "(", "<", "=?", "a,", ":;", "\\", "e\u{301}", "[", "a:\n",
            "\n ", "@",
        ])
    func linear(piece: String) {
        let raw = Array(String(repeating: piece, count: 200_000 / piece.utf8.count).utf8)
        #expect(HeaderText.decode(raw).utf8.count <= 3 * raw.count)
        _ = AddressList.firstDisplay(raw)
        _ = AddressList.addresses(raw, atMost: .max)
        #expect(MessageDate.parse(raw) == nil)
        _ = Header(raw).value(of: "subject")
        _ = Header(Array("Subject: ".utf8) + raw).value(of: "subject")
    }
}
