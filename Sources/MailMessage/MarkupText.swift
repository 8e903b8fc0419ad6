/// The words of an HTML text, for an index.
public enum MarkupText {
    /// Tags are left out, and stand between words unless they only change how letters look; `script` and `style` go with what they
    /// hold. What stands in a picture's place is among the words, and where links lead behind them. The entities of HTML 4 and numbers are
    /// decoded; others stay as they are.
    public static func words(of html: String) -> String {
        let source = Array(html.unicodeScalars)
        var words = String.UnicodeScalarView()
        var links = String.UnicodeScalarView()
        var lastLink: Range<Int>?
        var index = 0
        while index < source.count {
            let scalar = source[index]
            if scalar == "<", let tag = tag(source, at: index) {
                index = tag.end
                if tag.name == "img", let text = attribute("alt", source, in: tag.attributes) {
                    append(source, text, to: &words)
                } else if tag.name == "a", let link = attribute("href", source, in: tag.attributes),
                    leads(source, link),
                    lastLink.map({ !source[$0].elementsEqual(source[link]) }) ?? true
                {
                    lastLink = link
                    links.append("\n")
                    append(source, link, to: &links)
                }
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
        words.append(contentsOf: links)
        return String(words)
    }

    /// The charset of `<meta charset=...>` or `<meta content="...; charset=...">`.
    public static func charset(declaredIn html: [UInt8]) -> Charset? {
        let head = String(decoding: html.prefix(4096), as: UTF8.self).lowercased()
        guard head.contains("<meta"), let word = head.firstRange(of: "charset=") else { return nil }
        let name = head[word.upperBound...].drop { "\"' ".contains($0) }
            .prefix { $0.isLetter || $0.isNumber || "-_:.".contains($0) }
        return name.isEmpty ? nil : Charset(name: String(name))
    }

    /// `!` is a comment, `o` what office programs call theirs (`<o:p>`).
    private static let inline: Set<String> = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "ins", "kbd",
        "label", "mark", "nobr", "o", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
        "u",
        "var", "wbr", "!",
    ]

    /// Some of the source with its entities decoded.
    private static func append(_ source: [Unicode.Scalar], _ range: Range<Int>, to text: inout String.UnicodeScalarView)
    {
        var index = range.lowerBound
        text.append(" ")
        while index < range.upperBound {
            if source[index] == "&", let entity = entity(source, at: index), entity.end <= range.upperBound {
                text.append(entity.scalar)
                index = entity.end
            } else {
                text.append(source[index])
                index += 1
            }
        }
        text.append(" ")
    }

    // MARK: - Attributes

    /// Whether a link leads out of the message.
    private static func leads(_ source: [Unicode.Scalar], _ link: Range<Int>) -> Bool {
        let start = String(String.UnicodeScalarView(source[link].prefix(8))).lowercased()
        return ["http:", "https:", "mailto:", "ftp:"].contains { start.hasPrefix($0) }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || ("\u{9}"..."\u{D}").contains(scalar)
    }

    /// Where the value of an attribute stands, without its quotes.
    ///
    /// - Parameter range: between the name of a tag and its end.
    private static func attribute(_ name: String, _ source: [Unicode.Scalar], in range: Range<Int>) -> Range<Int>? {
        var index = range.lowerBound
        func skip(while isSkipped: (Unicode.Scalar) -> Bool) {
            while index < range.upperBound, isSkipped(source[index]) { index += 1 }
        }
        while index < range.upperBound {
            skip { isBlank($0) || $0 == "/" || $0 == "=" }
            let nameStart = index
            skip { !isBlank($0) && $0 != "=" }
            let isWanted =
                index - nameStart == name.unicodeScalars.count
                && zip(source[nameStart..<index], name.unicodeScalars).allSatisfy {
                    $0.properties.lowercaseMapping == String($1)
                }
            skip(while: isBlank)
            guard index < range.upperBound, source[index] == "=" else { continue }
            index += 1
            skip(while: isBlank)
            var value = index..<index
            if index < range.upperBound, source[index] == "\"" || source[index] == "'" {
                let quote = source[index]
                index += 1
                let start = index
                skip { $0 != quote }
                value = start..<index
                index = min(index + 1, range.upperBound)
            } else {
                let start = index
                skip { !isBlank($0) }
                value = start..<index
            }
            if isWanted { return value }
        }
        return nil
    }

    // MARK: - Tags

    /// A tag, a comment or a declaration; nil where the `<` stands for itself.
    private static func tag(
        _ source: [Unicode.Scalar], at start: Int
    ) -> (name: String, attributes: Range<Int>, end: Int)? {
        var index = start + 1
        if index + 2 < source.count, source[index...].starts(with: ["!", "-", "-"]) {
            index += 3
            while index + 2 < source.count, !source[index...].starts(with: ["-", "-", ">"]) { index += 1 }
            return ("!", index..<index, min(index + 3, source.count))
        }
        guard let (name, rest) = tagName(source, at: start) else { return nil }
        index = rest
        while index < source.count, source[index] != ">" { index += 1 }
        return (name, rest..<index, min(index + 1, source.count))
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
        if name == "nbsp" { return (" ", semicolon + 1) }
        return HTMLEntities.scalar(named: name).map { ($0, semicolon + 1) }
    }
}
