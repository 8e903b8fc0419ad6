/// How words are looked for in a full-text index that splits at blanks and signs, without regard to case and accents.
public enum TextMatch {
    /// The fields that are listed of every message, in the order of the index's columns.
    public static let listed: [TextField] = [.subject, .from, .messageID]
    /// The fields that are known with a message's text, in the order of the index's columns.
    public static let told: [TextField] = [.to, .cc, .list]

    /// The name of a column: that of its field may be a word of SQL.
    public static func column(_ field: TextField) -> String {
        "in_" + String(field.rawValue.map { $0 == "-" ? "_" : $0 })
    }

    /// What a text is to the index. A run of characters of a script that is written without blanks becomes the pairs of neighbours in it, and
    /// its last character: a word of two characters is one word of the index, wherever it stands, and a longer one some that follow each
    /// other. A run goes on in the next line.
    public static func spaced(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnspaced) else { return text }
        // Octets: to a string that is made of scalars, nothing can be added without a copy.
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + text.utf8.count / 2)
        let blank = UInt8(ascii: " ")
        // Of the run that has not ended, and what stands between its characters is left out.
        var last: Unicode.Scalar?
        var blanks: [UInt8] = []
        func end() {
            guard let scalar = last else { return }
            append(scalar, to: &result)
            result.append(blank)
            last = nil
            result += blanks
            blanks.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            if isUnspaced(scalar) {
                if let last {
                    append(last, to: &result)
                    append(scalar, to: &result)
                }
                result.append(blank)
                last = scalar
                blanks.removeAll(keepingCapacity: true)
            } else if last != nil, scalar.properties.isWhitespace {
                append(scalar, to: &blanks)
            } else {
                end()
                append(scalar, to: &result)
            }
        }
        end()
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ scalar: Unicode.Scalar, to octets: inout [UInt8]) {
        if scalar.isASCII {
            octets.append(UInt8(truncatingIfNeeded: scalar.value))
        } else if let encoded = UTF8.encode(scalar) {
            octets += encoded
        }
    }

    /// What words that are looked for are to the index: a run at their end may go on in the text.
    ///
    /// - Returns: the words, and whether the last of them is the beginning of one.
    public static func sought(_ text: SearchText) -> (words: String, isPrefix: Bool) {
        let scalars = text.words.unicodeScalars.filter { $0 != "\0" }
        guard
            let end = scalars.lastIndex(where: {
                isUnspaced($0) || $0.properties.isAlphabetic || $0.properties.numericType != nil
            }),
            isUnspaced(scalars[end])
        else { return (spaced(String(String.UnicodeScalarView(scalars))), text.isPrefix) }
        let run = scalars[...end]
        let before = run.dropLast().last { !$0.properties.isWhitespace }
        let words = spaced(String(String.UnicodeScalarView(run)))
        // A character alone is the beginning of a pair, or the last of its run.
        guard let before, isUnspaced(before) else { return (words, true) }
        // Without the last character and the blank behind it.
        return (String(String.UnicodeScalarView(words.unicodeScalars.dropLast(2))), false)
    }

    /// Whether it is several words of an index, which have to follow each other.
    static func isPhrase(_ text: SearchText) -> Bool {
        sought(text).words.unicodeScalars.split {
            !isUnspaced($0) && !$0.properties.isAlphabetic && $0.properties.numericType == nil
        }
        .count > 1
    }

    /// Thai, Lao, Khmer, Burmese; kana, ideographs, and Hangul, whose words have endings.
    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E01...0x0EDF, 0x1000...0x109F, 0x1780...0x17FF, 0x1100...0x11FF, 0x3041...0x30FF, 0x3131...0x318E,
            0x31F0...0x31FF, 0x3400...0x4DBF,
            0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
