/// The Date field (RFC 5322 section 3.3, obsolete forms of 4.3) and the other shapes that mail brings: asctime,
/// `12-Oct-2024`, ISO 8601.
public enum MessageDate {
    /// Seconds since 1970, negative before; nil where no date can be meant.
    ///
    /// Two-digit years are 1950 to 2049, three-digit ones count from 1900. The weekday is not looked at. A missing
    /// time is midnight, a missing or impossible zone is UTC; a day that its month lacks, a year before 1900 or an
    /// hour past 23 is no date.
    ///
    /// ```swift
    /// MessageDate.parse(Array("Sat, 12 Oct 2024 08:32:00 +0200 (CEST)".utf8))    // 1728714720
    /// ```
    public static func parse(_ raw: [UInt8]) -> Int64? {
        var reader = DateReader(DateToken.tokens(of: raw))
        return reader.read()
    }
}

/// A run of digits, a run of letters, or a sign.
enum DateToken: Equatable {
    /// The value, and how many digits it was written with: at most 9.
    case number(Int64, digits: Int)
    /// In lower case.
    case word(String)
    case sign(UInt8)

    /// More of them than any date has.
    private static let limit = 40

    /// Comments and white space only part tokens; they leave no trace.
    static func tokens(of raw: [UInt8]) -> [DateToken] {
        var tokens: [DateToken] = []
        var depth = 0
        var index = 0
        while index < raw.count, tokens.count < limit {
            let byte = raw[index]
            if byte == UInt8(ascii: "\\"), depth > 0 {
                index += 2
                continue
            }
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")"), depth > 0 {
                depth -= 1
                index += 1
                continue
            }
            if depth > 0 || isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") {
                index += 1
                continue
            }
            let start = index
            if isDigit(byte) {
                while index < raw.count, isDigit(raw[index]) { index += 1 }
                guard index - start <= 9 else { continue }
                let value = raw[start..<index].reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
                tokens.append(.number(value, digits: index - start))
            } else if isLetter(byte) {
                while index < raw.count, isLetter(raw[index]) { index += 1 }
                let letters = raw[start..<index].prefix(16).map { $0 | 0x20 }
                tokens.append(.word(String(decoding: letters, as: UTF8.self)))
            } else {
                tokens.append(.sign(byte))
                index += 1
            }
        }
        return tokens
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }
}
