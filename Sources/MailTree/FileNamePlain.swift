/// Which characters a name may have that is looked at rather than typed.
public enum PlainText {
    /// Letters, marks, digits and signs of every language, emoji among them, and the punctuation that every file system takes: not `/`, and
    /// none of `\\:*?"<>|`. Each run of blanks and of what is not kept is one blank.
    ///
    /// No blank at either end; empty where nothing is left. Text in NFC stays in NFC.
    ///
    /// ```swift
    /// PlainText.component("Re: Quarterly report (2nd draft)?")    // "Re Quarterly report (2nd draft)"
    /// ```
    public static func component(_ text: String) -> String {
        var octets: [UInt8] = []
        append(text, limit: .max, to: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    /// The component in UTF-8, behind what is there, of only as much text as gives `limit` octets.
    static func append(_ text: String, limit: Int, to octets: inout [UInt8]) {
        let first = octets.count
        var isSeparate = false
        var bearsMarks = false
        for scalar in text.unicodeScalars {
            if octets.count - first >= limit { return }
            let kind = Kind(scalar)
            guard kind == .text || (kind == .mark && bearsMarks) else {
                bearsMarks = false
                if kind != .unseen { isSeparate = true }
                continue
            }
            if isSeparate, octets.count > first { octets.append(UInt8(ascii: " ")) }
            isSeparate = false
            bearsMarks = true
            octets.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        }
    }

    /// What stands in a template: blanks at its ends stay.
    static func literal(_ text: Substring) -> [UInt8] {
        var result: [UInt8] = []
        let words = component(String(text))
        if text.unicodeScalars.first.map(Kind.init) == .blank { result.append(UInt8(ascii: " ")) }
        result += words.utf8
        if !words.isEmpty, text.unicodeScalars.last.map(Kind.init) == .blank { result.append(UInt8(ascii: " ")) }
        return result
    }

    enum Kind {
        case text
        case mark
        /// Or what stands for one.
        case blank
        /// Joiners, marks of direction and the like: gone without a trace.
        case unseen

        init(_ scalar: Unicode.Scalar) {
            switch ShellSafe.Kind(scalar) {
            case .letter, .sign: self = .text
            case .mark: self = .mark
            case .other: self = scalar.isASCII ? Self.ascii(scalar) : Self.beyond(scalar)
            }
        }

        private static func ascii(_ scalar: Unicode.Scalar) -> Kind {
            switch scalar {
            case "-", ".", "!", "#", "%", "&", "'", "(", ")", ";", "[", "]": .text
            default: .blank
            }
        }

        private static func beyond(_ scalar: Unicode.Scalar) -> Kind {
            switch scalar.properties.generalCategory {
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol,
                .letterNumber, .otherNumber:
                .text
            case .format: .unseen
            default: .blank
            }
        }
    }
}
