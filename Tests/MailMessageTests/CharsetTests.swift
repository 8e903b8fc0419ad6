import Foundation
import SeededNumbers
import Testing

@testable import MailMessage

@Suite("Charsets")
struct CharsetTests {
    /// One subject each as other software encodes it.
    static let subjects: [(raw: String, text: String)] = [
        ("=?iso-2022-jp?B?GyRCO01IPjR8SnM5cD1xJE43bxsoQg==?=", "四半期報告書の件"),
        ("=?gb2312?B?vL62yLGouObS0b6t17yxuLrD?=", "季度报告已经准备好"),
        ("=?euc-kr?B?utCx4iC6uLDtvK0=?=", "분기 보고서"),
        ("=?ks_c_5601-1987?B?utCx4iC6uLDtvK0=?=", "분기 보고서"),
        ("=?koi8-r?B?69fB0tTBzNjO2cogz9Teo9Q=?=", "Квартальный отчёт"),
        ("=?iso-8859-1?B?3GJlcnBy/GZ1bmcgZvxyIEZyYW7nb2lz?=", "Überprüfung für François"),
        ("=?iso-8859-2?B?yHR2cnRsZXRu7SB6cHLhdmE=?=", "Čtvrtletní zpráva"),
        ("=?iso-8859-5?B?rufe4NA=?=", "Ўчора"),
        ("=?iso-8859-6?B?yuLR6tEg0cjZINPm6Oo=?=", "تقرير ربع سنوي"),
        ("=?iso-8859-7?B?1PHp7Oft6eHf4SDd6ujl8+c=?=", "Τριμηνιαία έκθεση"),
        ("=?iso-8859-8-i?B?4+XnIPjh8uXw6Q==?=", "דוח רבעוני"),
        ("=?iso-8859-9?B?3OcgYXls/WsgcmFwb3Ig/fD+?=", "Üç aylık rapor ığş"),
        ("=?iso-8859-15?B?UHJpeCA6IDEwMCCkIL11dnJl?=", "Prix : 100 € œuvre"),
        ("=?windows-1251?B?yui/4iCzIMv84rPi?=", "Київ і Львів"),
        ("=?windows-1252?B?k1NtYXJ0lCCWIHF1b3Rlc4U=?=", "“Smart” – quotes…"),
        ("=?iso-8859-1?B?k1NtYXJ0lCCWIHF1b3Rlc4U=?=", "“Smart” – quotes…"),
        ("=?ansi?Q?Gr=F6=DFe?=", "Größe"),
        ("=?us-ascii?Q?Gr=F6=DFe?=", "Größe"),
        ("=?us-ascii?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?x-unknown?Q?Gr=F6=DFe?=", "Größe"),
        ("=?x-unknown?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?//TRANSLIT?Q?Gr=F6=DFe?=", "Größe"),
        ("=?../../etc?Q?Gr=F6=DFe?=", "Größe"),
        ("=?tis-620?B?w9LCp9K5u8PQqNPktcPB0so=?=", "รายงานประจำไตรมาส"),
        ("=?big5?B?qXWr17P4p2k=?=", "季度報告"),
        ("=?shift_jis?B?g4yDfIFbg2eHQIeK?=", "レポート①㈱"),
        ("=?iso-2022-jp?B?GyRCLSEtahsoQg==?=", "①㈱"),
        ("=?iso-2022-jp?B?GyhJOzg3GyhC?=", "ｻｸｷ"),
        ("=?euc-jp?B?xvzL3LjspM6378y+?=", "日本語の件名"),
        ("=?utf-16be?B?AEcAcgD8AN8AZQ==?=", "Grüße"),
        ("=?utf-16?B?AEcAcgD8AN8AZQ==?=", "Grüße"),
        ("=?utf-16?B?//5HAHIA/ADfAGUA?=", "Grüße"),
        ("=?koi8-u?B?+tem1CCnraQ=?=", "Звіт їґє"),
        ("=?unicode-1-1-utf-7?B?K0FOdy1iZXJzaWNodA==?=", "Übersicht"),
        ("=?cp-850?B?R3KU4WU=?=", "Größe"),
        ("=?johab?B?0GWLaQ==?=", "한글"),
        ("=?iso-2022-kr?B?GyQpQw5HUTE5Pm4P?=", "한국어"),
        ("=?gb18030?B?lTKCNv2I?=", "𠀀龍"),
        ("=?utf-8?B?4KSk4KWN4KSw4KWI4KSu4KS+4KS44KS/4KSVIOCksOCkv+CkquCli+CksOCljeCknw==?=", "त्रैमासिक रिपोर्ट"),
        ("=?utf8?B?4K6V4K6+4K6y4K6+4K6j4K+N4K6f4K+B?=", "காலாண்டு"),
        ("=?UTF-8?B?4YOl4YOQ4YOg4YOX4YOj4YOa4YOYINWA1aHVtdWl1oDVpdW2IOGKoOGIm+GIreGKmw==?=", "ქართული Հայերեն አማርኛ"),
        ("=?utf-8?B?8J+RqeKAjfCfkanigI3wn5GnIGVtb2ppIPCfh6bwn4e5?=", "👩‍👩‍👧 emoji 🇦🇹"),
        ("=?macintosh?B?TZ9sbGVy?=", "Müller"),
        ("=?hz-gb-2312?B?fns8Okt5MjtTeyMsTnBKKWw2SEshI359?=", "己所不欲，勿施於人。"),
        ("=?hz-gb-2312?Q?a=7E=7Eb=7E=0A=7E{<:=7E}c=7E{<?=", "a~b己c\u{FFFD}"),
        ("=?cp1125?B?j+CoovfiIPmmoKog8w==?=", "Привіт їжак ґ"),
        ("=?x-mac-greek?B?tuzs6O7p68A=?=", "Ελληνικά"),
        ("=?ibm037?B?yIWTk5ZrQOaWmZOE?=", "Hello, World"),
        ("=?x-mac-ukrainian?B?j/Do4rTyILvm4Oogtg==?=", "Привіт їжак ґ"),
        ("=?windows-1252?Q?a=81b?=", "a\u{FFFD}b"),
    ]

    @Test("decode as their writers meant", arguments: subjects)
    func decoded(raw: String, text: String) {
        let result = HeaderText.decode(Array(raw.utf8))
        #expect(Array(result.unicodeScalars) == Array(text.precomposedStringWithCanonicalMapping.unicodeScalars))
    }

    @Test("every name in the table is one the C library knows")
    func converters() {
        let names = [
            "utf-7", "utf-16le", "utf-32", "iso-8859-3", "iso-8859-4", "iso-8859-10", "iso-8859-11", "iso-8859-13",
            "iso-8859-14", "iso-8859-16", "windows-1250", "windows-1253", "windows-1254", "windows-1255",
            "windows-1256", "windows-1257", "windows-1258", "cp437", "cp737", "cp775", "cp852", "cp855", "cp857",
            "cp858", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865", "ibm866", "cp869", "windows-874", "cp932",
            "cp949", "cp950", "koi8-t", "x-mac-cyrillic", "x-mac-ce", "viscii", "tcvn", "armscii-8", "georgian-ps",
            "hp-roman8", "iso-2022-cn", "euc-tw", "iso-2022-jp-2", "euc-jp-ms", "gbk", "big5-hkscs",
            "georgian-academy",
        ]
        for name in names {
            let converter = Charset(name: name).converterName
            #expect(converter != nil, "\(name)")
            if let converter { #expect(CharsetConverter.shared.convert([0x20], from: converter) != nil, "\(name)") }
        }
        #expect(CharsetConverter.shared.convert([0x20], from: "no-such-set") == nil)
        #expect(CharsetConverter.shared.convert([0x20], from: "no-such-set") == nil)
    }

    @Test(
        "end on octets that mean nothing",
        arguments: [
            "utf-8", "utf-7", "utf-16", "gb2312", "big5", "shift_jis", "euc-jp", "euc-kr", "iso-2022-jp",
            "iso-2022-jp-2",
            "iso-2022-kr", "iso-2022-cn", "euc-tw", "johab", "koi8-r", "iso-8859-8", "windows-1255", "viscii", "utf-32",
        ])
    func garbage(name: String) {
        var random = SeededNumbers(seed: 7)
        for length in [1, 2, 3, 17, 300, 5000] {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let text = Charset(name: name).decode(bytes)
            #expect(text.unicodeScalars.count <= 4 * length)
            #expect(Charset(name: name).decode(Array("plain".utf8) + [0xFF]).count >= 1)
        }
    }

    @Test("an invalid sequence costs itself and not what follows")
    func recovery() {
        #expect(Charset(name: "euc-kr").decode([0x41, 0xFF, 0x42]) == "A\u{FFFD}B")
        #expect(Charset(name: "gb2312").decode([0xBC, 0xBE, 0xFF, 0xBC, 0xBE]) == "季\u{FFFD}季")
        #expect(Charset(name: "shift_jis").decode([0x83]) == "\u{FFFD}")
        #expect(
            Charset(name: "gb2312").decode(Array(repeating: [0xBC, 0xBE], count: 5000).flatMap { $0 }).count == 5000)
    }

    @Test("convert for many threads at once")
    func threads() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<200 {
                let (raw, text) = Self.subjects[task % Self.subjects.count]
                group.addTask { HeaderText.decode(Array(raw.utf8)) == text }
            }
            for await equal in group { #expect(equal) }
        }
    }
}

@Suite("Canonical composition")
struct CanonicalCompositionTests {
    @Test("what passes untouched is in form C beside anything")
    func inert() {
        for value in UInt32(0)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value), CanonicalComposition.isInert(scalar) else { continue }
            let text = "a" + String(scalar) + "e"
            #expect(scalar.properties.canonicalCombiningClass == .notReordered)
            #expect(text.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
    }

    @Test(
        "composes and reorders",
        arguments: [("e\u{301}", 1), ("\u{1100}\u{1161}\u{11A8}", 1), ("\u{212B}", 1), ("a\u{301}\u{323}", 2)])
    func composes(text: String, count: Int) {
        #expect(CanonicalComposition.compose(text).unicodeScalars.count == count)
        #expect(CanonicalComposition.compose(text) == text)
    }

    @Test(
        "a long text is composed as its pieces are",
        arguments: [
            "e\u{301}", "a\u{301}\u{323}x", "\u{928}\u{93C}", "\u{1100}\u{1161}\u{11A8}", "क्षि\u{9C7}\u{9BE}",
            "\u{11131}\u{11127}",
            "日e\u{301}",
        ])
    func long(piece: String) {
        let composed = Array(piece.precomposedStringWithCanonicalMapping.unicodeScalars)
        for count in [1, 511, 512, 1500] {
            let result = CanonicalComposition.compose(String(repeating: piece, count: count))
            #expect(Array(result.unicodeScalars) == Array(repeatElement(composed, count: count).joined()))
        }
    }
}
