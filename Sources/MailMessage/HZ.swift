/// HZ (RFC 1843): GB 2312 in seven bits, between `~{` and `~}`.
enum HZ {
    private static let tilde = UInt8(ascii: "~")
    private static let lineFeed = UInt8(ascii: "\n")

    /// The same text with the eighth bit, as GB 18030 has it. An octet that begins no character becomes one that does not there either.
    static func eightBit(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isChinese = false
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == tilde, let next = rest.first {
                let isEscape = take(next, &isChinese, &result)
                if isEscape {
                    rest.removeFirst()
                    continue
                }
            }
            // A line ends in ASCII.
            if byte == lineFeed { isChinese = false }
            guard isChinese, byte > 0x20 else {
                result.append(byte)
                continue
            }
            if let next = rest.first, byte < 0x78, next > 0x20, next < 0x7F {
                result += [byte | 0x80, next | 0x80]
                rest.removeFirst()
            } else {
                result.append(0xFF)
            }
        }
        return result
    }

    /// - Parameter next: behind a `~`.
    private static func take(_ next: UInt8, _ isChinese: inout Bool, _ result: inout [UInt8]) -> Bool {
        switch next {
        case UInt8(ascii: "{"): isChinese = true
        case UInt8(ascii: "}"): isChinese = false
        case tilde where !isChinese: result.append(tilde)
        // The line goes on.
        case lineFeed where !isChinese: break
        default: return false
        }
        return true
    }
}
