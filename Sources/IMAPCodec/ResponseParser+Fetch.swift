internal import IMAPValue

extension ResponseParser {
    /// Items in any order, known ones as often as they come: the last wins, but of sections the first.
    ///
    ///     msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP (msg-att-dynamic / msg-att-static)) ")"
    func fetch(_ cursor: inout Cursor, sequenceNumber: UInt32) throws(ParseError) -> FetchResponse {
        let start = cursor
        do {
            return try fetch(&cursor, sequenceNumber: sequenceNumber, balancing: false)
        } catch {
            // The flags may have been read the wrong way (`Quirk.oddFlags`).
            var trial = start
            guard let fetch = try? fetch(&trial, sequenceNumber: sequenceNumber, balancing: true) else { throw error }
            cursor = trial
            return fetch
        }
    }

    private func fetch(
        _ cursor: inout Cursor, sequenceNumber: UInt32, balancing: Bool
    ) throws(ParseError) -> FetchResponse {
        var fetch = FetchResponse(sequenceNumber: sequenceNumber)
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else {
            // `Quirk.unenclosedItems`
            guard !cursor.isAtEnd else { throw cursor.error(.listExpected) }
            try fetchItem(&cursor, &fetch, balancing: balancing)
            guard fetch.flags != nil else { throw cursor.error(.listExpected) }
            try cursor.finish()
            return fetch
        }
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { break }
            try fetchItem(&cursor, &fetch, balancing: balancing)
        }
        try cursor.finish()
        return fetch
    }

    ///     msg-att-dynamic = "FLAGS" SP "(" [flag-fetch *(SP flag-fetch)] ")" / "MODSEQ" SP "(" mod-sequence-value ")"
    ///     msg-att-static  = "INTERNALDATE" SP date-time / "RFC822.SIZE" SP number64 / "UID" SP uniqueid /
    ///                       "BODY" section ["<" number ">"] SP nstring / "EMAILID" SP "(" objectid ")" / …
    private func fetchItem(
        _ cursor: inout Cursor, _ fetch: inout FetchResponse, balancing: Bool
    ) throws(ParseError) {
        let start = cursor.offset
        while !cursor.isAtEnd, !isWordEnd(cursor.current), cursor.current != UInt8(ascii: "[") { cursor.advance() }
        let name = start..<cursor.offset
        guard !name.isEmpty else { throw cursor.error(cursor.isAtEnd ? .listEndExpected : .nameExpected) }
        guard cursor.current != UInt8(ascii: "[") else {
            let kind: SectionKind? =
                if cursor.matches(name, "BODY") {
                    .body
                } else if cursor.matches(name, "BINARY") {
                    .binary
                } else if cursor.matches(name, "BINARY.SIZE") {
                    .binarySize
                } else {
                    nil
                }
            let section = try section(&cursor, kind ?? .body)
            if kind != nil, fetch.section == nil { fetch.section = section }
            return
        }
        switch name.count {
        case 3 where cursor.matches(name, "UID"):
            fetch.uid = try cursor.number32Value().flatMap { UID($0) }
        case 5 where cursor.matches(name, "FLAGS"):
            fetch.flags = try flagList(&cursor, balancing: balancing).flags
        case 6 where cursor.matches(name, "MODSEQ"):
            fetch.modSequence = try modSequence(&cursor)
        case 7 where cursor.matches(name, "EMAILID"):
            fetch.emailID = try cursor.objectID()
        case 10 where cursor.matches(name, "X-GM-MSGID"):
            fetch.gmailMessageID = try cursor.numberValue()
        case 11 where cursor.matches(name, "X-GM-LABELS"):
            fetch.gmailLabels = try labels(&cursor)
        case 11 where cursor.matches(name, "RFC822.SIZE"):
            fetch.size = try cursor.numberValue()
        case 12 where cursor.matches(name, "INTERNALDATE"):
            fetch.internalDate = try internalDate(&cursor)
        case 13 where cursor.matches(name, "BODYSTRUCTURE"):
            fetch.structure = try bodyStructure(&cursor)
        default:
            try cursor.skipValue()
        }
    }

    /// nil, and the value skipped, where it is no list of strings.
    ///
    ///     "X-GM-LABELS" SP "(" [astring *(SP astring)] ")"
    private func labels(_ cursor: inout Cursor) throws(ParseError) -> [[UInt8]]? {
        cursor.skipSpaces()
        let start = cursor
        guard cursor.take(UInt8(ascii: "(")) else {
            try cursor.skipValue()
            return nil
        }
        var labels: [[UInt8]] = []
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { return labels }
            guard cursor.current != UInt8(ascii: "(") else {
                cursor = start
                try cursor.skipValue()
                return nil
            }
            let word = cursor.offset
            let content = try cursor.nstring()
            guard labels.count < FetchResponse.mostLabels else { continue }
            if case .absent = content {
                // A label may have that name.
                labels.append(Array(cursor.slice(word..<cursor.offset)))
            } else if let label = cursor.octets(of: content) {
                labels.append(label)
            }
        }
    }

    /// nil for 0 and where it cannot be read.
    ///
    ///     "MODSEQ" SP "(" mod-sequence-value ")"
    private func modSequence(_ cursor: inout Cursor) throws(ParseError) -> ModSequence? {
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else {
            try cursor.skipValue()
            return nil
        }
        let value = try cursor.numberValue()
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: ")")) else { throw cursor.error(.listEndExpected) }
        return value.flatMap { ModSequence($0) }
    }

    /// nil for NIL and for what is no date (`Quirk.unreadableDate`).
    private func internalDate(_ cursor: inout Cursor) throws(ParseError) -> Int64? {
        cursor.skipSpaces()
        guard cursor.current != UInt8(ascii: "(") else {
            try cursor.skipValue()
            return nil
        }
        switch try cursor.nstring() {
        case .absent, .streamed: return nil
        case .inline(let range): return IMAPDate.parse(cursor.slice(range))
        case .copied(let octets): return IMAPDate.parse(octets)
        }
    }

    /// The cursor stands on the `[`. What is inside is compared loosely: servers quote and recase the field names
    /// (`Quirk.fieldNames`).
    ///
    ///     section       = "[" [section-spec] "]"
    ///     section-spec  = section-msgtext / (section-part ["." section-text])
    ///     section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
    ///     section-part    = nz-number *("." nz-number)
    ///     section-text    = section-msgtext / "MIME"
    ///     section-binary  = "[" [section-part] "]"
    private func section(_ cursor: inout Cursor, _ kind: SectionKind) throws(ParseError) -> FetchedSection {
        cursor.advance()
        cursor.skipSpaces()
        let start = cursor.offset
        let first = sectionWord(&cursor)
        let isAlone = cursor.current == UInt8(ascii: "]")
        let part: FetchedSection.Part =
            if kind == .body, first.isEmpty, isAlone {
                .whole
            } else if kind == .body, cursor.matches(first, "HEADER") || cursor.matches(first, "HEADER.FIELDS") {
                .header
            } else if isAlone {
                numbered(cursor, first, kind)
            } else {
                .other
            }
        cursor.offset = start
        while cursor.current != UInt8(ascii: "]") {
            switch cursor.current {
            case UInt8(ascii: "\""): _ = try cursor.quoted()
            case UInt8(ascii: "{"):
                if try cursor.literal() == nil { cursor.advance() }
            default:
                guard !cursor.isAtEnd else { throw cursor.error(.sectionUnterminated) }
                cursor.advance()
            }
        }
        cursor.advance()
        let origin = try origin(&cursor)
        cursor.skipSpaces()
        // `Quirk.missingSection`
        let content = cursor.current == UInt8(ascii: ")") ? .absent : try cursor.nstring()
        return FetchedSection(part: part, origin: origin, content: content)
    }

    private enum SectionKind {
        case body, binary, binarySize
    }

    /// What a section is that begins with the number of a part.
    private func numbered(_ cursor: Cursor, _ word: Range<Int>, _ kind: SectionKind) -> FetchedSection.Part {
        guard !word.isEmpty, word.count <= 11 * (PartNumber.limit + 1) else { return .other }
        var words = cursor.string(word).split(separator: ".", omittingEmptySubsequences: false)
        let isHeader = kind == .body && words.last?.uppercased() == "MIME"
        if isHeader { words.removeLast() }
        let positions = words.compactMap { UInt32($0) }
        guard positions.count == words.count, let number = PartNumber(positions) else { return .other }
        switch kind {
        case .body: return isHeader ? .partHeader(number) : .part(number)
        case .binary: return .decodedPart(number)
        case .binarySize: return .decodedSize(number)
        }
    }

    private func sectionWord(_ cursor: inout Cursor) -> Range<Int> {
        let start = cursor.offset
        while !cursor.isAtEnd, !isWordEnd(cursor.current), cursor.current != UInt8(ascii: "]") { cursor.advance() }
        return start..<cursor.offset
    }

    /// With a length behind a dot as well (`Quirk.originWithLength`).
    ///
    ///     ["<" number ">"]
    private func origin(_ cursor: inout Cursor) throws(ParseError) -> UInt64? {
        guard cursor.take(UInt8(ascii: "<")) else { return nil }
        let origin = try cursor.number64()
        if cursor.take(UInt8(ascii: ".")) { _ = try cursor.number64() }
        guard cursor.take(UInt8(ascii: ">")) else { throw cursor.error(.sectionUnterminated) }
        return origin
    }
}
