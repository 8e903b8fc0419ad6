/// Base64 (RFC 4648 section 4) from senders who do not keep to it.
enum Base64 {
    /// Whatever can be read: foreign octets are skipped, padding may be missing or stand between two parts.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var count = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            case UInt8(ascii: "="):
                count = 0
                continue
            default: continue
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }

    /// A body (RFC 2045 section 6.8): foreign octets are skipped, and what follows complete padding is no part of it. Missing padding is
    /// made up; a last digit that stands alone is lost.
    static func decodeBody(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3 + 3)
        text.withUnsafeBufferPointer { text in
            var bits: UInt32 = 0
            var digits = 0
            var padding = 0
            for octet in text {
                let value = digitValues[Int(octet)]
                guard value < 64 else {
                    if octet == UInt8(ascii: "="), digits >= 2 {
                        padding += 1
                        if digits + padding >= 4 { return }
                    }
                    continue
                }
                padding = 0
                bits = bits << 6 | UInt32(value)
                digits += 1
                switch digits {
                case 2: result.append(UInt8(truncatingIfNeeded: bits >> 4))
                case 3: result.append(UInt8(truncatingIfNeeded: bits >> 2))
                case 4:
                    result.append(UInt8(truncatingIfNeeded: bits))
                    digits = 0
                default: break
                }
            }
        }
        return result
    }

    /// By octet; 255 for what is no digit.
    private static let digitValues: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, octet) in alphabet.utf8.enumerated() { values[Int(octet)] = UInt8(value) }
        return values
    }()
}
