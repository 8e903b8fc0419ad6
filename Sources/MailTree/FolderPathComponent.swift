/// One component of a folder's name as a file name.
///
/// The escape is reversible and leaves nearly every name as it is: `%XX` stands for `/`, for control characters, for a
/// name that is `.`, `..` or `.views` (which is the mount's own in its root) or begins with `.Trash` (which file managers
/// take for a trash can), and for a `%` that could be mistaken for an escape; the empty name is `%`.
///
/// A component may end in `.eml` and so meet the name of a message in the same directory. Which of them shows is for
/// the caller to decide; a folder should win, because a message can be given another name.
public enum FolderComponent {
    /// Octets of a file name at most (`NAME_MAX`).
    public static let limit = 255

    /// The file name of a decoded component: 1 to 255 octets, never `.` or `..`, without `/` and control characters.
    ///
    /// A name that would be longer is cut between characters and ends in `~` and eight hexadecimal digits of a hash of
    /// the whole. That is not reversible: the caller has to store which folder it means.
    ///
    /// ```swift
    /// FolderComponent.shown("Kunden/Süd")    // the octets of "Kunden%2FSüd"
    /// ```
    public static func shown(_ decoded: String) -> [UInt8] {
        let octets = Array(decoded.utf8)
        if let special = special(octets) { return special }
        let isEscaped = octets.indices.map { mustEscape(octets, at: $0) }
        let whole = escaped(octets, isEscaped)
        guard whole.count > limit else { return whole }
        var bounds = decoded.map(\.utf8.count)
        if escapedLength(isEscaped.prefix(bounds.first ?? 0)) > limit - hashLength {
            bounds = decoded.unicodeScalars.map { UTF8.width($0) }
        }
        return shortened(whole, isEscaped, bounds, hashOf: octets)
    }

    /// The file name of a component that cannot be decoded: eight-bit octets are escaped too.
    public static func shown(raw octets: [UInt8]) -> [UInt8] {
        if let special = special(octets) { return special }
        let isEscaped = octets.indices.map { octets[$0] >= 0x80 || mustEscape(octets, at: $0) }
        let whole = escaped(octets, isEscaped)
        guard whole.count > limit else { return whole }
        return shortened(whole, isEscaped, octets.map { _ in 1 }, hashOf: octets)
    }

    /// The component that ``shown(_:)`` gives this file name to; nil where it gives it to none, or only to one that is
    /// not decoded or was shortened.
    ///
    /// ```swift
    /// FolderComponent.original(Array("50%".utf8))      // "50%"
    /// FolderComponent.original(Array("a%2Fb".utf8))    // "a/b"
    /// ```
    public static func original(_ shown: [UInt8]) -> String? {
        guard !shown.isEmpty, shown.count <= limit else { return nil }
        let octets: [UInt8]
        if shown == Array("%".utf8) {
            octets = []
        } else if shown == Array("%2E%2E".utf8) {
            octets = Array("..".utf8)
        } else {
            octets = unescaped(shown)
        }
        guard let text = String(validating: octets, as: UTF8.self), Self.shown(text) == shown else { return nil }
        return text
    }

    private static func special(_ octets: [UInt8]) -> [UInt8]? {
        if octets.isEmpty { return Array("%".utf8) }
        if octets == Array("%".utf8) { return Array("%25".utf8) }
        if octets == Array(".".utf8) { return Array("%2E".utf8) }
        if octets == Array("..".utf8) { return Array("%2E%2E".utf8) }
        return nil
    }

    private static func mustEscape(_ octets: [UInt8], at index: Int) -> Bool {
        switch octets[index] {
        case 0..<0x20, 0x7F, UInt8(ascii: "/"):
            true
        case UInt8(ascii: "."):
            index == 0 && (octets.starts(with: ".Trash".utf8) || octets.elementsEqual(".views".utf8))
        case UInt8(ascii: "%"):
            escape(octets, at: index) != nil
        // U+0080 to U+009F: a terminal obeys them as it obeys ESC.
        case 0xC2:
            index + 1 < octets.count && octets[index + 1] >= 0x80 && octets[index + 1] < 0xA0
        case 0x80..<0xA0:
            index > 0 && octets[index - 1] == 0xC2
        default:
            false
        }
    }

    /// The octet that `%XX` stands for at this place; nil where it is three ordinary characters.
    private static func escape(_ octets: [UInt8], at index: Int) -> UInt8? {
        guard index + 2 < octets.count, octets[index] == UInt8(ascii: "%"), let high = nibble(octets[index + 1]),
            let low = nibble(octets[index + 2])
        else { return nil }
        let value = high << 4 | low
        switch value {
        case 0..<0x20, 0x7F..., UInt8(ascii: "/"), UInt8(ascii: "%"): return value
        case UInt8(ascii: "."): return index == 0 ? value : nil
        default: return nil
        }
    }

    private static func unescaped(_ shown: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = []
        var index = 0
        while index < shown.count {
            if let octet = escape(shown, at: index) {
                octets.append(octet)
                index += 3
            } else {
                octets.append(shown[index])
                index += 1
            }
        }
        return octets
    }

    private static func escaped(_ octets: [UInt8], _ isEscaped: [Bool]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        for (octet, escape) in zip(octets, isEscaped) {
            if escape {
                result += [UInt8(ascii: "%"), digit(octet >> 4), digit(octet & 15)]
            } else {
                result.append(octet)
            }
        }
        return result
    }

    private static func escapedLength(_ isEscaped: ArraySlice<Bool>) -> Int {
        isEscaped.reduce(0) { $0 + ($1 ? 3 : 1) }
    }

    /// `~` and eight digits.
    private static let hashLength = 9

    /// - Parameter bounds: how many octets each character has before it is escaped.
    private static func shortened(
        _ whole: [UInt8], _ isEscaped: [Bool], _ bounds: [Int], hashOf octets: [UInt8]
    ) -> [UInt8] {
        var position = 0
        var cut = 0
        for bound in bounds {
            let length = escapedLength(isEscaped[position...].prefix(bound))
            if cut + length > limit - hashLength { break }
            position += bound
            cut += length
        }
        return whole.prefix(cut) + [UInt8(ascii: "~")] + hash(octets)
    }

    /// FNV-1a of 64 bits folded to 32, in eight hexadecimal digits.
    private static func hash(_ octets: [UInt8]) -> [UInt8] {
        let full = octets.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let folded = UInt32(truncatingIfNeeded: full ^ full >> 32)
        return [28, 24, 20, 16, 12, 8, 4, 0].map { shift in
            let value = UInt8(truncatingIfNeeded: folded >> shift) & 15
            return value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ (value &- 10)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ (value &- 10)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
