/// Character references: `&amp;`, `&#38;`, `&#x26;`.
enum HTMLEntity {
    private static let ampersand = UInt8(ascii: "&")
    private static let nameLimit = 10

    /// - Parameter place: of an `&`, which stands for itself where no character follows.
    static func read(_ source: [UInt8], at place: Int, isAttribute: Bool) -> (text: [UInt8], end: Int) {
        read(source[place...], isAttribute: isAttribute)
    }

    /// The value of an attribute.
    static func decode(_ value: ArraySlice<UInt8>) -> [UInt8] {
        guard value.contains(ampersand) else { return Array(value) }
        var result: [UInt8] = []
        var rest = value
        while let octet = rest.first {
            guard octet == ampersand else {
                result.append(octet)
                rest.removeFirst()
                continue
            }
            let (text, end) = read(rest, isAttribute: true)
            result += text
            rest = rest[end...]
        }
        return result
    }

    private static func read(_ source: ArraySlice<UInt8>, isAttribute: Bool) -> (text: [UInt8], end: Int) {
        let rest = source.dropFirst()
        if rest.first == UInt8(ascii: "#"), let number = number(rest.dropFirst()) { return number }
        let name = rest.prefix(nameLimit).prefix { digit($0, 36) != nil }
        guard let character = HTMLEntities.scalar(named: String(decoding: name, as: UTF8.self))?.value else {
            return ([ampersand], rest.startIndex)
        }
        let next = name.endIndex < source.endIndex ? source[name.endIndex] : 0
        if next == UInt8(ascii: ";") { return (utf8(character), name.endIndex + 1) }
        // Old ones count without it too; in an address `&copy=1` is a parameter.
        guard character < 0x100, digit(next, 36) == nil, !isAttribute || next != UInt8(ascii: "=") else {
            return ([ampersand], rest.startIndex)
        }
        return (utf8(character), name.endIndex)
    }

    private static func number(_ source: ArraySlice<UInt8>) -> (text: [UInt8], end: Int)? {
        let isHex = source.first.map { $0 | 0x20 } == UInt8(ascii: "x")
        let digits = source.dropFirst(isHex ? 1 : 0)
        let radix: UInt32 = isHex ? 16 : 10
        var value: UInt32 = 0
        var end = digits.startIndex
        while end < digits.endIndex, let digit = digit(digits[end], radix) {
            // No larger than what is no character any more.
            value = min(value * radix + digit, 0x11_0000)
            end += 1
        }
        guard end > digits.startIndex else { return nil }
        return (utf8(value), end < digits.endIndex && digits[end] == UInt8(ascii: ";") ? end + 1 : end)
    }

    private static func digit(_ octet: UInt8, _ radix: UInt32) -> UInt32? {
        let value: UInt32 =
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(octet - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(octet - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(octet - UInt8(ascii: "A")) + 10
            default: 36
            }
        return value < radix ? value : nil
    }

    private static func utf8(_ character: UInt32) -> [UInt8] {
        let index = Int(character) - 0x80
        // Numbers of control characters are those of windows-1252.
        let scalar = windows1252.indices.contains(index) ? UInt32(windows1252[index]) : character
        return Array(String(Unicode.Scalar(scalar == 0 ? 0xFFFD : scalar) ?? "\u{FFFD}").utf8)
    }

    private static let windows1252: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F,
        0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,
        0x017E, 0x0178,
    ]
}
