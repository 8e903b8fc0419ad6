/// Changes of a TOML text that leave everything else as it is: comments, order, blank lines.
enum ConfigurationEdit {
    /// The text with these keys in that table: a key that is there gets its line anew, others come behind the table's last one, and a table
    /// that is missing comes at the end.
    static func setting(_ values: [(key: String, value: String)], in table: [String], of text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // The text after the last line feed is no line.
        if lines.last == "" { lines.removeLast() }
        let outline = ConfigurationOutline(text)
        let header = "[\(table.map(key).joined(separator: "."))]"
        guard let start = outline.entries.first(where: { $0.table == table && $0.key == nil }) else {
            if lines.last.map({ !$0.isEmpty }) ?? false { lines.append("") }
            return (lines + [header] + values.map(line)).joined(separator: "\n") + "\n"
        }
        var added: [String] = []
        // From the end, so that earlier lines keep their numbers.
        var replaced: [(ClosedRange<Int>, String)] = []
        for value in values {
            if let entry = outline.entries.first(where: { $0.table == table && $0.key == value.key }) {
                replaced.append((entry.line...entry.lastLine, line(value)))
            } else {
                added.append(line(value))
            }
        }
        let last = outline.entries.filter { $0.table == table }.map(\.lastLine).max() ?? start.line
        lines.insert(contentsOf: added, at: min(last, lines.count))
        for (range, text) in replaced.sorted(by: { $0.0.lowerBound > $1.0.lowerBound }) {
            lines.replaceSubrange((range.lowerBound - 1)...(range.upperBound - 1), with: [text])
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ value: (key: String, value: String)) -> String {
        "\(key(value.key)) = \(quoted(value.value))"
    }

    /// A key as TOML has it: in quotes where it is not only letters, digits, `-` and `_`.
    private static func key(_ name: String) -> String {
        let isBare =
            !name.isEmpty
            && name.utf8.allSatisfy {
                $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0)
                    || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            }
        return isBare ? name : quoted(name)
    }

    /// A basic string (TOML 1.0).
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
