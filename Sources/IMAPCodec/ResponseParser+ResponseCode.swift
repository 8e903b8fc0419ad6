internal import IMAPValue

extension ResponseParser {
    /// The text may be missing, with or without its blank (`Quirk.missingText`).
    ///
    ///     resp-text = ["[" resp-text-code "]" SP] [text]
    func statusResponse(_ cursor: inout Cursor, kind: StatusResponse.Kind) -> StatusResponse {
        cursor.skipSpaces()
        let code = cursor.current == UInt8(ascii: "[") ? responseCode(&cursor) : nil
        cursor.skipSpaces()
        return StatusResponse(kind: kind, code: code, text: cursor.string(cursor.offset..<cursor.end))
    }

    /// A code that cannot be read costs its value, never the response (`Quirk.unreadableCode`). nil, and nothing read, where
    /// the bracket is only part of the text.
    ///
    ///     resp-text-code = "ALERT" / "BADCHARSET" … / "CAPABILITY" … / "PARSE" / … / atom [SP 1*<any TEXT-CHAR except "]">]
    private func responseCode(_ cursor: inout Cursor) -> ResponseCode? {
        let start = cursor.offset
        cursor.advance()
        cursor.skipSpaces()
        let name = codeName(&cursor)
        var trial = cursor
        if !name.isEmpty, let code = try? code(name, &trial) {
            trial.skipSpaces()
            if trial.take(UInt8(ascii: "]")) {
                cursor = trial
                return code
            }
        }
        guard !name.isEmpty, skipToCodeEnd(&cursor) else {
            cursor.offset = start
            return nil
        }
        let upper = cursor.string(name).uppercased()
        return plainCode(upper) ?? .other(upper)
    }

    private func codeName(_ cursor: inout Cursor) -> Range<Int> {
        let start = cursor.offset
        while !cursor.isAtEnd, !isWordEnd(cursor.current), cursor.current != UInt8(ascii: "]") { cursor.advance() }
        return start..<cursor.offset
    }

    /// Behind the first `]` that a blank or the end follows, else behind the first `]`.
    private func skipToCodeEnd(_ cursor: inout Cursor) -> Bool {
        var first: Int?
        while !cursor.isAtEnd {
            let isBracket = cursor.current == UInt8(ascii: "]")
            cursor.advance()
            guard isBracket else { continue }
            if cursor.isAtEnd || cursor.current == 0x20 { return true }
            first = first ?? cursor.offset
        }
        guard let first else { return false }
        cursor.offset = first
        return true
    }

    /// nil for a name that has no case of its own, and for a value out of range.
    private func code(_ name: Range<Int>, _ cursor: inout Cursor) throws(ParseError) -> ResponseCode? {
        if let plain = plainCode(cursor.string(name).uppercased()) {
            return plain
        }
        cursor.skipSpaces()
        switch name.count {
        case 6 where cursor.matches(name, "UNSEEN"):
            _ = try cursor.number()
            return .unseen
        case 7 where cursor.matches(name, "UIDNEXT"):
            return UID(try cursor.number()).map { .uidNext($0) }
        case 7 where cursor.matches(name, "COPYUID"):
            return try copyUID(&cursor)
        case 8 where cursor.matches(name, "MODIFIED"):
            return .modified(try uidSet(&cursor).set)
        case 8 where cursor.matches(name, "BADEVENT"):
            if cursor.current == UInt8(ascii: "(") { try cursor.skipValue() }
            return .badEvent
        case 9 where cursor.matches(name, "APPENDUID"):
            let validity = UIDValidity(try cursor.number())
            cursor.skipSpaces()
            let set = try uidSet(&cursor).set
            return validity.map { .appendUID($0, set) }
        case 9 where cursor.matches(name, "MAILBOXID"):
            return try cursor.objectID().map { .mailboxID($0) }
        case 10 where cursor.matches(name, "BADCHARSET"):
            if cursor.current == UInt8(ascii: "(") { try cursor.skipValue() }
            return .badCharset
        case 10 where cursor.matches(name, "CAPABILITY"):
            return .capability(Capabilities(try words(&cursor)))
        case 11 where cursor.matches(name, "UIDVALIDITY"):
            return UIDValidity(try cursor.number()).map { .uidValidity($0) }
        case 13 where cursor.matches(name, "HIGHESTMODSEQ"):
            // `Quirk.zeroModSeq`
            let value = try cursor.number64()
            return value == 0 ? .noModSeq : ModSequence(value).map { .highestModSeq($0) }
        case 14 where cursor.matches(name, "PERMANENTFLAGS"):
            var trial = cursor
            var list = try flagList(&trial)
            trial.skipSpaces()
            if trial.current != UInt8(ascii: "]") {
                trial = cursor
                list = try flagList(&trial, balancing: true)
            }
            cursor = trial
            return .permanentFlags(list.flags, allowsNew: list.allowsNew)
        default:
            return nil
        }
    }

    /// nil where the two sets do not pair off by position.
    ///
    ///     resp-code-copy = "COPYUID" SP nz-number SP uid-set SP uid-set
    private func copyUID(_ cursor: inout Cursor) throws(ParseError) -> ResponseCode? {
        let validity = UIDValidity(try cursor.number())
        cursor.skipSpaces()
        let from = try uidSet(&cursor)
        cursor.skipSpaces()
        let to = try uidSet(&cursor)
        guard let validity, from.isAscending, to.isAscending, from.set.count == to.set.count else { return nil }
        return .copyUID(validity, from: from.set, to: to.set)
    }

    /// The codes that are a name alone.
    private func plainCode(_ name: String) -> ResponseCode? {
        switch name {
        case "ALERT": .alert
        case "PARSE": .parse
        case "READ-ONLY": .readOnly
        case "READ-WRITE": .readWrite
        case "TRYCREATE": .tryCreate
        case "NOMODSEQ": .noModSeq
        case "CLOSED": .closed
        case "UIDNOTSTICKY": .uidNotSticky
        case "COMPRESSIONACTIVE": .compressionActive
        case "UNAVAILABLE": .unavailable
        case "AUTHENTICATIONFAILED": .authenticationFailed
        case "AUTHORIZATIONFAILED": .authorizationFailed
        case "EXPIRED": .expired
        case "PRIVACYREQUIRED": .privacyRequired
        case "CONTACTADMIN": .contactAdmin
        case "NOPERM": .noPerm
        case "INUSE": .inUse
        case "EXPUNGEISSUED": .expungeIssued
        case "CORRUPTION": .corruption
        case "SERVERBUG": .serverBug
        case "CLIENTBUG": .clientBug
        case "CANNOT": .cannot
        case "LIMIT": .limit
        case "OVERQUOTA": .overQuota
        case "ALREADYEXISTS": .alreadyExists
        case "NONEXISTENT": .nonExistent
        case "TOOBIG": .tooBig
        case "HASCHILDREN": .hasChildren
        case "UNKNOWN-CTE": .unknownCTE
        case "NOTIFICATIONOVERFLOW": .notificationOverflow
        default: nil
        }
    }
}
