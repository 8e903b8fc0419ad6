/// On which lines of a TOML text its tables begin and its keys stand, which a parser does not tell.
///
/// What is not TOML has an outline too, as far as it can be followed.
struct ConfigurationOutline {
    struct Entry: Equatable {
        var table: [String]
        /// nil: the header of the table.
        var key: String?
        /// From 1.
        var line: Int
        /// The last line that its value takes.
        var lastLine: Int
    }

    private(set) var entries: [Entry] = []

    init(_ text: String) {
        var table: [String] = []
        var value = ValueScan()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if value.isOpen {
                value.take(line)
                entries[entries.count - 1].lastLine = index + 1
            } else if line.hasPrefix("[") {
                let name = line.drop { $0 == "[" }
                guard let (path, rest) = Self.keys(name), rest.hasPrefix("]") else { continue }
                table = path
                entries.append(Entry(table: path, key: nil, line: index + 1, lastLine: index + 1))
            } else if let (path, rest) = Self.keys(line), rest.hasPrefix("="), let key = path.last {
                entries.append(
                    Entry(table: table + path.dropLast(), key: key, line: index + 1, lastLine: index + 1))
                value.take(rest.dropFirst())
            }
        }
    }

    /// The line of a key; where it stands inside a value, of that; else of its table.
    func line(of key: String, in table: [String]) -> Int? {
        if let entry = entries.first(where: { $0.table == table && $0.key == key }) { return entry.line }
        var path = table
        while let last = path.popLast() {
            if let entry = entries.first(where: { $0.table == path && $0.key == last }) { return entry.line }
        }
        return entries.first { $0.table == table && $0.key == nil }?.line
    }

    /// Keys as TOML has them, `a."b c".d`, and what comes behind them.
    private static func keys(_ text: Substring) -> (path: [String], rest: Substring)? {
        var rest = text
        var path: [String] = []
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            let quote = rest.first
            if quote == "\"" || quote == "'" {
                let inner = rest.dropFirst()
                guard let end = inner.firstIndex(where: { $0 == quote }) else { return nil }
                path.append(String(inner[..<end]))
                rest = inner[inner.index(after: end)...]
            } else {
                let word = rest.prefix { $0 == "-" || $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
                guard !word.isEmpty else { return nil }
                path.append(String(word))
                rest = rest.dropFirst(word.count)
            }
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard rest.hasPrefix(".") else { return (path, rest) }
            rest = rest.dropFirst()
        }
    }

    /// Follows a value to its end, over as many lines as it takes.
    private struct ValueScan {
        private var depth = 0
        private var quote: String?

        /// It goes on in the next line.
        var isOpen: Bool { depth > 0 || quote != nil }

        mutating func take(_ line: Substring) {
            var rest = line
            while !rest.isEmpty {
                if let quote {
                    if quote.hasPrefix("\""), rest.hasPrefix("\\") {
                        rest = rest.dropFirst(2)
                    } else if rest.hasPrefix(quote) {
                        rest = rest.dropFirst(quote.count)
                        self.quote = nil
                    } else {
                        rest = rest.dropFirst()
                    }
                    continue
                }
                if rest.hasPrefix("#") { return }
                if let opening = ["\"\"\"", "'''", "\"", "'"].first(where: { rest.hasPrefix($0) }) {
                    quote = opening
                    rest = rest.dropFirst(opening.count)
                    continue
                }
                if rest.hasPrefix("[") || rest.hasPrefix("{") { depth += 1 }
                if rest.hasPrefix("]") || rest.hasPrefix("}") { depth = max(0, depth - 1) }
                rest = rest.dropFirst()
            }
            // Only the long kinds go over lines.
            if let open = quote, open.count == 1 { quote = nil }
        }
    }
}
