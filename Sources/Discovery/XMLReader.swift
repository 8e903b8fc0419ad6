/// An element of a small XML document.
struct XMLElement: Equatable {
    var name: String
    var attributes: [String: String] = [:]
    var children: [XMLElement] = []
    /// The characters directly inside, without what surrounds them.
    var text = ""

    func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first child of that name.
    func text(_ name: String) -> String? { children.first { $0.name == name }?.text }
}

/// Reads XML 1.0 as configuration files use it: elements, attributes, text, comments, CDATA, the five entities and character references.
/// What could reach out of the document (a document type, other entities) is refused.
struct XMLReader {
    enum Problem: Error {
        case malformed
        case refused
        case tooDeep
    }

    private var rest: Substring
    private static let depth = 32

    /// The document's one element.
    static func document(_ text: String) throws -> XMLElement {
        var reader = XMLReader(rest: text[...])
        if reader.take("\u{FEFF}") {}
        try reader.skipMisc()
        guard reader.rest.hasPrefix("<") else { throw Problem.malformed }
        let element = try reader.element(depth: 0)
        try reader.skipMisc()
        guard reader.rest.isEmpty else { throw Problem.malformed }
        return element
    }

    private mutating func take(_ word: String) -> Bool {
        guard rest.hasPrefix(word) else { return false }
        rest = rest.dropFirst(word.count)
        return true
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0.isWhitespace }
    }

    /// Everything up to a word, which is taken too.
    private mutating func upTo(_ word: String) throws -> Substring {
        guard let found = rest.firstRange(of: word) else { throw Problem.malformed }
        let part = rest[..<found.lowerBound]
        rest = rest[found.upperBound...]
        return part
    }

    /// Comments, processing instructions and blanks between elements.
    private mutating func skipMisc() throws {
        while true {
            skipBlanks()
            if take("<!--") {
                _ = try upTo("-->")
            } else if take("<?") {
                _ = try upTo("?>")
            } else if rest.hasPrefix("<!") {
                throw Problem.refused
            } else {
                return
            }
        }
    }

    private mutating func name() throws -> String {
        let name = rest.prefix { $0.isLetter || $0.isNumber || "-_.:".contains($0) }
        guard !name.isEmpty else { throw Problem.malformed }
        rest = rest.dropFirst(name.count)
        return String(name)
    }

    private mutating func element(depth: Int) throws -> XMLElement {
        guard depth < Self.depth else { throw Problem.tooDeep }
        guard take("<") else { throw Problem.malformed }
        var element = XMLElement(name: try name())
        while true {
            skipBlanks()
            if take("/>") { return element }
            if take(">") { break }
            let key = try name()
            skipBlanks()
            guard take("="), case _ = skipBlanks(), let quote = rest.first, quote == "\"" || quote == "'" else {
                throw Problem.malformed
            }
            rest = rest.dropFirst()
            let value = try upTo(String(quote))
            guard !value.contains("<"), element.attributes[key] == nil else { throw Problem.malformed }
            element.attributes[key] = try Self.decoded(value)
        }
        var text = ""
        while true {
            if take("</") {
                guard try name() == element.name else { throw Problem.malformed }
                skipBlanks()
                guard take(">") else { throw Problem.malformed }
                element.text = String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
                return element
            }
            if take("<![CDATA[") {
                text += try upTo("]]>")
            } else if rest.hasPrefix("<!--") || rest.hasPrefix("<?") || rest.hasPrefix("<!") {
                try skipMisc()
            } else if rest.hasPrefix("<") {
                element.children.append(try self.element(depth: depth + 1))
            } else {
                let part = rest.prefix { $0 != "<" }
                guard !part.isEmpty else { throw Problem.malformed }
                rest = rest.dropFirst(part.count)
                text += try Self.decoded(part)
            }
        }
    }

    private static func decoded(_ text: Substring) throws -> String {
        var result = ""
        var rest = text
        while let mark = rest.firstIndex(of: "&") {
            result += rest[..<mark]
            guard let end = rest[mark...].firstIndex(of: ";") else { throw Problem.malformed }
            let name = rest[rest.index(after: mark)..<end]
            switch name {
            case "lt": result += "<"
            case "gt": result += ">"
            case "amp": result += "&"
            case "quot": result += "\""
            case "apos": result += "'"
            default:
                let number =
                    name.hasPrefix("#x")
                    ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
                guard let number, let scalar = Unicode.Scalar(number) else { throw Problem.refused }
                result.unicodeScalars.append(scalar)
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
