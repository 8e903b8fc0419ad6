/// Reads a message that is to be uploaded, in pieces as they come: what it is, and what it is with CRLF line ends.
///
/// A bare LF becomes CRLF; nothing else is changed, no bare CR, no missing last line end.
///
/// ```swift
/// var text = MessageText()
/// text.scan(piece)                                   // for each piece
/// text.finish()
/// text.problem                                       // nil: it can be sent
/// text.bareLineFeeds > 0                             // it has to be converted: text.convertedLength octets
/// ```
public struct MessageText: Hashable, Sendable {
    /// Why it is no message.
    public enum Problem: Hashable, Sendable {
        case empty
        /// A NUL, which no server takes outside BINARY (RFC 3501 section 9, `CHAR8`).
        case nul
        /// It does not begin with a header field (RFC 5322 section 2.2, HAZARD 43).
        case noHeader
    }

    /// Octets read.
    public private(set) var length: UInt64 = 0
    /// LF without CR before it.
    public private(set) var bareLineFeeds: UInt64 = 0
    /// CR without LF behind it. They are left alone.
    public private(set) var bareCarriageReturns: UInt64 = 0
    public private(set) var hasNUL = false
    private var start = HeaderStart()
    private var endsInCarriageReturn = false

    public init() {}

    /// Octets after conversion.
    public var convertedLength: UInt64 { length &+ bareLineFeeds }

    /// After ``finish()``: why it cannot be sent; nil when it can.
    public var problem: Problem? {
        if length == 0 { return .empty }
        if hasNUL { return .nul }
        return start.isHeader ? nil : .noHeader
    }

    public mutating func scan(_ piece: UnsafeRawBufferPointer) {
        length &+= UInt64(piece.count)
        for octet in piece {
            if start.isOpen { start.take(octet) }
            if endsInCarriageReturn, octet != UInt8(ascii: "\n") { bareCarriageReturns += 1 }
            if octet == UInt8(ascii: "\n"), !endsInCarriageReturn { bareLineFeeds += 1 }
            if octet == 0 { hasNUL = true }
            endsInCarriageReturn = octet == UInt8(ascii: "\r")
        }
    }

    /// There is no more of it.
    public mutating func finish() {
        if endsInCarriageReturn { bareCarriageReturns += 1 }
        endsInCarriageReturn = false
        start.finish()
    }
}

/// Gives a text CRLF line ends, in pieces as they come.
public struct LineEndConverter: Hashable, Sendable {
    private var endsInCarriageReturn = false

    public init() {}

    /// Appends the converted piece: at most twice its octets.
    public mutating func convert(_ piece: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + piece.count + piece.count / 16)
        var copied = 0
        for place in piece.indices where piece[place] == UInt8(ascii: "\n") {
            let hasCarriageReturn = place > 0 ? piece[place - 1] == UInt8(ascii: "\r") : endsInCarriageReturn
            guard !hasCarriageReturn else { continue }
            output.append(contentsOf: piece[copied..<place])
            output.append(UInt8(ascii: "\r"))
            copied = place
        }
        output.append(contentsOf: piece[copied...])
        if let last = piece.last { endsInCarriageReturn = last == UInt8(ascii: "\r") }
    }
}
