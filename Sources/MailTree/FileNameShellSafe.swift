/// Which characters a name may have that is used in a shell without quoting.
public enum ShellSafe {
    /// Letters, combining marks and decimal digits of every language and `-_+@=,`; each run of anything else is one `-`.
    ///
    /// No `-` at either end, never two in a row; empty where nothing is left. Text in NFC stays in NFC: a mark that
    /// follows none of a letter, digit or mark is not kept.
    ///
    /// ```swift
    /// ShellSafe.component("Re: $(rm -rf ~) – été")    // "Re-rm-rf-été"
    /// ```
    public static func component(_ text: String) -> String {
        String(decoding: octets(text, limit: .max), as: UTF8.self)
    }

    /// The component in UTF-8, of only as much text as gives `limit` octets, and then to the end of that scalar.
    static func octets(_ text: String, limit: Int) -> [UInt8] {
        var result: [UInt8] = []
        append(text, limit: limit, to: &result)
        return result
    }

    /// The same, behind what is there.
    static func append(_ text: String, limit: Int, to octets: inout [UInt8]) {
        var text = text
        text.withUTF8 { append($0, limit: limit, to: &octets) }
    }

    /// - Parameter text: valid UTF-8.
    private static func append(_ text: UnsafeBufferPointer<UInt8>, limit: Int, to result: inout [UInt8]) {
        let first = result.count
        let end = limit < .max - first ? first + limit : .max
        var separate = false
        var bearsMarks = false
        var index = 0
        while index < text.count, result.count < end {
            let start = index
            let kind: Kind
            if text[start] < 0x80 {
                // What stands for itself goes along in one piece.
                let hyphens = separate && result.count > first ? 1 : 0
                let room = max(1, end - result.count - hyphens)
                let most = room < text.count - start ? start + room : text.count
                while index < most, isKept(text[index]) { index += 1 }
                if index > start {
                    if hyphens > 0 { result.append(UInt8(ascii: "-")) }
                    separate = false
                    result.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
                    bearsMarks = Kind(ascii: text[index - 1]) == .letter
                    continue
                }
                kind = .other
                index += 1
            } else {
                let scalar = scalar(text, &index)
                kind = Kind(scalar)
            }
            guard kind == .letter || kind == .sign || (kind == .mark && bearsMarks) else {
                separate = true
                bearsMarks = false
                continue
            }
            if separate, result.count > first { result.append(UInt8(ascii: "-")) }
            separate = false
            bearsMarks = kind != .sign
            result.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
        }
    }

    /// Whether an octet of US-ASCII is a letter, digit or sign of a name.
    private static func isKept(_ octet: UInt8) -> Bool {
        octet < 0x80 && (octet < 0x40 ? keptLow : keptHigh) >> UInt64(octet & 0x3F) & 1 == 1
    }

    /// A bit for each octet of 0 to 63, and of 64 to 127.
    private static let keptLow: UInt64 = 0x23FF_1800_0000_0000
    private static let keptHigh: UInt64 = 0x07FF_FFFE_87FF_FFFF

    /// The scalar of more than one octet at `index`, which then stands behind it; U+FFFD for what is none.
    private static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Unicode.Scalar {
        let first = text[index]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        var value = UInt32(first) & (0x7F >> UInt32(length))
        index += 1
        var left = length - 1
        while left > 0, index < text.count, text[index] & 0xC0 == 0x80 {
            value = value << 6 | UInt32(text[index] & 0x3F)
            index += 1
            left -= 1
        }
        return left == 0 ? Unicode.Scalar(value) ?? "\u{FFFD}" : "\u{FFFD}"
    }

    enum Kind {
        /// Or a digit.
        case letter
        case mark
        case sign
        case other

        init(ascii octet: UInt8) {
            switch octet {
            // A to Z, a to z, 0 to 9.
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39: self = .letter
            // `+`, `,`, `=`, `@`, `_`.
            case 0x2B, 0x2C, 0x3D, 0x40, 0x5F: self = .sign
            default: self = .other
            }
        }

        init(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0..<0x80:
                self.init(ascii: UInt8(truncatingIfNeeded: scalar.value))
            // Nothing but letters: of Latin, Cyrillic, Japanese, Chinese, Korean.
            case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x400...0x481, 0x3041...0x3096, 0x30A1...0x30FA,
                0x4E00...0x9FA5, 0xAC00...0xD7A3:
                self = .letter
            // The fillers of Hangul: letters that nobody can see.
            case 0x115F, 0x1160, 0x3164, 0xFFA0:
                self = .other
            default:
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                    .decimalNumber:
                    self = .letter
                case .nonspacingMark, .spacingMark, .enclosingMark:
                    self = .mark
                default:
                    self = .other
                }
            }
        }
    }
}

extension String {
    /// The longest beginning of whole characters within `count` octets of UTF-8, never ending in `-` or a blank.
    ///
    /// Where the first character alone is longer, it is cut between scalars.
    func nameCut(to count: Int) -> String {
        guard utf8.count > count else { return self }
        var end = startIndex
        while end < endIndex {
            let next = index(after: end)
            if utf8.distance(from: startIndex, to: next) > count { break }
            end = next
        }
        var cut = self[..<end]
        if cut.isEmpty {
            var length = 0
            let scalars = unicodeScalars.prefix { scalar in
                length += UTF8.width(scalar)
                return length <= count
            }
            cut = Substring(scalars)
        }
        while let last = cut.unicodeScalars.last, last == "-" || last == " " { cut.unicodeScalars.removeLast() }
        return String(cut)
    }
}
