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
        result.reserveCapacity(min(limit, text.utf8.count))
        var separate = false
        var bearsMarks = false
        for scalar in text.unicodeScalars {
            if result.count >= limit { break }
            let kind = Kind(scalar)
            guard kind == .letter || kind == .sign || (kind == .mark && bearsMarks) else {
                separate = true
                bearsMarks = false
                continue
            }
            if separate, !result.isEmpty { result.append(UInt8(ascii: "-")) }
            separate = false
            bearsMarks = kind != .sign
            if scalar.value < 0x80 {
                result.append(UInt8(truncatingIfNeeded: scalar.value))
            } else if let encoded = UTF8.encode(scalar) {
                result.append(contentsOf: encoded)
            }
        }
        return result
    }

    enum Kind {
        /// Or a digit.
        case letter
        case mark
        case sign
        case other

        init(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            // A to Z, a to z, 0 to 9.
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39:
                self = .letter
            // `+`, `,`, `=`, `@`, `_`.
            case 0x2B, 0x2C, 0x3D, 0x40, 0x5F:
                self = .sign
            // Besides ASCII, the fillers of Hangul: letters that nobody can see.
            case 0...0x7F, 0x115F, 0x1160, 0x3164, 0xFFA0:
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
    /// The longest beginning of whole characters within `count` octets of UTF-8, never ending in `-`.
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
        while cut.unicodeScalars.last == "-" { cut.unicodeScalars.removeLast() }
        return String(cut)
    }
}
