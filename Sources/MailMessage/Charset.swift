/// A character set by the name that a message gives it (RFC 2047 section 2).
///
/// Two names of one set are equal only in the same spelling; `converterName` is what they have in common.
public struct Charset: Hashable, Sendable {
    public let name: String
    public init(name: String) { self.name = name }

    /// What the converter calls this set; nil for a name that no mail is known to use.
    ///
    /// Only listed sets reach the converter: of the several hundred that the C library offers, a message may name
    /// none that nobody writes mail in.
    var converterName: String? {
        // What most words name.
        if name == "UTF-8" || name == "utf-8" { return Self.utf8 }
        let key = Self.key(of: name)
        if let alias = Self.aliases[key] { return alias }
        for (prefix, numbers, canonical) in Self.families where key.hasPrefix(prefix) {
            if let number = Int(key.dropFirst(prefix.utf8.count)), numbers.contains(number) {
                return canonical + String(number)
            }
        }
        return nil
    }

    /// Letters and digits alone, in lower case: spellings differ in hyphens, underscores and blanks.
    static func key(of name: String) -> String {
        var key: [UInt8] = []
        for byte in name.utf8.prefix(64) {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): key.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): key.append(byte | 0x20)
            default: break
            }
        }
        return String(decoding: key, as: UTF8.self)
    }

    private static let windows: Set<Int> = Set([874, 932, 936, 949, 950]).union(1250...1258)
    private static let dos: Set<Int> = [
        437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869,
    ]

    /// Numbered families: the key's prefix, the numbers that exist, the converter's prefix.
    private static let families: [(prefix: String, numbers: Set<Int>, canonical: String)] = [
        ("iso8859", [2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16], "ISO-8859-"),
        ("windows", windows, "CP"),
        ("cp", windows.union(dos), "CP"),
        ("xcp", windows.union(dos), "CP"),
        ("ibm", dos, "CP"),
        ("ms", windows, "CP"),
        ("win", windows, "CP"),
    ]

    /// By key. Where a set has a superset that mailers write under its name, the superset is meant.
    private static let aliases: [String: String] = [
        "utf8": utf8, "unicode11utf8": utf8, "cp65001": utf8, "xutf8": utf8, "utf8mb4": utf8, "unicode": utf8,
        "utf7": "UTF-7", "unicode11utf7": "UTF-7", "xunicode20utf7": "UTF-7", "unicode20utf7": "UTF-7",
        "cp65000": "UTF-7",
        "utf16": "UTF-16", "utf16le": "UTF-16LE", "utf16be": "UTF-16BE", "iso10646ucs2": "UTF-16BE",
        "ucs2": "UTF-16BE", "utf32": "UTF-32", "utf32le": "UTF-32LE", "utf32be": "UTF-32BE",

        "iso88591": western, "latin1": western, "l1": western, "iso885911987": western, "cp819": western,
        "ansi": western, "windows1252": western, "cp1252": western, "xansi": western,
        "iso885915euro": "ISO-8859-15", "latin9": "ISO-8859-15", "latin0": "ISO-8859-15",
        "latin2": "ISO-8859-2", "l2": "ISO-8859-2", "iso885921987": "ISO-8859-2", "latin3": "ISO-8859-3",
        "latin4": "ISO-8859-4", "latin6": "ISO-8859-10", "latin10": "ISO-8859-16",
        "iso88599": "CP1254", "latin5": "CP1254", "iso885991989": "CP1254",
        "iso885911": "CP874", "tis620": "CP874", "xwindows874": "CP874", "thai": "CP874",
        "iso88598i": "ISO-8859-8", "iso88598e": "ISO-8859-8", "visual": "ISO-8859-8", "hebrew": "ISO-8859-8",
        "logical": "ISO-8859-8", "iso88596i": "ISO-8859-6", "iso88596e": "ISO-8859-6", "arabic": "ISO-8859-6",
        "greek": "ISO-8859-7", "iso885971987": "ISO-8859-7", "cyrillic": "ISO-8859-5",

        "koi8r": "KOI8-R", "koi8": "KOI8-R", "koi": "KOI8-R", "xkoi8r": "KOI8-R", "koi8u": "KOI8-U",
        "cp1125": "CP1125", "ibm1125": "CP1125", "cp866u": "CP1125", "ruscii": "CP1125",
        "koi8ru": "KOI8-U", "koi8t": "KOI8-T", "xcp866": "CP866",
        "macintosh": "MACINTOSH", "mac": "MACINTOSH", "macroman": "MACINTOSH", "xmacroman": "MACINTOSH",
        "xmacukrainian": "MAC-UK", "macukrainian": "MAC-UK", "xmacgreek": macGreek, "macgreek": macGreek,
        "xmaccyrillic": "MAC-CYRILLIC", "maccyrillic": "MAC-CYRILLIC", "xmacce": "MAC-CENTRALEUROPE",
        "viscii": "VISCII", "tcvn": "TCVN5712-1", "tcvn5712": "TCVN5712-1", "armscii8": "ARMSCII-8",
        "georgianps": "GEORGIAN-PS", "georgianacademy": "GEORGIAN-ACADEMY", "hproman8": "HP-ROMAN8",

        "gb2312": "GB18030", "gb231280": "GB18030", "gbk": "GB18030", "xgbk": "GB18030", "gb18030": "GB18030",
        "euccn": "GB18030", "cngb": "GB18030", "csgb2312": "GB18030", "cp936": "GB18030", "ms936": "GB18030",
        "windows936": "GB18030", "chinesegb": "GB18030", "xeuccn": "GB18030",
        "iso2022cn": "ISO-2022-CN", "hzgb2312": hz, "hz": hz,
        "big5": "BIG5-HKSCS", "big5hkscs": "BIG5-HKSCS", "cnbig5": "BIG5-HKSCS", "xxbig5": "BIG5-HKSCS",
        "big5eten": "BIG5-HKSCS", "euctw": "EUC-TW",

        "iso2022jp": japanese, "iso2022jp1": japanese, "iso2022jpms": japanese, "csiso2022jp": japanese,
        "cp50220": japanese, "cp50221": japanese, "cp50222": japanese, "jis": japanese, "xjis": japanese,
        "iso2022jp2": "ISO-2022-JP-2",
        "shiftjis": "CP932", "sjis": "CP932", "xsjis": "CP932", "mskanji": "CP932", "windows31j": "CP932",
        "csshiftjis": "CP932", "cswindows31j": "CP932",
        "eucjp": "EUC-JP-MS", "xeucjp": "EUC-JP-MS", "xeuc": "EUC-JP-MS", "ujis": "EUC-JP-MS",
        "eucjpms": "EUC-JP-MS", "cp51932": "EUC-JP-MS",

        "euckr": "CP949", "ksc5601": "CP949", "ksc56011987": "CP949", "ksc56011989": "CP949",
        "korean": "CP949", "uhc": "CP949", "xwindows949": "CP949", "cseuckr": "CP949",
        "isoir149": "CP949", "iso2022kr": "ISO-2022-KR", "johab": "JOHAB",

        "ibm037": "IBM037", "cp037": "IBM037", "csibm037": "IBM037",
    ]

    static let utf8 = "UTF-8"
    static let western = "CP1252"
    static let japanese = "ISO-2022-JP"
    /// The library has no converters for these.
    static let hz = "HZ"
    static let macGreek = "MACGREEK"
}
