import Glibc

/// The header of a message as received (RFC 5322 section 2.2), read leniently.
///
/// It ends at the first empty line, or with the bytes. Lines end in CRLF or LF. A line that is no field is skipped
/// together with its continuation lines.
///
/// ```swift
/// let header = Header(Array("Subject: Quarterly\r\n report\r\n\r\n".utf8))
/// header.value(of: "subject")    // the octets of "Quarterly report"
/// ```
public struct Header: Sendable {
    private struct Field {
        let name: Range<Int>
        var body: Range<Int>
    }

    private let bytes: [UInt8]
    private let fields: [Field]

    /// One pass over the bytes, to the empty line.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        fields = bytes.withUnsafeBufferPointer { Self.fields($0) }
    }

    private static func fields(_ bytes: UnsafeBufferPointer<UInt8>) -> [Field] {
        var fields: [Field] = []
        fields.reserveCapacity(8)
        var continuesField = false
        var start = 0
        while start < bytes.count {
            let feed = position(of: 0x0A, in: bytes, start..<bytes.count) ?? bytes.count
            var end = feed
            if end > start, bytes[end - 1] == 0x0D { end -= 1 }
            if end == start { break }
            if bytes[start] == 0x20 || bytes[start] == 0x09 {
                if continuesField, let last = fields.indices.last {
                    fields[last].body = fields[last].body.lowerBound..<end
                }
            } else if let field = field(bytes, start..<end) {
                fields.append(field)
                continuesField = true
            } else {
                continuesField = false
            }
            start = feed + 1
        }
        return fields
    }

    private static func position(
        of octet: UInt8, in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> Int? {
        guard let base = bytes.baseAddress, !range.isEmpty,
            let found = memchr(base + range.lowerBound, Int32(octet), range.count)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Whether there is no field at all.
    public var isEmpty: Bool { fields.isEmpty }

    /// The body of the first field of that name, in any case, unfolded, without blanks at its ends; nil where there is
    /// no such field.
    ///
    /// Unfolding takes the line end away and leaves the blank behind it (RFC 5322 section 2.2.3).
    public func value(of name: String) -> [UInt8]? {
        bytes.withUnsafeBufferPointer { bytes in
            var wanted = name
            let field = wanted.withUTF8 { wanted in fields.first { Self.isName(bytes, $0.name, wanted) } }
            return field.map { Self.unfolded(bytes, $0.body) }
        }
    }

    private static func isName(
        _ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>, _ wanted: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard name.count == wanted.count else { return false }
        for index in 0..<wanted.count where lowered(bytes[name.lowerBound + index]) != lowered(wanted[index]) {
            return false
        }
        return true
    }

    private static func unfolded(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isBlank(bytes[start]) { start += 1 }
        while start < end, isBlank(bytes[end - 1]) { end -= 1 }
        guard position(of: 0x0A, in: bytes, start..<end) != nil else {
            return Array(UnsafeBufferPointer(rebasing: bytes[start..<end]))
        }
        var result: [UInt8] = []
        result.reserveCapacity(end - start)
        for index in start..<end {
            let byte = bytes[index]
            if byte == 0x0A {
                if result.last == 0x0D { result.removeLast() }
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// ```
    /// field = 1*ftext *WSP ":" unstructured      ; blanks before the colon: RFC 5322 section 4.5
    /// ftext = %d33-57 / %d59-126
    /// ```
    private static func field(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Field? {
        guard let colon = position(of: UInt8(ascii: ":"), in: bytes, line) else { return nil }
        var end = colon
        while end > line.lowerBound, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        guard end > line.lowerBound else { return nil }
        for index in line.lowerBound..<end where bytes[index] <= 0x20 || bytes[index] >= 0x7F { return nil }
        return Field(name: line.lowerBound..<end, body: (colon + 1)..<line.upperBound)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
