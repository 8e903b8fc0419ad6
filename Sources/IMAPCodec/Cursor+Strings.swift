extension Cursor {
    /// The length that a literal's head announces, the cursor then on its first octet; nil, and nothing read, where there is
    /// no head of a literal.
    ///
    ///     literal  = "{" number64 "}" CRLF *CHAR8
    ///     literal8 = "~{" number64 "}" CRLF *OCTET
    mutating func literalHead() throws(ParseError) -> UInt64? {
        var trial = self
        if trial.current == UInt8(ascii: "~") { trial.advance() }
        guard trial.take(UInt8(ascii: "{")), isDigit(trial.current) else { return nil }
        let octets = try trial.number64()
        guard trial.take(UInt8(ascii: "}")) else { return nil }
        _ = trial.take(0x0D)
        guard trial.take(0x0A) else { return nil }
        self = trial
        return octets
    }

    /// A literal; nil, and nothing read, where there is none.
    mutating func literal() throws(ParseError) -> SectionContent? {
        guard let octets = try literalHead() else { return nil }
        guard let length = Int(exactly: octets), length <= inlineLiteral else { return .streamed(octets: octets) }
        guard length <= end &- offset else { throw error(.literalTruncated) }
        let start = offset
        offset = start &+ length
        return .inline(start..<offset)
    }

    /// Any octet but the quote itself stands for itself, NUL and 8-bit included (`Quirk.octetsInQuoted`).
    ///
    ///     quoted = DQUOTE *QUOTED-CHAR DQUOTE
    ///     QUOTED-CHAR = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials
    mutating func quoted() throws(ParseError) -> SectionContent {
        guard take(UInt8(ascii: "\"")) else { throw error(.stringExpected) }
        let start = offset
        var isEscaped = false
        while offset < end {
            let octet = bytes[offset]
            if octet == UInt8(ascii: "\"") {
                let range = start..<offset
                offset &+= 1
                return isEscaped ? .copied(unescaped(range)) : .inline(range)
            }
            if octet == UInt8(ascii: "\\") {
                isEscaped = true
                offset &+= 1
            }
            offset &+= 1
        }
        offset = end
        throw error(.stringUnterminated)
    }

    private func unescaped(_ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var isEscaped = false
        for octet in slice(range) {
            if octet == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                result.append(octet)
                isEscaped = false
            }
        }
        return result
    }

    /// A string in any of its forms; an atom where a string is due is one too (`Quirk.anyStringForm`).
    ///
    ///     nstring = string / nil
    ///     string  = quoted / literal
    mutating func nstring() throws(ParseError) -> SectionContent {
        let octet = current
        if octet == UInt8(ascii: "\"") { return try quoted() }
        if octet == UInt8(ascii: "{") || octet == UInt8(ascii: "~"), let literal = try literal() { return literal }
        let word = word()
        guard !word.isEmpty else { throw error(.stringExpected) }
        return matches(word, "NIL") ? .absent : .inline(word)
    }

    /// Without `NIL`: a mailbox may have that name.
    ///
    ///     astring = 1*ASTRING-CHAR / string
    mutating func astring() throws(ParseError) -> [UInt8] {
        let start = offset
        let content = try nstring()
        guard case .absent = content else {
            guard let octets = octets(of: content) else { throw ParseError(reason: .valueExpected, offset: start) }
            return octets
        }
        return Array(slice(start..<offset))
    }

    /// All octets from here to `end` as a name that nobody quoted, blanks at its end left out (`Quirk.blankInAtom`); nil where a quoted
    /// string or a literal begins here.
    func unquotedRest(to end: Int) -> [UInt8]? {
        guard !isAtEnd, current != UInt8(ascii: "\""), (try? literalStart()) == false else { return nil }
        var last = Swift.min(end, self.end)
        while last > offset, bytes[last &- 1] == 0x20 { last &-= 1 }
        return last > offset ? Array(slice(offset..<last)) : nil
    }

    private func literalStart() throws(ParseError) -> Bool {
        var trial = self
        return try trial.literalHead() != nil
    }

    /// nil for NIL and for what was streamed.
    func octets(of content: SectionContent) -> [UInt8]? {
        switch content {
        case .absent, .streamed: nil
        case .inline(let range): Array(slice(range))
        case .copied(let octets): octets
        }
    }

    /// nil for NIL and for what was streamed; invalid UTF-8 is replaced.
    func text(of content: SectionContent) -> String? {
        switch content {
        case .absent, .streamed: nil
        case .inline(let range): string(range)
        case .copied(let octets): String(decoding: octets, as: UTF8.self)
        }
    }

    /// Skips one value of whatever form, in one loop: parentheses inside each other cost no stack.
    ///
    ///     tagged-ext-val  = tagged-ext-simple / "(" [tagged-ext-comp] ")"
    ///     tagged-ext-comp = astring / tagged-ext-comp *(SP tagged-ext-comp) / "(" tagged-ext-comp ")"
    mutating func skipValue() throws(ParseError) {
        var depth = 0
        repeat {
            skipSpaces()
            switch current {
            case UInt8(ascii: "("):
                guard depth < nesting else { throw error(.nestingTooDeep) }
                depth &+= 1
                advance()
            case UInt8(ascii: ")"):
                guard depth > 0 else { throw error(.valueExpected) }
                depth &-= 1
                advance()
            default:
                _ = try nstring()
            }
        } while depth > 0
    }

    /// A number; nil, and the value skipped, where something else stands in its place or it is too large
    /// (`Quirk.unreadableNumber`).
    @inline(__always)
    mutating func numberValue() throws(ParseError) -> UInt64? {
        skipSpaces()
        var trial = self
        if isDigit(current), let value = try? trial.number64(), trial.isAtEnd || isWordEnd(trial.current) {
            self = trial
            return value
        }
        if current == UInt8(ascii: ")") || isAtEnd { return nil }
        try skipValue()
        return nil
    }

    /// A number below 2^32, as `numberValue`.
    @inline(__always)
    mutating func number32Value() throws(ParseError) -> UInt32? {
        try numberValue().flatMap { UInt32(exactly: $0) }
    }

    /// An identifier in parentheses; nil for NIL. Doubled parentheses are accepted (`Quirk.doubledParentheses`).
    ///
    ///     "EMAILID" SP "(" objectid ")"
    mutating func objectID() throws(ParseError) -> [UInt8]? {
        skipSpaces()
        var depth = 0
        while take(UInt8(ascii: "(")) {
            depth &+= 1
            guard depth <= nesting else { throw error(.nestingTooDeep) }
            skipSpaces()
        }
        let content = current == UInt8(ascii: ")") ? .absent : try nstring()
        while depth > 0 {
            skipSpaces()
            guard take(UInt8(ascii: ")")) else { throw error(.listEndExpected) }
            depth &-= 1
        }
        // RFC 8474 section 7 has letters, digits, "_" and "-" alone (`Quirk.unreadableObjectID`).
        return octets(of: content).flatMap { $0.isEmpty || !$0.allSatisfy { (0x21...0x7E).contains($0) } ? nil : $0 }
    }

    /// Blanks may stand at the end (`Quirk.strayBlanks`), nothing else.
    mutating func finish() throws(ParseError) {
        skipSpaces()
        guard isAtEnd else { throw error(.excess) }
    }
}
