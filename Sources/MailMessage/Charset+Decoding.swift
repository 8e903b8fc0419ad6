extension Charset {
    /// The text of `bytes` in this character set. Every invalid sequence becomes U+FFFD.
    ///
    /// In a set that nobody knows, and in US-ASCII with eight-bit octets, the bytes are UTF-8 where they can be and
    /// windows-1252 otherwise.
    ///
    /// ```swift
    /// Charset(name: "KOI8-R").decode([0xF0, 0xD2, 0xC9])    // "При"
    /// ```
    public func decode(_ bytes: [UInt8]) -> String { Self.decode(bytes, by: converterName) }

    /// - Parameter converter: a `converterName`.
    static func decode(_ bytes: [UInt8], by converter: String?) -> String {
        guard let converter else { return Self.guess(bytes) }
        switch converter {
        case Self.utf8:
            return String(decoding: bytes, as: UTF8.self)
        case Self.western:
            return Windows1252.decode(bytes)
        case Self.japanese:
            guard let extended = ISO2022JP.extendedUnixCode(of: bytes) else { break }
            return CharsetConverter.shared.convert(extended, from: "EUC-JP-MS") ?? Self.guess(bytes)
        case Self.hz:
            return CharsetConverter.shared.convert(HZ.eightBit(bytes), from: "GB18030") ?? Self.guess(bytes)
        case Self.macGreek:
            return MacGreek.decode(bytes)
        case "UTF-16" where !bytes.starts(with: [0xFE, 0xFF]) && !bytes.starts(with: [0xFF, 0xFE]):
            // RFC 2781 section 4.3: big-endian without a mark; the C library takes the host's order.
            return CharsetConverter.shared.convert(bytes, from: "UTF-16BE") ?? Self.guess(bytes)
        default:
            break
        }
        return CharsetConverter.shared.convert(bytes, from: converter) ?? Self.guess(bytes)
    }

    /// Text in no declared character set.
    static func guess(_ bytes: [UInt8]) -> String {
        if ISO2022JP.isDesignated(in: bytes) { return Charset(name: "ISO-2022-JP").decode(bytes) }
        return String(validating: bytes, as: UTF8.self) ?? Windows1252.decode(bytes)
    }
}
