/// `application/x-www-form-urlencoded`, as queries and token requests carry it (RFC 6749 appendix B).
///
/// ```
/// FormText.encode([("scope", "a b")])       "scope=a%20b"
/// ```
public enum FormText {
    /// Everything but the unreserved characters of RFC 3986 is written as `%XX`.
    public static func encode(_ fields: [(name: String, value: String)]) -> String {
        fields.map { "\(escape($0.name))=\(escape($0.value))" }.joined(separator: "&")
    }

    /// The fields of a query, in order. What is not UTF-8 is left out, and so is a name without a value.
    public static func decode(_ text: String) -> [(name: String, value: String)] {
        Substring(text).utf8.split(separator: UInt8(ascii: "&")).compactMap { field in
            guard let sign = field.firstIndex(of: UInt8(ascii: "=")), let name = unescape(field[..<sign]),
                let value = unescape(field[field.index(after: sign)...])
            else { return nil }
            return (name, value)
        }
    }

    static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(octet)
            default: result += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func unescape(_ text: Substring.UTF8View) -> String? {
        var result: [UInt8] = []
        var rest = text
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                result.append(high << 4 | low)
            default: result.append(octet)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
