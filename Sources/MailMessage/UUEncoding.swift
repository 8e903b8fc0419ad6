/// uuencode (POSIX, uuencode(1)), which some programs still name as a transfer encoding, as `x-uuencode`.
enum UUEncoding {
    /// The octets between the lines `begin MODE NAME` and `end`; all as they are where no line begins them. A line that is too short lacks
    /// its last octets, and one that is no line of this encoding ends them.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var rest = text
        var first = nextLine(of: &rest)
        while let line = first, !line.starts(with: "begin ".utf8) { first = nextLine(of: &rest) }
        if first == nil { return Array(text) }
        var result: [UInt8] = []
        while let line = nextLine(of: &rest) {
            if line.elementsEqual("end".utf8) { break }
            guard let length = line.first.flatMap(value), append(line.dropFirst(), length, to: &result) else { break }
        }
        return result
    }

    /// The first line that is not empty, taken off; nil where there is none.
    private static func nextLine(of text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let start = text.firstIndex(where: { !isLineEnd($0) }) else { return nil }
        let end = text[start...].firstIndex(where: isLineEnd) ?? text.endIndex
        defer { text = text[end...] }
        return text[start..<end]
    }

    private static func isLineEnd(_ octet: UInt8) -> Bool { octet == 0x0A || octet == 0x0D }

    /// - Returns: whether it is a line of this encoding.
    private static func append(_ digits: ArraySlice<UInt8>, _ length: UInt8, to result: inout [UInt8]) -> Bool {
        var left = Int(length)
        var bits: UInt32 = 0
        var count = 0
        for digit in digits where left > 0 {
            guard let value = value(digit) else { return false }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            left -= 1
        }
        return true
    }

    /// Six bits, as ` ` to `_`; a grave accent is 0 as well.
    private static func value(_ digit: UInt8) -> UInt8? {
        digit >= 0x20 && digit <= 0x60 ? (digit - 0x20) & 63 : nil
    }
}
