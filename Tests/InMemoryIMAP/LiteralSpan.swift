/// Where a complete literal is in a response: `{5}` CRLF and five bytes.
struct LiteralSpan {
    let start: Int
    let content: Range<Int>

    init?(in bytes: [UInt8], at start: Int) {
        var index = start + 1
        var length = 0
        while index < bytes.count, bytes[index].isASCIIDigit, length < 1 << 40 {
            length = length * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        guard index > start + 1, index + 2 < bytes.count, bytes[index] == UInt8(ascii: "}"),
            bytes[index + 1] == 0x0D, bytes[index + 2] == 0x0A, length <= bytes.count - index - 3
        else { return nil }
        self.start = start
        content = (index + 3)..<(index + 3 + length)
    }

    static func first(in bytes: [UInt8], from start: Int = 0) -> LiteralSpan? {
        for index in bytes.indices.dropFirst(start) where bytes[index] == UInt8(ascii: "{") {
            if let span = LiteralSpan(in: bytes, at: index) { return span }
        }
        return nil
    }
}
