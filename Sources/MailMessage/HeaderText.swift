/// Unstructured header text for people (RFC 5322 section 3.2.5 with RFC 2047 and the language suffix of RFC 2231).
public enum HeaderText {
    /// The text of an unfolded field: encoded words decoded, in NFC, on one line.
    ///
    /// Words that stand side by side are one text, and where they share a charset their octets are joined before they
    /// are decoded, so that a character may be cut in two. Octets outside of words are UTF-8 where they can be and
    /// windows-1252 otherwise. Control characters count as blanks; runs of white space become one blank, and none is
    /// left at either end. Never fails: what makes no sense in its charset is U+FFFD.
    ///
    /// ```swift
    /// HeaderText.decode(Array("=?iso-8859-1?Q?Gr=FC=DFe?= aus Wien".utf8))    // "Grüße aus Wien"
    /// ```
    public static func decode(_ raw: [UInt8]) -> String {
        if let plain = plain(raw) { return plain }
        var text = ""
        for part in parts(of: raw) {
            switch part {
            case .plain(let octets): text += Charset.guess(Array(octets))
            case .encoded(let converter, let octets): text += Charset.decode(octets, by: converter)
            }
        }
        return CanonicalComposition.compose(onOneLine(text))
    }

    /// Printable US-ASCII without encoded words and doubled blanks, which most fields are.
    private static func plain(_ raw: [UInt8]) -> String? {
        var previous: UInt8 = 0x20
        for byte in raw {
            guard byte >= 0x20, byte < 0x7F, !(byte == 0x20 && previous == 0x20),
                !(byte == UInt8(ascii: "?") && previous == UInt8(ascii: "="))
            else { return nil }
            previous = byte
        }
        return previous == 0x20 && !raw.isEmpty ? nil : String(decoding: raw, as: UTF8.self)
    }

    private enum Part {
        case plain(ArraySlice<UInt8>)
        /// With a `Charset.converterName`.
        case encoded(String?, [UInt8])
    }

    private static func parts(of raw: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var scanner = EncodedWord.Scanner(raw)
        var plainStart = 0
        var index = 0
        // The words that are not followed by anything but blanks yet, as long as their charset is the same.
        var key: String?
        var converter: String?
        var octets: [UInt8] = []
        func flush() {
            if key != nil { parts.append(.encoded(converter, octets)) }
            key = nil
            octets = []
        }
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "="), let word = scanner.word(at: index) else {
                index += 1
                continue
            }
            let between = raw[plainStart..<index]
            let wordConverter = word.charset.converterName
            let wordKey = wordConverter ?? Charset.key(of: word.charset.name)
            if key == nil || !between.allSatisfy(isBlank) {
                flush()
                if !between.isEmpty { parts.append(.plain(between)) }
            } else if key != wordKey {
                flush()
            }
            key = wordKey
            converter = wordConverter
            octets += word.octets
            index = word.end
            plainStart = index
        }
        flush()
        if plainStart < raw.count { parts.append(.plain(raw[plainStart...])) }
        return parts
    }

    private static func onOneLine(_ text: String) -> String {
        if isOnOneLine(text) { return text }
        var result = String.UnicodeScalarView()
        var blank = false
        for scalar in text.unicodeScalars {
            if isSpace(scalar) {
                blank = true
                continue
            }
            if blank, !result.isEmpty { result.append(" ") }
            blank = false
            result.append(scalar)
        }
        return String(result)
    }

    /// Whether no white space needs to be changed. False says nothing.
    private static func isOnOneLine(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var previous: UInt8 = 0x20
            for byte in bytes {
                switch byte {
                case 0x20 where previous == 0x20, 0..<0x20, 0x7F: return false
                // What begins U+0080 to U+00BF, U+1000, U+2000, U+3000 and U+F000: there are blanks among these.
                case 0xC2, 0xE1, 0xE2, 0xE3, 0xEF: return false
                default: previous = byte
                }
            }
            return previous != 0x20
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x20, 0x7F...0xA0, 0xFEFF: true
        case 0x21..<0x7F, 0xA1..<0x1680: false
        default: scalar.properties.isWhitespace
        }
    }
}
