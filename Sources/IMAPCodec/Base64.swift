/// Base64 as SASL exchanges it (RFC 4648 section 4).
///
/// ```
/// Base64.encode(Array("\0u\0p".utf8))       "AHUAcA=="
/// ```
public enum Base64 {
    public static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                result.append(digit(UInt8(truncatingIfNeeded: bits >> UInt32(count)) & 0x3F))
            }
        }
        if count > 0 { result.append(digit(UInt8(truncatingIfNeeded: bits << UInt32(6 - count)) & 0x3F)) }
        while result.count % 4 != 0 { result.append(UInt8(ascii: "=")) }
        return result
    }

    /// nil for anything but whole groups of four digits, padded at the end only.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for octet in text {
            if octet == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: octet) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard padding <= 2, count < 6, padding * 2 == count, bits & ((1 << UInt32(count)) - 1) == 0 else { return nil }
        return result
    }

    static func digit(_ value: UInt8) -> UInt8 {
        switch value {
        case ..<26: value &+ 0x41
        case ..<52: value &- 26 &+ 0x61
        case ..<62: value &- 52 &+ 0x30
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit &- 0x41
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit &- 0x61 &+ 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit &- 0x30 &+ 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
