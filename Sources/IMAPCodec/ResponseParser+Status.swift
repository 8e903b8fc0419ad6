internal import IMAPValue

extension ResponseParser {
    /// An empty list, and none at all, say nothing (`Quirk.emptyStatus`).
    ///
    ///     mailbox-data    =/ "STATUS" SP mailbox SP "(" [status-att-list] ")"
    ///     status-att-list = status-att-val *(SP status-att-val)
    func status(_ cursor: inout Cursor) throws(ParseError) -> MailboxStatus {
        cursor.skipSpaces()
        let start = cursor
        do {
            let name = try cursor.astring()
            return try status(of: name, &cursor)
        } catch {
            // `Quirk.blankInAtom`: the list that ends the line is what was asked for.
            guard let list = start.lastListStart(), let name = start.unquotedRest(to: list) else { throw error }
            cursor.offset = list
            return try status(of: name, &cursor)
        }
    }

    private func status(of name: [UInt8], _ cursor: inout Cursor) throws(ParseError) -> MailboxStatus {
        var status = MailboxStatus(rawName: name)
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else {
            try cursor.finish()
            return status
        }
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { break }
            try statusItem(&cursor, &status)
        }
        try cursor.finish()
        return status
    }

    ///     status-att-val = ("MESSAGES" SP number) / ("UIDNEXT" SP nz-number) / ("UIDVALIDITY" SP nz-number) /
    ///                      ("UNSEEN" SP number) / ("DELETED" SP number) / ("SIZE" SP number64) /
    ///                      ("HIGHESTMODSEQ" SP mod-sequence-valzer) / ("MAILBOXID" SP "(" objectid ")") /
    ///                      ("APPENDLIMIT" SP (number / nil))
    private func statusItem(_ cursor: inout Cursor, _ status: inout MailboxStatus) throws(ParseError) {
        let name = cursor.word()
        switch name.count {
        case 0: throw cursor.error(.listEndExpected)
        case 4 where cursor.matches(name, "SIZE"): status.size = try cursor.numberValue()
        case 6 where cursor.matches(name, "UNSEEN"): status.unseen = try cursor.number32Value()
        case 7 where cursor.matches(name, "UIDNEXT"):
            status.uidNext = try cursor.number32Value().flatMap { UID($0) }
        case 7 where cursor.matches(name, "DELETED"): status.deleted = try cursor.number32Value()
        case 8 where cursor.matches(name, "MESSAGES"): status.messages = try cursor.number32Value()
        case 9 where cursor.matches(name, "MAILBOXID"):
            let value = cursor
            do {
                status.mailboxID = try cursor.objectID()
            } catch {
                // What else the list has is told without it (`Quirk.unreadableObjectID`).
                cursor = value
                cursor.skip(toLast: UInt8(ascii: ")"))
            }
        case 11 where cursor.matches(name, "UIDVALIDITY"):
            status.uidValidity = try cursor.number32Value().flatMap { UIDValidity($0) }
        case 11 where cursor.matches(name, "APPENDLIMIT"): status.appendLimit = try cursor.numberValue()
        case 13 where cursor.matches(name, "HIGHESTMODSEQ"):
            status.highestModSeq = try cursor.numberValue().flatMap { ModSequence($0) }
        default: try cursor.skipValue()
        }
    }

    ///     quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
    func quotaRoot(_ cursor: inout Cursor) throws(ParseError) -> Untagged {
        cursor.skipSpaces()
        let mailbox = try cursor.astring()
        var roots: [[UInt8]] = []
        while true {
            cursor.skipSpaces()
            if cursor.isAtEnd { break }
            guard roots.count < limits.words else { throw cursor.error(.tooMany) }
            roots.append(try cursor.astring())
        }
        return .quotaRoot(mailbox: mailbox, roots: roots)
    }

    ///     quota-response = "QUOTA" SP quota-root-name SP quota-list
    ///     quota-list     = "(" quota-resource *(SP quota-resource) ")"
    ///     quota-resource = resource-name SP resource-usage SP resource-limit
    func quota(_ cursor: inout Cursor) throws(ParseError) -> QuotaRoot {
        cursor.skipSpaces()
        var root = QuotaRoot(name: try cursor.astring(), resources: [])
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else { throw cursor.error(.listExpected) }
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { break }
            let name = String(decoding: try cursor.astring(), as: UTF8.self).uppercased()
            let usage = try cursor.numberValue()
            let limit = try cursor.numberValue()
            guard root.resources.count < limits.words else { throw cursor.error(.tooMany) }
            if let usage, let limit { root.resources.append(.init(name: name, usage: usage, limit: limit)) }
        }
        try cursor.finish()
        return root
    }

    ///     id-response    = "ID" SP id-params-list
    ///     id-params-list = "(" *(string SP nstring) ")" / nil
    func id(_ cursor: inout Cursor) throws(ParseError) -> [IDField] {
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else {
            guard cursor.matches(cursor.word(), "NIL") else { throw cursor.error(.listExpected) }
            try cursor.finish()
            return []
        }
        var fields: [IDField] = []
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { break }
            let name = String(decoding: try cursor.astring(), as: UTF8.self)
            cursor.skipSpaces()
            guard fields.count < limits.words else { throw cursor.error(.tooMany) }
            fields.append(IDField(name, cursor.text(of: try cursor.nstring())))
        }
        try cursor.finish()
        return fields
    }
}

extension Cursor {
    /// Where the last parenthesis opens that a blank stands before; nil without one.
    fileprivate func lastListStart() -> Int? {
        var place = end &- 1
        while place > offset {
            if bytes[place] == UInt8(ascii: "("), bytes[place &- 1] == 0x20 { return place }
            place &-= 1
        }
        return nil
    }
}
