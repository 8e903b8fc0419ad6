/// `format=flowed` (RFC 3676): a line that ends in a blank goes on in the next one of the same quoting.
public enum FlowedText {
    /// - Parameter deletingBlanks: `delsp=yes`: the blank that marks the end is none of the text.
    public static func unwrapped(_ text: String, deletingBlanks: Bool) -> String {
        var result = ""
        var isOpen = false
        var openDepth = 0
        for raw in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let quotes = raw.prefix { $0 == ">" }
            var line = raw.dropFirst(quotes.count)
            // Space-stuffing (section 4.4).
            if line.first == " " { line = line.dropFirst() }
            let isSignature = line == "-- "
            if isOpen, isSignature || quotes.count != openDepth {
                result += "\n"
                isOpen = false
            }
            if !isOpen {
                result += quotes
                if !quotes.isEmpty, !line.isEmpty { result += " " }
            }
            isOpen = line.last == " " && !isSignature
            openDepth = quotes.count
            result += isOpen && deletingBlanks ? line.dropLast() : line
            if !isOpen { result += "\n" }
        }
        // The last line end ended a line, and began none.
        if text.last?.isNewline == true, result.last == "\n" { result.removeLast() }
        return result
    }
}

extension MIMEPart {
    /// A text in which lines go on (RFC 3676 section 4).
    public var isFlowed: Bool { type.parameters["format"]?.text.lowercased() == "flowed" }

    /// Of a flowed text: the blanks that lines end in, where they go on, are none of the text (section 4.5).
    public var deletesBlanks: Bool { type.parameters["delsp"]?.text.lowercased() == "yes" }
}
