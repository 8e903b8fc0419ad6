/// Reads one frame. What is beyond the RFCs and accepted all the same is named in `Quirk`.
///
/// ```
/// let response = try ResponseParser().parse(frame)
/// ```
public struct ResponseParser: Sendable {
    let limits: Limits

    /// - Parameter limits: the same as the framer's.
    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Nothing of the result points into the frame but `SectionContent.inline`, which is a range of its octets.
    /// - Throws: `ParseError`: the response cannot be read; the next one is not concerned.
    ///
    ///     response      = continue-req / response-data / response-done
    ///     continue-req  = "+" SP (resp-text / base64) CRLF
    ///     response-data = "*" SP (…) CRLF
    public func parse(_ frame: Frame) throws(ParseError) -> Response {
        var cursor = Cursor(frame.bytes, limits: limits)
        switch cursor.current {
        case UInt8(ascii: "*") where cursor.following == 0x20:
            cursor.advance()
            cursor.skipSpaces()
            return .untagged(try untagged(&cursor))
        case UInt8(ascii: "+"):
            cursor.advance()
            // `Quirk.continuationWithoutBlank`
            _ = cursor.take(0x20)
            return .continuation(text: Array(cursor.slice(cursor.offset..<cursor.end)))
        default:
            return try tagged(&cursor)
        }
    }

    /// A tagged BYE is one too (`Quirk.taggedBye`).
    ///
    ///     response-tagged = tag SP resp-cond-state CRLF
    ///     tag             = 1*<any ASTRING-CHAR except "+">
    private func tagged(_ cursor: inout Cursor) throws(ParseError) -> Response {
        guard !cursor.isAtEnd else { throw cursor.error(.emptyResponse) }
        let tag = cursor.word()
        guard !tag.isEmpty, !cursor.matches(tag, "*") else { throw cursor.error(.tagExpected) }
        guard cursor.skipSpaces() > 0 else { throw cursor.error(.spaceExpected) }
        guard let kind = StatusResponse.Kind(word: cursor.word(), in: cursor) else {
            throw cursor.error(.statusExpected)
        }
        return .tagged(tag: Array(cursor.slice(tag)), statusResponse(&cursor, kind: kind))
    }

    ///     response-data = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data / capability-data /
    ///                     enable-data / id-response) CRLF
    private func untagged(_ cursor: inout Cursor) throws(ParseError) -> Untagged {
        if isDigit(cursor.current) { return try numbered(&cursor) }
        let name = cursor.word()
        if let kind = StatusResponse.Kind(word: name, in: cursor) {
            return .status(statusResponse(&cursor, kind: kind))
        }
        switch name.count {
        case 0: throw cursor.error(.nameExpected)
        case 2 where cursor.matches(name, "ID"): return .id(try id(&cursor))
        case 4 where cursor.matches(name, "LIST"): return .list(try list(&cursor, isSubscribed: false))
        case 4 where cursor.matches(name, "LSUB"): return .list(try list(&cursor, isSubscribed: true))
        case 5 where cursor.matches(name, "FLAGS"):
            return .flags(try lastFlagList(&cursor))
        case 5 where cursor.matches(name, "QUOTA"): return .quota(try quota(&cursor))
        case 6 where cursor.matches(name, "STATUS"): return .mailboxStatus(try status(&cursor))
        case 6 where cursor.matches(name, "SEARCH"): return try search(&cursor)
        case 7 where cursor.matches(name, "ESEARCH"): return .esearch(try esearch(&cursor))
        case 7 where cursor.matches(name, "ENABLED"):
            let names = try words(&cursor)
            try cursor.finish()
            return .enabled(names.map { $0.uppercased() })
        case 8 where cursor.matches(name, "VANISHED"): return try vanished(&cursor)
        case 9 where cursor.matches(name, "NAMESPACE"): return .namespace(try namespace(&cursor))
        case 9 where cursor.matches(name, "QUOTAROOT"): return try quotaRoot(&cursor)
        case 10 where cursor.matches(name, "CAPABILITY"):
            let names = try words(&cursor)
            try cursor.finish()
            return .capability(Capabilities(names))
        default: return .unknown(name: cursor.string(name).uppercased())
        }
    }

    ///     message-data = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att))
    ///     mailbox-data =/ number SP "EXISTS" / number SP "RECENT"
    private func numbered(_ cursor: inout Cursor) throws(ParseError) -> Untagged {
        let number = try cursor.number()
        guard cursor.skipSpaces() > 0 else { throw cursor.error(.spaceExpected) }
        let name = cursor.word()
        if cursor.matches(name, "FETCH") { return .fetch(try fetch(&cursor, sequenceNumber: number)) }
        let known: Untagged
        switch name.count {
        case 6 where cursor.matches(name, "EXISTS"): known = .exists(number)
        case 6 where cursor.matches(name, "RECENT"): known = .recent(number)
        // `Quirk.expunged`
        case 7 where cursor.matches(name, "EXPUNGE"), 8 where cursor.matches(name, "EXPUNGED"): known = .expunge(number)
        case 0: throw cursor.error(.nameExpected)
        default: return .unknown(name: cursor.string(name).uppercased())
        }
        try cursor.finish()
        return known
    }

    /// The words up to the end, or to what ends a response code.
    ///
    ///     capability-data = "CAPABILITY" *(SP capability) SP "IMAP4rev2" *(SP capability)
    ///     enable-data     = "ENABLED" *(SP capability)
    func words(_ cursor: inout Cursor) throws(ParseError) -> [String] {
        var words: [String] = []
        while true {
            cursor.skipSpaces()
            let start = cursor.offset
            while !cursor.isAtEnd, !isWordEnd(cursor.current), cursor.current != UInt8(ascii: "]") { cursor.advance() }
            guard cursor.offset > start else { return words }
            guard words.count < limits.words else { throw cursor.error(.tooMany) }
            words.append(cursor.string(start..<cursor.offset))
        }
    }
}
