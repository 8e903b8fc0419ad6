/// Quoted-printable bodies (RFC 2045 section 6.7), the Q encoding of header words (RFC 2047 section 4.2), and percent signs in parameters.
enum QuotedPrintable {
    /// An `=` at the end of a line takes the line end away; one that begins nothing stands for itself. Blanks at the end of a line stay.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let equals = UInt8(ascii: "=")
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        text.withUnsafeBufferPointer { text in
            var index = 0
            while index < text.count {
                let octet = text[index]
                index += 1
                guard octet == equals else {
                    result.append(octet)
                    continue
                }
                // At the very end it announced a line that never came.
                guard index < text.count else { return }
                let next = text[index]
                if next == 0x0A || next == 0x0D {
                    index += next == 0x0D && index + 1 < text.count && text[index + 1] == 0x0A ? 2 : 1
                } else if next == equals {
                    result.append(equals)
                    index += 1
                } else if index + 1 < text.count, let high = nibble(next), let low = nibble(text[index + 1]) {
                    result.append(high << 4 | low)
                    index += 2
                } else {
                    result.append(equals)
                }
            }
        }
        return result
    }

    /// `%` and two hexadecimal digits are one octet (RFC 2231 section 4).
    static func percentDecoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.endIndex, let high = nibble(text[index + 1]),
                let low = nibble(text[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// `_` is a blank; an `=` without two hexadecimal digits stands for itself.
    static func decodeWord(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "="), index + 2 < text.endIndex, let high = nibble(text[index + 1]),
                let low = nibble(text[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(byte == UInt8(ascii: "_") ? 0x20 : byte)
                index += 1
            }
        }
        return result
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
