/// Takes a message apart (RFC 2046), in one pass over its octets, whatever is wrong with it.
///
/// A part ends at the boundary of any multipart that it is in, so that one whose end is missing costs itself only. Lines end in CRLF, LF or
/// CR. What is nested too deeply, or has too many parts, is left in one piece.
public struct MIMEParser {
    /// Parts inside of parts that are taken apart.
    public static let depthLimit = 100
    /// Parts of a message that are told apart. Of more the last one has the rest of the message, as it stands there.
    public static let countLimit = 10_000
    /// Octets of a header that are looked at.
    static let headerLimit = 1 << 20

    private let message: [UInt8]
    private var place = 0
    private var count = 0
    /// Of the multiparts around, the innermost last; with the hyphens.
    private var boundaries: [[UInt8]] = []
    private var known: Set<ArraySlice<UInt8>> = []

    private init(_ message: [UInt8]) { self.message = message }

    /// The message as a part.
    public static func parse(_ message: [UInt8]) -> MIMEPart {
        var parser = MIMEParser(message)
        return parser.entity(depth: 0, fallback: ("text", "plain"))
    }

    // MARK: - Lines

    /// The index behind the line that begins at `start`, its line end included.
    private func lineEnd(_ start: Int) -> Int {
        message.withUnsafeBufferPointer { octets in
            var index = start
            while index < octets.count {
                let octet = octets[index]
                index += 1
                if octet == 0x0A { return index }
                if octet == 0x0D { return index < octets.count && octets[index] == 0x0A ? index + 1 : index }
            }
            return index
        }
    }

    /// `range` without the line end at its end.
    private func withoutLineEnd(_ range: Range<Int>) -> Range<Int> {
        var end = range.upperBound
        if end > range.lowerBound, message[end - 1] == 0x0A {
            end -= 1
            if end > range.lowerBound, message[end - 1] == 0x0D { end -= 1 }
        } else if end > range.lowerBound, message[end - 1] == 0x0D {
            end -= 1
        }
        return range.lowerBound..<end
    }

    /// Whether a line of one of the multiparts around begins here; looked up, because there can be many of both.
    private func isBoundary(_ start: Int) -> Bool {
        guard !boundaries.isEmpty, start + 1 < message.count, message[start] == UInt8(ascii: "-"),
            message[start + 1] == UInt8(ascii: "-")
        else { return false }
        var line = message[withoutLineEnd(start..<lineEnd(start))]
        while let last = line.last, isBlank(last) { line.removeLast() }
        return known.contains(line)
            || line.count >= 4 && line.suffix(2) == [0x2D, 0x2D] && known.contains(line.dropLast(2))
    }

    /// ```
    /// delimiter = "--" boundary ["--"] *LWSP-char
    /// ```
    /// - Returns: whether it is the closing one; nil where the line is none.
    private func matches(_ boundary: [UInt8], _ start: Int, _ end: Int) -> Bool? {
        guard end - start >= boundary.count, message[start..<(start + boundary.count)].elementsEqual(boundary) else {
            return nil
        }
        var index = start + boundary.count
        let isClosing =
            index + 1 < end && message[index] == UInt8(ascii: "-") && message[index + 1] == UInt8(ascii: "-")
        if isClosing { index += 2 }
        for octet in message[index..<end] where !isBlank(octet) && octet != 0x0D && octet != 0x0A { return nil }
        return isClosing
    }

    // MARK: - Parts

    private mutating func entity(depth: Int, fallback: (type: String, subtype: String)) -> MIMEPart {
        count += 1
        let header = self.header()
        let fields = Header(MIMEPart.header(message, header.prefix(Self.headerLimit)))
        let type = ContentType(fields.value(of: "Content-Type"), fallback: fallback)
        var part = MIMEPart(
            header: header, body: place..<place, type: type,
            encoding: TransferEncoding(fields.value(of: "Content-Transfer-Encoding")), content: .leaf)
        let start = place
        if depth < Self.depthLimit, count < Self.countLimit - 1 {
            if type.type == "multipart", let boundary = type.parameters["boundary"] {
                part.content = multipart(boundary.octets, type, depth)
            } else if type.type == "message", Self.isMessage(type.subtype), part.encoding == .identity {
                let inner = entity(depth: depth + 1, fallback: ("text", "plain"))
                part.content = .message([inner])
            }
        }
        skipToBoundary()
        part.body = start..<place
        return part
    }

    /// Of the others (RFC 2046 section 5.2, RFC 3464, RFC 8098) the octets are worth more than the fields.
    static func isMessage(_ subtype: String) -> Bool {
        subtype == "rfc822" || subtype == "global" || subtype == "news"
    }

    /// Leaves `place` behind the empty line, or at the first line that is no field.
    private mutating func header() -> Range<Int> {
        let start = place
        var isFirst = true
        while place < message.count, !isBoundary(place) {
            let end = lineEnd(place)
            let line = withoutLineEnd(place..<end)
            if line.isEmpty {
                let header = start..<place
                place = end
                return header
            }
            guard isField(line, isFirst: isFirst) else { break }
            isFirst = false
            place = end
        }
        return start..<place
    }

    /// A field, the continuation of one, or the line that mbox puts in front of a message.
    private func isField(_ line: Range<Int>, isFirst: Bool) -> Bool {
        if isBlank(message[line.lowerBound]) { return true }
        if isFirst, message[line].starts(with: "From ".utf8) { return true }
        var index = line.lowerBound
        while index < line.upperBound, message[index] > 0x20, message[index] < 0x7F, message[index] != UInt8(ascii: ":")
        {
            index += 1
        }
        while index < line.upperBound, isBlank(message[index]) { index += 1 }
        return index < line.upperBound && message[index] == UInt8(ascii: ":")
    }

    private mutating func skipToBoundary() {
        guard !boundaries.isEmpty else {
            place = message.count
            return
        }
        while place < message.count, !isBoundary(place) { place = lineEnd(place) }
    }

    private mutating func multipart(_ boundary: [UInt8], _ type: ContentType, _ depth: Int) -> MIMEPart.Content {
        var name = boundary
        while let last = name.last, isBlank(last) { name.removeLast() }
        let boundary = Array("--".utf8) + name
        // One that is around already ends what is inside.
        guard !boundaries.contains(boundary) else { return .leaf }
        boundaries.append(boundary)
        known.insert(boundary[...])
        defer { known.remove(boundaries.removeLast()[...]) }
        skipToBoundary()
        // What stands before the first boundary is for programs that know no MIME.
        guard place < message.count, let first = matches(boundary, place, lineEnd(place)) else { return .leaf }
        if first { return .multipart([]) }
        let fallback = type.subtype == "digest" ? ("message", "rfc822") : ("text", "plain")
        var parts: [MIMEPart] = []
        while place < message.count, let isClosing = matches(boundary, place, lineEnd(place)), !isClosing {
            guard count < Self.countLimit - 1 else {
                parts.append(rest())
                break
            }
            place = lineEnd(place)
            // Boundaries that follow each other at once part nothing.
            if matches(boundary, place, lineEnd(place)) == false { continue }
            parts.append(entity(depth: depth + 1, fallback: fallback).endingBeforeBoundary(withoutLineEnd))
        }
        return .multipart(parts)
    }

    /// What is left of the message, boundaries and all.
    private mutating func rest() -> MIMEPart {
        defer { place = message.count }
        count += 1
        return MIMEPart(
            header: place..<place, body: place..<message.count,
            type: ContentType(nil, fallback: ("application", "octet-stream")), encoding: .identity, content: .leaf)
    }
}

extension MIMEPart {
    /// The line end before a boundary belongs to the boundary, also for what reaches up to it inside.
    func endingBeforeBoundary(_ trimmed: (Range<Int>) -> Range<Int>) -> MIMEPart {
        var part = self
        part.body = trimmed(body)
        if case .message(let inner) = content {
            part.content = .message(inner.map { $0.endingBeforeBoundary(trimmed) })
        }
        return part
    }
}

extension Range<Int> {
    fileprivate func prefix(_ count: Int) -> Range<Int> { lowerBound..<Swift.min(upperBound, lowerBound + count) }
}
