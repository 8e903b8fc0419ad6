/// `{12}`, `{12+}` or `~{12}` at the end of a line.
struct LiteralAnnouncement {
    let length: Int
    let isSynchronising: Bool
    /// As RFC 3516 allows for APPEND: may hold NUL.
    let isBinary: Bool
    let suffixLength: Int

    init?(_ line: [UInt8]) {
        guard line.last == UInt8(ascii: "}"), let open = line.lastIndex(of: UInt8(ascii: "{")) else { return nil }
        var digits = line[(open + 1)..<(line.count - 1)]
        isSynchronising = digits.last != UInt8(ascii: "+")
        if !isSynchronising { digits.removeLast() }
        guard !digits.isEmpty, digits.count < 18, digits.allSatisfy(\.isASCIIDigit) else { return nil }
        length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        isBinary = open > 0 && line[open - 1] == UInt8(ascii: "~")
        suffixLength = line.count - open + (isBinary ? 1 : 0)
    }
}
