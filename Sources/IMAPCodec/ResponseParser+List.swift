extension ResponseParser {
    ///     mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP mbox-list-extended]
    func list(_ cursor: inout Cursor, isSubscribed: Bool) throws(ParseError) -> ListEntry {
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else { throw cursor.error(.listExpected) }
        let attributes = try words(&cursor)
        guard cursor.take(UInt8(ascii: ")")) else { throw cursor.error(.listEndExpected) }
        let separator = try separator(&cursor)
        cursor.skipSpaces()
        let start = cursor
        do {
            var entry = ListEntry(rawName: try cursor.astring(), separator: separator, attributes: attributes)
            entry.isSubscribed = isSubscribed || entry.has(#"\Subscribed"#)
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: "(")) { try listExtension(&cursor, &entry) }
            try cursor.finish()
            return entry
        } catch {
            // `Quirk.blankInAtom`
            guard let name = start.unquotedRest(to: start.end) else { throw error }
            var entry = ListEntry(rawName: name, separator: separator, attributes: attributes)
            entry.isSubscribed = isSubscribed || entry.has(#"\Subscribed"#)
            return entry
        }
    }

    /// nil for NIL.
    ///
    ///     DQUOTE QUOTED-CHAR DQUOTE / nil
    func separator(_ cursor: inout Cursor) throws(ParseError) -> UInt8? {
        cursor.skipSpaces()
        let start = cursor.offset
        guard let octets = cursor.octets(of: try cursor.nstring()) else { return nil }
        guard octets.count == 1 else { throw ParseError(reason: .stringExpected, offset: start) }
        return octets.first
    }

    ///     mbox-list-extended      = "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"
    ///     mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val
    ///     childinfo-extended-item = "CHILDINFO" SP "(" list-select-base-opt-quoted *(SP …) ")"
    ///     oldname-extended-item   = "OLDNAME" SP "(" mailbox ")"
    private func listExtension(_ cursor: inout Cursor, _ entry: inout ListEntry) throws(ParseError) {
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { return }
            let name = String(decoding: try cursor.astring(), as: UTF8.self).uppercased()
            switch name {
            case "CHILDINFO":
                entry.childInfo = try strings(&cursor).map { String(decoding: $0, as: UTF8.self).uppercased() }
            case "OLDNAME": entry.oldName = try strings(&cursor).first
            case "MAILBOXID": entry.mailboxID = try cursor.objectID()
            default: try cursor.skipValue()
            }
        }
    }

    ///     "(" [astring *(SP astring)] ")"
    private func strings(_ cursor: inout Cursor) throws(ParseError) -> [[UInt8]] {
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else { throw cursor.error(.listExpected) }
        var strings: [[UInt8]] = []
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { return strings }
            guard strings.count < limits.words else { throw cursor.error(.tooMany) }
            strings.append(try cursor.astring())
        }
    }

    ///     namespace-response = "*" SP "NAMESPACE" SP namespace SP namespace SP namespace
    ///     namespace          = nil / "(" 1*namespace-descr ")"
    func namespace(_ cursor: inout Cursor) throws(ParseError) -> [Namespace] {
        var found: [Namespace] = []
        for kind in Namespace.Kind.allCases {
            cursor.skipSpaces()
            guard cursor.take(UInt8(ascii: "(")) else {
                guard cursor.matches(cursor.word(), "NIL") else { throw cursor.error(.listExpected) }
                continue
            }
            while true {
                cursor.skipSpaces()
                if cursor.take(UInt8(ascii: ")")) { break }
                guard found.count < limits.words else { throw cursor.error(.tooMany) }
                found.append(try namespaceDescription(&cursor, kind: kind))
            }
        }
        try cursor.finish()
        return found
    }

    ///     namespace-descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) [namespace-response-extensions] ")"
    private func namespaceDescription(
        _ cursor: inout Cursor, kind: Namespace.Kind
    ) throws(ParseError) -> Namespace {
        guard cursor.take(UInt8(ascii: "(")) else { throw cursor.error(.listExpected) }
        cursor.skipSpaces()
        let prefix = try cursor.astring()
        let separator = try separator(&cursor)
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { break }
            try cursor.skipValue()
        }
        return Namespace(kind: kind, prefix: prefix, separator: separator)
    }
}
