/// A place in a frame. Every read is checked against the end; past it stands NUL, which no token contains.
///
/// Functions with a noun as name take that token or throw; `skip…` and `take…` take it if it is there.
struct Cursor {
    let bytes: UnsafeRawBufferPointer
    var offset = 0
    /// No octet at or after this one is read.
    let end: Int
    /// Parentheses inside each other.
    let nesting: Int
    /// The octets of a longer literal are not in the frame.
    let inlineLiteral: Int

    init(_ bytes: UnsafeRawBufferPointer, limits: Limits) {
        self.bytes = bytes
        self.end = bytes.count
        self.nesting = limits.nesting
        self.inlineLiteral = limits.inlineLiteral
    }

    var isAtEnd: Bool {
        @inline(__always) get { offset >= end }
    }

    /// NUL at the end.
    var current: UInt8 {
        @inline(__always) get { offset < end ? bytes[offset] : 0 }
    }

    /// The octet after the current one; NUL at the end.
    var following: UInt8 {
        @inline(__always) get { end &- offset > 1 ? bytes[offset &+ 1] : 0 }
    }

    @inline(__always)
    mutating func advance() {
        if offset < end { offset &+= 1 }
    }

    @inline(__always)
    mutating func take(_ octet: UInt8) -> Bool {
        guard offset < end, bytes[offset] == octet else { return false }
        offset &+= 1
        return true
    }

    /// How many blanks were skipped: any number is accepted wherever the grammar has one (`Quirk.strayBlanks`).
    @inline(__always)
    @discardableResult
    mutating func skipSpaces() -> Int {
        let start = offset
        while offset < end, bytes[offset] == 0x20 { offset &+= 1 }
        return offset &- start
    }

    /// Where there is none, to the end.
    mutating func skip(toLast octet: UInt8) {
        var place = end
        while place > offset {
            place &-= 1
            if bytes[place] == octet {
                offset = place
                return
            }
        }
        offset = end
    }

    func error(_ reason: ParseError.Reason) -> ParseError {
        ParseError(reason: reason, offset: offset)
    }

    /// The octets up to what ends a word; empty where there is none.
    @inline(__always)
    mutating func word() -> Range<Int> {
        let start = offset
        while offset < end, !isWordEnd(bytes[offset]) { offset &+= 1 }
        return start..<offset
    }

    /// Compares without case; `name` is upper case.
    @inline(__always)
    func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount, range.upperBound <= end else { return false }
        let other = name.utf8Start
        var index = 0
        while index < range.count {
            if upper(bytes[range.lowerBound &+ index]) != other[index] { return false }
            index &+= 1
        }
        return true
    }

    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<end)])
    }

    /// Invalid UTF-8 is replaced.
    func string(_ range: Range<Int>) -> String {
        String(decoding: slice(range), as: UTF8.self)
    }

    ///     number64 = 1*DIGIT
    @inline(__always)
    mutating func number64() throws(ParseError) -> UInt64 {
        guard isDigit(current) else { throw error(.numberExpected) }
        var value: UInt64 = 0
        while offset < end {
            let digit = bytes[offset] &- 0x30
            guard digit < 10 else { break }
            if value >= 1_844_674_407_370_955_161 {
                let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
                guard !overflow, !carry else { throw error(.numberTooLarge) }
                value = sum
            } else {
                value = value &* 10 &+ UInt64(digit)
            }
            offset &+= 1
        }
        return value
    }

    ///     number = 1*DIGIT       ; 0 <= n < 4,294,967,296
    @inline(__always)
    mutating func number() throws(ParseError) -> UInt32 {
        let start = offset
        guard let value = UInt32(exactly: try number64()) else {
            throw ParseError(reason: .numberTooLarge, offset: start)
        }
        return value
    }
}
