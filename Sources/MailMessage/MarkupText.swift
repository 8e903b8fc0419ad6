/// The words of an HTML text, for an index.
public enum MarkupText {
    /// Tags are left out, and stand between words unless they only change how letters look; `script` and `style` go with what they
    /// hold. The entities of XML, `&nbsp;` and numbers are decoded; others stay as they are.
    public static func words(of html: String) -> String {
        let source = Array(html.unicodeScalars)
        var words = String.UnicodeScalarView()
        var index = 0
        while index < source.count {
            let scalar = source[index]
            if scalar == "<", let tag = tag(source, at: index) {
                index = tag.end
                if tag.name == "script" || tag.name == "style" { index = end(of: tag.name, source, from: index) }
                if !inline.contains(tag.name) { words.append(" ") }
            } else if scalar == "&", let entity = entity(source, at: index) {
                words.append(entity.scalar)
                index = entity.end
            } else {
                words.append(scalar)
                index += 1
            }
        }
        return String(words)
    }

    private static let inline: Set<String> = [
        "a", "b", "big", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u", "wbr",
    ]

    /// A tag, a comment or a declaration; nil where the `<` stands for itself.
    private static func tag(_ source: [Unicode.Scalar], at start: Int) -> (name: String, end: Int)? {
        var index = start + 1
        if index + 2 < source.count, source[index...].starts(with: ["!", "-", "-"]) {
            index += 3
            while index + 2 < source.count, !source[index...].starts(with: ["-", "-", ">"]) { index += 1 }
            return ("!", min(index + 3, source.count))
        }
        guard let (name, rest) = tagName(source, at: start) else { return nil }
        index = rest
        while index < source.count, source[index] != ">" { index += 1 }
        return (name, min(index + 1, source.count))
    }

    /// What a tag is called, in small letters, and what is behind its name.
    private static func tagName(_ source: [Unicode.Scalar], at start: Int) -> (name: String, end: Int)? {
        var index = start + 1
        if index < source.count, source[index] == "/" { index += 1 }
        guard index < source.count,
            source[index] == "!" || source[index] == "?" || source[index].properties.isAlphabetic
        else { return nil }
        var name = ""
        while index < source.count, name.utf8.count < 32, source[index].isASCII,
            source[index].properties.isAlphabetic || source[index].properties.numericType != nil
        {
            name.unicodeScalars.append(source[index])
            index += 1
        }
        return (name.lowercased(), index)
    }

    /// Behind the tag that closes the element, or the end. Only that one's end is looked for, so that no octet is looked at twice.
    private static func end(of name: String, _ source: [Unicode.Scalar], from start: Int) -> Int {
        var index = start
        while index < source.count {
            if source[index] == "<", index + 1 < source.count, source[index + 1] == "/",
                tagName(source, at: index)?.name == name
            {
                return tag(source, at: index)?.end ?? source.count
            }
            index += 1
        }
        return index
    }

    private static func entity(_ source: [Unicode.Scalar], at start: Int) -> (scalar: Unicode.Scalar, end: Int)? {
        let rest = source[(start + 1)...].prefix(10)
        guard let semicolon = rest.firstIndex(of: ";") else { return nil }
        var name = ""
        name.unicodeScalars.append(contentsOf: rest[..<semicolon])
        if name.hasPrefix("#") {
            let isHex = name.dropFirst().first == "x" || name.dropFirst().first == "X"
            guard let number = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
                let scalar = Unicode.Scalar(number)
            else { return nil }
            return (scalar, semicolon + 1)
        }
        let known: [String: Unicode.Scalar] = [
            "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ",
        ]
        return known[name].map { ($0, semicolon + 1) }
    }
}
