/// What a conversation is about (RFC 5256 section 2.1): a subject without what answering and forwarding put before and behind it.
public enum BaseSubject {
    /// - Parameter subject: decoded, on one line.
    ///
    /// ```swift
    /// BaseSubject.of("Re: AW[2]: Berth figures (fwd)")    // "Berth figures"
    /// ```
    public static func of(_ subject: String) -> String {
        var rest = subject[...]
        while true {
            rest = trimmed(rest)
            if let shorter = withoutEnding(rest) ?? withoutLeader(rest) { rest = shorter } else { return String(rest) }
        }
    }

    /// In English, and as programs write it in other languages.
    private static let answered: Set<String> = [
        "re", "fw", "fwd", "aw", "wg", "sv", "vs", "vb", "antw", "doorst", "tr", "rif", "res", "enc", "rv", "odp",
        "ynt", "回复", "答复", "转发", "回覆",
    ]

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// `subj-trailer = "(fwd)" / WSP`
    private static func withoutEnding(_ text: Substring) -> Substring? {
        text.suffix(5).lowercased() == "(fwd)" ? text.dropLast(5) : nil
    }

    /// `subj-leader = *subj-blob subj-refwd`, `subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"`
    private static func withoutLeader(_ text: Substring) -> Substring? {
        var rest = text
        while let next = withoutBlob(rest) { rest = next }
        let word = rest.prefix { $0.isLetter }
        guard answered.contains(word.lowercased()) else { return nil }
        rest = rest[word.endIndex...].drop { $0 == " " }
        rest = withoutBlob(rest) ?? rest
        guard let colon = rest.first, colon == ":" || colon == "：" else { return nil }
        return rest.dropFirst()
    }

    /// `subj-blob = "[" *BLOBCHAR "]" *WSP`
    private static func withoutBlob(_ text: Substring) -> Substring? {
        guard text.first == "[" else { return nil }
        let inner = text.dropFirst().prefix { $0 != "[" && $0 != "]" }
        guard inner.endIndex < text.endIndex, text[inner.endIndex] == "]" else { return nil }
        return text[text.index(after: inner.endIndex)...].drop { $0 == " " }
    }
}
