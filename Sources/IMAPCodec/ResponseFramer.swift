/// Finds the end of each response, lines and literals, before anything is parsed, so that a response that cannot be read
/// costs only itself.
///
/// A response that lies whole in the octets fed is handed out in place; only one that is cut is collected. A line ends with
/// CRLF, or with a bare LF (`Quirk.bareLineFeed`). A line of text (`* OK …`, `a OK …`, `+ …`) carries no literals, so `{5}`
/// at its end is only text.
///
/// ```
/// var framer = ResponseFramer()
/// try framer.feed(bytes) { event in … }
/// ```
public struct ResponseFramer {
    private let limits: Limits
    /// The response so far, where it did not lie whole in what was fed. Never longer than `Limits.response`.
    private var buffer: [UInt8] = []
    /// Where in `buffer` the present line begins.
    private var lineStart = 0
    /// Literals of the present response.
    private var literals = 0
    /// Octets of an inline literal still to come. Not zero only while `buffer` is not empty.
    private var inlineRemaining = 0
    /// Octets of a streamed literal still to come. Not zero only while `buffer` is not empty.
    private var streamRemaining: UInt64 = 0
    private var failure: FramingError?

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Nothing is buffered and no literal is under way: what STARTTLS needs (RFC 3501 section 6.2.1).
    public var isBetweenResponses: Bool {
        buffer.isEmpty && failure == nil
    }

    /// Takes octets as they arrive, cut anywhere, and calls `handle` for each event in order.
    ///
    /// Pointers are valid during the call of `handle` only. Octets of a streamed literal pass through without being copied.
    /// - Throws: `FramingError`, after which every further call throws it again and the connection must be closed; and what
    ///   `handle` throws, after which the octets not yet handled are lost.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ handle: (FramingEvent) throws -> Void) throws {
        if let failure { throw failure }
        do {
            var position = 0
            while position < bytes.count {
                if streamRemaining > 0 {
                    try stream(bytes, &position, handle)
                } else if inlineRemaining > 0 {
                    let taken = Swift.min(inlineRemaining, bytes.count - position)
                    buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position..<(position + taken)]))
                    inlineRemaining -= taken
                    position += taken
                    if inlineRemaining == 0 { lineStart = buffer.count }
                } else if buffer.isEmpty {
                    try whole(bytes, &position, handle)
                } else {
                    try line(bytes, &position, handle)
                }
            }
        } catch let error as FramingError {
            failure = error
            buffer = []
            throw error
        }
    }

    private mutating func stream(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ handle: (FramingEvent) throws -> Void
    ) throws {
        let taken = Int(clamping: Swift.min(streamRemaining, UInt64(bytes.count - position)))
        let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<(position + taken)])
        position += taken
        streamRemaining -= UInt64(taken)
        try handle(.literalBytes(piece))
        if streamRemaining == 0 { try handle(.literalEnded) }
    }

    /// Hands out responses that lie whole in `bytes`; collects the last one where it does not, or streams a literal.
    private mutating func whole(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ handle: (FramingEvent) throws -> Void
    ) throws {
        var start = position
        var line = start
        while line < bytes.count, let feed = indexOfLineFeed(in: bytes, from: line) {
            let response = UnsafeRawBufferPointer(rebasing: bytes[start...feed])
            switch try lineEnd(response, lineStart: line - start) {
            case .response(let length):
                literals = 0
                start = feed + 1
                line = start
                position = start
                try handle(.response(Frame(bytes: UnsafeRawBufferPointer(rebasing: response[..<length]))))
            case .inline(let octets) where octets <= bytes.count - feed - 1:
                line = feed + 1 + octets
            case .inline(let octets):
                buffer.append(contentsOf: bytes[start...])
                inlineRemaining = octets - (bytes.count - feed - 1)
                position = bytes.count
                return
            case .streamed(let octets, let prefix):
                buffer.append(contentsOf: response)
                lineStart = buffer.count
                streamRemaining = octets
                position = feed + 1
                let text = UnsafeRawBufferPointer(rebasing: response[..<prefix])
                try handle(.literalBegan(StreamedLiteral(octets: octets, prefix: text)))
                return
            }
        }
        position = bytes.count
        guard start < bytes.count else { return }
        try check(length: bytes.count - start)
        buffer.append(contentsOf: bytes[start...])
        lineStart = line - start
    }

    /// Goes on with the response in `buffer` up to the end of its present line.
    private mutating func line(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ handle: (FramingEvent) throws -> Void
    ) throws {
        let feed = indexOfLineFeed(in: bytes, from: position)
        let end = feed.map { $0 + 1 } ?? bytes.count
        let (length, overflow) = buffer.count.addingReportingOverflow(end - position)
        try check(length: overflow ? .max : length)
        buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
        position = end
        guard feed != nil else { return }
        switch try buffer.withUnsafeBytes({ try lineEnd($0, lineStart: lineStart) }) {
        case .response(let length):
            var response: [UInt8] = []
            swap(&response, &buffer)
            lineStart = 0
            literals = 0
            try response.withUnsafeBytes {
                try handle(.response(Frame(bytes: UnsafeRawBufferPointer(rebasing: $0[..<length]))))
            }
            if response.capacity <= ResponseFramer.keptCapacity {
                response.removeAll(keepingCapacity: true)
                swap(&response, &buffer)
            }
        case .inline(let octets):
            inlineRemaining = octets
            lineStart = buffer.count
        case .streamed(let octets, let prefix):
            lineStart = buffer.count
            streamRemaining = octets
            try buffer.withUnsafeBytes {
                let text = UnsafeRawBufferPointer(rebasing: $0[..<prefix])
                try handle(.literalBegan(StreamedLiteral(octets: octets, prefix: text)))
            }
        }
    }

    private static let keptCapacity = 1 << 20

    private enum LineEnd {
        /// The response is complete; its length without the line end.
        case response(length: Int)
        case inline(octets: Int)
        /// `prefix`: length of the response so far without the line end.
        case streamed(octets: UInt64, prefix: Int)
    }

    /// Judges a line whose LF is the last octet of `response`.
    private mutating func lineEnd(_ response: UnsafeRawBufferPointer, lineStart: Int) throws(FramingError) -> LineEnd {
        try check(length: response.count)
        var end = response.count - 1
        if end > lineStart, response[end - 1] == 0x0D { end -= 1 }
        guard end > lineStart, response[end - 1] == UInt8(ascii: "}"),
            let octets = announced(response, lineStart: lineStart, end: end),
            literals > 0 || !isText(response)
        else { return .response(length: end) }
        guard literals < limits.literals else { throw .tooManyLiterals(limit: limits.literals) }
        literals += 1
        guard octets <= limits.literal else { throw .literalTooLong(limit: limits.literal, actual: octets) }
        guard let inline = Int(exactly: octets), inline <= limits.inlineLiteral else {
            return .streamed(octets: octets, prefix: end)
        }
        let (length, overflow) = response.count.addingReportingOverflow(inline)
        try check(length: overflow ? .max : length)
        return .inline(octets: inline)
    }

    private func check(length: Int) throws(FramingError) {
        guard length <= limits.response else { throw .responseTooLong(limit: limits.response, actual: length) }
    }

    /// The number of a literal at the end of a line, `UInt64.max` where it is larger still.
    ///
    ///     literal = "{" number64 "}" CRLF *CHAR8
    private func announced(_ response: UnsafeRawBufferPointer, lineStart: Int, end: Int) -> UInt64? {
        var index = end - 2
        while index >= lineStart, isDigit(response[index]) { index -= 1 }
        guard index >= lineStart, response[index] == UInt8(ascii: "{"), index < end - 2 else { return nil }
        var value: UInt64 = 0
        for digit in response[(index + 1)..<(end - 1)] {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit &- 0x30))
            if overflow || carry { return .max }
            value = sum
        }
        return value
    }

    /// Whether a response is one of people's text, which has no literals.
    ///
    ///     resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
    ///     continue-req    = "+" SP (resp-text / base64) CRLF
    private func isText(_ response: UnsafeRawBufferPointer) -> Bool {
        guard let first = response.first else { return false }
        if first == UInt8(ascii: "+") { return true }
        var cursor = Cursor(response, limits: limits)
        _ = cursor.word()
        guard cursor.skipSpaces() > 0 else { return false }
        return StatusResponse.Kind(word: cursor.word(), in: cursor) != nil
    }
}
