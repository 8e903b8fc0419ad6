/// Mailbox names beyond ASCII as IMAP4rev1 writes them (RFC 3501 section 5.1.3).
///
/// ```
/// ModifiedUTF7.encode("~peter/台北")       "~peter/&U,BTFw-"
/// ```
public enum ModifiedUTF7 {
    /// The name; nil for what is not the one canonical spelling of a name, so that `encode` of a result is always `raw`.
    public static func decode(_ raw: some Collection<UInt8>) -> String? {
        var units: [UInt16] = []
        units.reserveCapacity(raw.count)
        var rest = raw.makeIterator()
        while let octet = rest.next() {
            guard octet >= 0x20, octet < 0x7F else { return nil }
            guard octet == UInt8(ascii: "&") else {
                units.append(UInt16(octet))
                continue
            }
            var bits: UInt32 = 0
            var count = 0
            var isEmpty = true
            var isTerminated = false
            while let digit = rest.next() {
                if digit == UInt8(ascii: "-") {
                    isTerminated = true
                    break
                }
                guard let value = value(of: digit) else { return nil }
                isEmpty = false
                bits = (bits << 6 | UInt32(value)) & 0xFF_FFFF
                count += 6
                if count >= 16 {
                    count -= 16
                    units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
                }
            }
            guard isTerminated else { return nil }
            if isEmpty { units.append(UInt16(UInt8(ascii: "&"))) }
        }
        guard let name = String(validating: units, as: UTF16.self), encode(name).elementsEqual(raw) else { return nil }
        return name
    }

    /// The one canonical spelling, all of it printable ASCII.
    public static func encode(_ name: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(name.utf8.count)
        var bits: UInt32 = 0
        var count = 0
        var isShifted = false
        for unit in name.utf16 {
            guard unit < 0x20 || unit >= 0x7F else {
                if isShifted { end() }
                result.append(UInt8(truncatingIfNeeded: unit))
                if unit == 0x26 { result.append(UInt8(ascii: "-")) }
                continue
            }
            if !isShifted {
                result.append(UInt8(ascii: "&"))
                isShifted = true
            }
            bits = bits << 16 | UInt32(unit)
            count += 16
            while count >= 6 {
                count -= 6
                result.append(digit(UInt8(truncatingIfNeeded: bits >> UInt32(count)) & 0x3F))
            }
        }
        if isShifted { end() }
        return result

        func end() {
            if count > 0 { result.append(digit(UInt8(truncatingIfNeeded: bits << UInt32(6 - count)) & 0x3F)) }
            result.append(UInt8(ascii: "-"))
            bits = 0
            count = 0
            isShifted = false
        }
    }

    /// Base64 with `,` for `/` and no padding.
    private static func value(of digit: UInt8) -> UInt8? {
        digit == UInt8(ascii: ",") ? 63 : digit == UInt8(ascii: "/") ? nil : Base64.value(of: digit)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value == 63 ? UInt8(ascii: ",") : Base64.digit(value)
    }
}
