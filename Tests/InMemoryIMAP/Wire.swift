/// Writes the strings of responses.
enum Wire {
    /// How names and other strings are written where the grammar leaves a choice.
    static func string(_ bytes: [UInt8], style: ServerConfiguration.StringStyle) -> [UInt8] {
        let needsLiteral = bytes.contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D || $0 >= 0x80 }
        switch style {
        case .atom where isAtom(bytes): return bytes
        case .literal: return literal(bytes)
        case .atom, .quoted: return needsLiteral ? literal(bytes) : quoted(bytes)
        }
    }

    static func literal(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8]("{\(bytes.count)}\r\n".utf8) + bytes
    }

    static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { result.append(UInt8(ascii: "\\")) }
            result.append(byte)
        }
        return result + [UInt8(ascii: "\"")]
    }

    private static func isAtom(_ bytes: [UInt8]) -> Bool {
        !bytes.isEmpty && bytes.uppercasedASCII != [UInt8]("NIL".utf8)
            && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"(){%*\"\\".utf8.contains($0) }
    }

    /// The response as one line for reading, literals abbreviated to their length.
    static func abbreviated(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "{"), let literal = LiteralSpan(in: bytes, at: index) {
                text += bytes[index..<(literal.content.lowerBound - 2)]
                index = literal.content.upperBound
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
        while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }
}
