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
        var fields: [Field] = []
        var continuesField = false
        var start = 0
        while start < bytes.count {
            let feed = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            var end = feed
            if end > start, bytes[end - 1] == 0x0D { end -= 1 }
            if end == start { break }
            if bytes[start] == 0x20 || bytes[start] == 0x09 {
                if continuesField, let last = fields.indices.last {
                    fields[last].body = fields[last].body.lowerBound..<end
                }
            } else if let field = Self.field(bytes, start..<end) {
                fields.append(field)
                continuesField = true
            } else {
                continuesField = false
            }
            start = feed + 1
        }
        self.bytes = bytes
        self.fields = fields
    }

    /// Whether there is no field at all.
    public var isEmpty: Bool { fields.isEmpty }

    /// The body of the first field of that name, in any case, unfolded, without blanks at its ends; nil where there is
    /// no such field.
    ///
    /// Unfolding takes the line end away and leaves the blank behind it (RFC 5322 section 2.2.3).
    public func value(of name: String) -> [UInt8]? {
        let wanted = name.utf8
        let field = fields.first { field in
            field.name.count == wanted.count
                && zip(bytes[field.name], wanted).allSatisfy { Self.lowered($0) == Self.lowered($1) }
        }
        return field.map { unfolded($0.body) }
    }

    private func unfolded(_ range: Range<Int>) -> [UInt8] {
        var body = bytes[range]
        while let first = body.first, isBlank(first) { body.removeFirst() }
        while let last = body.last, isBlank(last) { body.removeLast() }
        guard body.contains(0x0A) else { return Array(body) }
        var result: [UInt8] = []
        result.reserveCapacity(body.count)
        for byte in body {
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
    private static func field(_ bytes: [UInt8], _ line: Range<Int>) -> Field? {
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var end = colon
        while end > line.lowerBound, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        let name = line.lowerBound..<end
        guard !name.isEmpty, bytes[name].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return Field(name: name, body: (colon + 1)..<line.upperBound)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
