/// How words are looked for in a full-text index that splits at blanks and signs, without regard to case and accents.
public enum TextMatch {
    /// The columns of the index, in order.
    public static let columns: [TextField] = [.subject, .from, .to, .cc, .list, .messageID, .body]

    /// The name of a column: that of its field may be a word of SQL.
    public static func column(_ field: TextField) -> String {
        "in_" + String(field.rawValue.map { $0 == "-" ? "_" : $0 })
    }

    /// An expression of SQLite's FTS5: the words as a phrase.
    public static func expression(_ field: TextField, _ text: SearchText) -> String {
        let words = spaced(text.words).filter { $0 != "\0" }.replacing("\"", with: " ")
        return (field == .any ? "" : column(field) + " : ") + "\"" + words + "\"" + (text.isPrefix ? " *" : "")
    }

    /// Blanks around each character of a script that is written without them: a word of Chinese or Japanese is a phrase of such
    /// characters then, and is found wherever it stands.
    public static func spaced(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnspaced) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isUnspaced(scalar) {
                result.append(" ")
                result.append(scalar)
                result.append(" ")
            } else {
                result.append(scalar)
            }
        }
        return String(result)
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
