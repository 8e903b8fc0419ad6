/// A folder's name as it goes over the wire.
///
/// Compared byte by byte; Swift's strings would take composed and decomposed characters for the same.
/// `INBOX` alone is the same in any case (RFC 3501 section 5.1).
struct Name: Hashable, Sendable {
    let bytes: [UInt8]

    static let inbox = Name([UInt8]("INBOX".utf8))

    init(_ bytes: [UInt8]) {
        self.bytes = bytes.uppercasedASCII == [UInt8]("INBOX".utf8) ? [UInt8]("INBOX".utf8) : bytes
    }

    init(_ text: String) {
        self.init([UInt8](text.utf8))
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The names of the folders above, the nearest last.
    func ancestors(separator: UInt8?) -> [Name] {
        guard let separator else { return [] }
        return bytes.indices.filter { $0 > 0 && bytes[$0] == separator }.map { Name([UInt8](bytes[..<$0])) }
    }

    func isBelow(_ other: Name, separator: UInt8?) -> Bool {
        guard let separator else { return false }
        return bytes.count > other.bytes.count + 1 && bytes.starts(with: other.bytes + [separator])
    }

    /// Whether the name is printable ASCII whose every `&` opens a shift of modified UTF-7 that `-` closes.
    var isModifiedUTF7: Bool {
        var shifted = false
        for byte in bytes {
            guard byte >= 0x20, byte < 0x7F else { return false }
            if shifted {
                if byte == UInt8(ascii: "-") {
                    shifted = false
                } else if !(byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "+")
                    || byte == UInt8(ascii: ","))
                {
                    return false
                }
            } else if byte == UInt8(ascii: "&") {
                shifted = true
            }
        }
        return !shifted
    }
}

extension UInt8 {
    var isASCIILetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
    var uppercasedASCII: UInt8 { (0x61...0x7A).contains(self) ? self - 0x20 : self }
}

extension [UInt8] {
    var uppercasedASCII: [UInt8] { map(\.uppercasedASCII) }

    /// Where `pattern` first occurs at or after `start`.
    func firstIndex(of pattern: [UInt8], from start: Int = 0) -> Int? {
        guard let first = pattern.first, count >= pattern.count else { return nil }
        var index = start
        while index <= count - pattern.count {
            if self[index] == first, self[index..<(index + pattern.count)].elementsEqual(pattern) { return index }
            index += 1
        }
        return nil
    }

    func replacing(_ pattern: [UInt8], by replacement: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = 0
        while let found = firstIndex(of: pattern, from: rest) {
            result += self[rest..<found]
            result += replacement
            rest = found + pattern.count
        }
        return result + self[rest...]
    }
}
