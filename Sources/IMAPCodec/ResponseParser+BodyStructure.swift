extension ResponseParser {
    /// nil, and the value skipped, where it is not of the grammar: BODYSTRUCTURE is what servers get wrong most.
    func bodyStructure(_ cursor: inout Cursor) throws(ParseError) -> BodyStructure? {
        cursor.skipSpaces()
        var trial = cursor
        var count = 0
        if let structure = try? bodyStructure(&trial, depth: 0, count: &count) {
            cursor = trial
            return structure
        }
        try cursor.skipValue()
        return nil
    }

    ///     body            = "(" (body-type-1part / body-type-mpart) ")"
    ///     body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    ///     body-type-1part = media-type SP media-subtype SP body-fields …
    ///     body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
    private func bodyStructure(
        _ cursor: inout Cursor, depth: Int, count: inout Int
    ) throws(ParseError) -> BodyStructure {
        guard depth < limits.nesting else { throw cursor.error(.nestingTooDeep) }
        count += 1
        guard count <= BodyStructure.mostParts else { throw cursor.error(.tooMany) }
        guard cursor.take(UInt8(ascii: "(")) else { throw cursor.error(.listExpected) }
        cursor.skipSpaces()
        var parts: [BodyStructure] = []
        while cursor.current == UInt8(ascii: "(") {
            parts.append(try bodyStructure(&cursor, depth: depth + 1, count: &count))
            cursor.skipSpaces()
        }
        let structure: BodyStructure
        if parts.isEmpty {
            let type = try word(&cursor)
            let subtype = try word(&cursor)
            for _ in 0..<3 { try cursor.skipValue() }
            let encoding = try word(&cursor)
            cursor.skipSpaces()
            structure = .single(type: type, subtype: subtype, encoding: encoding, octets: try cursor.number64())
        } else {
            structure = .multipart(parts, subtype: try word(&cursor))
        }
        // What else is told of it.
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { return structure }
            try cursor.skipValue()
        }
    }

    /// In lower case; empty for NIL.
    private func word(_ cursor: inout Cursor) throws(ParseError) -> String {
        cursor.skipSpaces()
        guard cursor.current != UInt8(ascii: "("), cursor.current != UInt8(ascii: ")") else {
            throw cursor.error(.stringExpected)
        }
        return cursor.text(of: try cursor.nstring())?.lowercased() ?? ""
    }
}
