extension FetchItem.Section {
    /// The octets of this section, before any partial.
    func content(_ message: [UInt8]) -> [UInt8] {
        switch part {
        case .whole: return message
        case .header: return [UInt8](message[..<Self.headerEnd(message)])
        case .text: return [UInt8](message[Self.headerEnd(message)...])
        case .fields(let names, let not):
            var result: [UInt8] = []
            for field in Self.fields([UInt8](message[..<Self.headerEnd(message)])) {
                let name = String(decoding: field.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
                    .uppercased().filter { $0 != " " }
                if names.contains(name) != not { result += field }
            }
            return result + [0x0D, 0x0A]
        case .numbered(let positions): return MessagePart(message)[positions[...]]?.body ?? []
        case .headerOfPart(let positions): return MessagePart(message)[positions[...]]?.header ?? []
        case .decoded(let positions): return MessagePart(message)[positions[...]]?.decoded ?? []
        }
    }

    /// Past the blank line that ends the header.
    private static func headerEnd(_ message: [UInt8]) -> Int {
        var lineStart = 0
        for index in message.indices where message[index] == 0x0A {
            let length = index - lineStart
            if length == 0 || (length == 1 && message[lineStart] == 0x0D) { return index + 1 }
            lineStart = index + 1
        }
        return message.count
    }

    /// Header fields with their continuation lines; the blank line at the end is none.
    static func fields(_ header: [UInt8]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var lineStart = 0
        for index in header.indices where header[index] == 0x0A || index == header.count - 1 {
            let line = [UInt8](header[lineStart...index])
            lineStart = index + 1
            if line == [0x0D, 0x0A] || line == [0x0A] { continue }
            if let first = line.first, first == 0x20 || first == 0x09, !result.isEmpty {
                result[result.count - 1] += line
            } else {
                result.append(line)
            }
        }
        return result
    }
}
