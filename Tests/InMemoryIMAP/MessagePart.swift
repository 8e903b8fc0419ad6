/// A part of a message as this server reads it (RFC 2045, RFC 2046): multiparts are taken apart, messages inside of the message are not.
struct MessagePart {
    /// With the empty line.
    let header: [UInt8]
    let body: [UInt8]
    let parts: [MessagePart]

    init(_ octets: [UInt8]) {
        let text = FetchItem.Section(label: "", part: .text, peeks: true).content(octets)
        header = Array(octets.prefix(octets.count - text.count))
        body = text
        parts = Self.boundary(in: header).map { Self.parts(of: text, $0) } ?? []
    }

    /// What a section names: a message without parts is its own part 1.
    subscript(_ positions: ArraySlice<Int>) -> MessagePart? {
        guard let first = positions.first else { return self }
        if parts.isEmpty { return positions == [1] ? self : nil }
        return parts.indices.contains(first - 1) ? parts[first - 1][positions.dropFirst()] : nil
    }

    // MARK: - Header

    private func value(of name: String) -> String? {
        for field in FetchItem.Section.fields(header) {
            let text = String(decoding: field, as: UTF8.self)
            let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, halves[0].uppercased() == name else { continue }
            return halves[1].replacing("\r\n", with: "").trimming()
        }
        return nil
    }

    private var type: (String, String) {
        let words = (value(of: "CONTENT-TYPE") ?? "text/plain").split(separator: ";")[0].split(separator: "/")
        return words.count == 2 ? (String(words[0]).trimming(), String(words[1]).trimming()) : ("text", "plain")
    }

    /// The content as it was before it was encoded; nil where this server cannot tell.
    var decoded: [UInt8]? {
        switch value(of: "CONTENT-TRANSFER-ENCODING")?.lowercased() {
        case nil, "7bit", "8bit", "binary": body
        case "base64": Self.decoded(base64: body)
        default: nil
        }
    }

    private static func boundary(in header: [UInt8]) -> [UInt8]? {
        let field = FetchItem.Section.fields(header).map { String(decoding: $0, as: UTF8.self) }.first {
            $0.lowercased().hasPrefix("content-type:")
        }
        guard let field, field.lowercased().contains("multipart/"),
            let start = field.range(behind: "boundary=")
        else { return nil }
        let rest = field[start].drop { $0 == "\"" }.prefix { $0 != "\"" && $0 != ";" && $0 != "\r\n" && $0 != " " }
        return [0x2D, 0x2D] + Array(rest.utf8)
    }

    private static func parts(of text: [UInt8], _ boundary: [UInt8]) -> [MessagePart] {
        var parts: [MessagePart] = []
        var begin: Int?
        var start = 0
        while start < text.count {
            let feed = text[start...].firstIndex(of: 0x0A) ?? text.count
            if text[start..<feed].starts(with: boundary) {
                if let begin { parts.append(MessagePart(Array(text[begin..<max(begin, start - 2)]))) }
                if text[start..<feed].dropFirst(boundary.count).starts(with: [0x2D, 0x2D]) { return parts }
                begin = min(feed + 1, text.count)
            }
            start = feed + 1
        }
        if let begin { parts.append(MessagePart(Array(text[begin...]))) }
        return parts
    }

    /// nil where there is anything in it but base64 and line ends.
    private static func decoded(base64 text: [UInt8]) -> [UInt8]? {
        var values = [Int?](repeating: nil, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, octet) in alphabet.utf8.enumerated() { values[Int(octet)] = value }
        var result: [UInt8] = []
        var (bits, count) = (0, 0)
        for octet in text where octet != 0x0D && octet != 0x0A && octet != UInt8(ascii: "=") {
            guard let value = values[Int(octet)] else { return nil }
            (bits, count) = (bits << 6 | value, count + 6)
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> count))
                bits &= (1 << count) - 1
            }
        }
        return result
    }

    // MARK: - BODYSTRUCTURE

    /// With as few parameters as may be: a client that needs them has to look at the headers.
    var structure: String {
        let (type, subtype) = type
        if !parts.isEmpty { return "(" + parts.map(\.structure).joined() + " \"\(subtype)\")" }
        let encoding = value(of: "CONTENT-TRANSFER-ENCODING") ?? "7BIT"
        return "(\"\(type)\" \"\(subtype)\" NIL NIL NIL \"\(encoding)\" \(body.count))"
    }
}

extension StringProtocol {
    /// Without blanks at its ends.
    fileprivate func trimming() -> String {
        let rest = drop { $0 == " " || $0 == "\t" }
        return String(
            rest.prefix(rest.count - rest.reversed().prefix { $0 == " " || $0 == "\t" || $0 == "\r\n" }.count))
    }

    /// The place behind the first occurrence, to the end.
    fileprivate func range(behind text: String) -> PartialRangeFrom<Index>? {
        firstRange(of: text).map { $0.upperBound... }
    }
}
