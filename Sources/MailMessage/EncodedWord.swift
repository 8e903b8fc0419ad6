/// One encoded word of a header field (RFC 2047 section 2), with its text already turned into octets of its charset.
///
/// ```
/// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="     ; language: RFC 2231 section 5
/// ```
struct EncodedWord {
    let charset: Charset
    let octets: [UInt8]
    /// The index behind the word.
    let end: Int

    /// The longest charset with language that is looked at.
    private static let charsetLimit = 96

    /// Finds the words of one field. It remembers that no terminator lies ahead, so that a field of nothing but
    /// beginnings costs one pass.
    struct Scanner {
        let bytes: [UInt8]
        private var terminators = true

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        /// The word that begins at `start`; nil where none does.
        ///
        /// A last word that was cut off ends at the next blank. Blanks inside of a word are tolerated.
        mutating func word(at start: Int) -> EncodedWord? {
            guard let opening = EncodedWord.opening(bytes, at: start) else { return nil }
            var end = opening.text
            var next = end
            var found = false
            while terminators, end + 1 < bytes.count {
                if bytes[end] == UInt8(ascii: "?"), bytes[end + 1] == UInt8(ascii: "=") {
                    found = true
                    break
                }
                end += 1
            }
            if found {
                next = end + 2
            } else {
                terminators = false
                end = opening.text
                while end < bytes.count, !isBlank(bytes[end]) { end += 1 }
                next = end
                if end > opening.text, bytes[end - 1] == UInt8(ascii: "?") { end -= 1 }
            }
            let text = bytes[opening.text..<end]
            let octets = opening.isBase64 ? Base64.decode(text) : QuotedPrintable.decodeWord(text)
            return EncodedWord(charset: opening.charset, octets: octets, end: next)
        }
    }

    private struct Opening {
        let charset: Charset
        let isBase64: Bool
        let text: Int
    }

    private static func opening(_ bytes: [UInt8], at start: Int) -> Opening? {
        guard start + 5 < bytes.count, bytes[start] == UInt8(ascii: "="), bytes[start + 1] == UInt8(ascii: "?")
        else { return nil }
        var index = start + 2
        let limit = min(bytes.count, index + charsetLimit)
        while index < limit, bytes[index] != UInt8(ascii: "?") {
            guard bytes[index] > 0x20, bytes[index] < 0x7F, bytes[index] != UInt8(ascii: "=") else { return nil }
            index += 1
        }
        guard index > start + 2, index < limit, index + 2 < bytes.count, bytes[index + 2] == UInt8(ascii: "?")
        else { return nil }
        let isBase64: Bool
        switch bytes[index + 1] {
        case UInt8(ascii: "B"), UInt8(ascii: "b"): isBase64 = true
        case UInt8(ascii: "Q"), UInt8(ascii: "q"): isBase64 = false
        default: return nil
        }
        let name = bytes[(start + 2)..<index].prefix { $0 != UInt8(ascii: "*") }
        let charset = Charset(name: String(decoding: name, as: UTF8.self))
        return Opening(charset: charset, isBase64: isBase64, text: index + 3)
    }
}

/// Blank, tab, and what is left of line ends.
func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
}
