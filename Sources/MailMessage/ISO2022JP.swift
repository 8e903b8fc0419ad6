/// ISO-2022-JP (RFC 1468) as mailers write it: with half-width katakana and the vendors' rows of JIS X 0208, which
/// strict converters refuse.
enum ISO2022JP {
    private enum Set {
        case ascii
        case katakana
        case kanji
        case supplementary
    }

    /// Whether a designation of a Japanese set stands in otherwise seven-bit text.
    static func isDesignated(in bytes: [UInt8]) -> Bool {
        guard let escape = bytes.firstIndex(of: 0x1B), escape + 2 < bytes.count else { return false }
        return bytes[escape + 1] == UInt8(ascii: "$")
            && (bytes[escape + 2] == UInt8(ascii: "B") || bytes[escape + 2] == UInt8(ascii: "@"))
            && bytes.allSatisfy { $0 < 0x80 }
    }

    /// The same text in EUC-JP; nil where a set is designated that EUC-JP does not have.
    ///
    /// An octet that belongs to no character is passed on, for the next converter to report.
    static func extendedUnixCode(of bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var set = Set.ascii
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x1B {
                guard let (designated, length) = designation(bytes[index...]) else { return nil }
                set = designated
                index += length
                continue
            }
            if byte <= 0x20 || byte >= 0x7F {
                if byte == 0x0A || byte == 0x0D { set = .ascii }
                result.append(byte)
                index += 1
                continue
            }
            switch set {
            case .ascii:
                result.append(byte)
                index += 1
            case .katakana:
                result.append(0x8E)
                result.append(byte | 0x80)
                index += 1
            case .kanji, .supplementary:
                if set == .supplementary { result.append(0x8F) }
                result.append(byte | 0x80)
                index += 1
                if index < bytes.count, bytes[index] > 0x20, bytes[index] < 0x7F {
                    result.append(bytes[index] | 0x80)
                    index += 1
                }
            }
        }
        return result
    }

    private static func designation(_ bytes: ArraySlice<UInt8>) -> (Set, Int)? {
        let rest = bytes.dropFirst()
        if rest.starts(with: "(B".utf8) || rest.starts(with: "(J".utf8) { return (.ascii, 3) }
        if rest.starts(with: "$B".utf8) || rest.starts(with: "$@".utf8) { return (.kanji, 3) }
        if rest.starts(with: "(I".utf8) { return (.katakana, 3) }
        if rest.starts(with: "$(D".utf8) { return (.supplementary, 4) }
        if rest.starts(with: "$(B".utf8) || rest.starts(with: "$(@".utf8) { return (.kanji, 4) }
        return nil
    }
}
