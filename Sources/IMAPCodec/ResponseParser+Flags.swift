internal import IMAPValue

extension ResponseParser {
    /// Flags are opaque: whatever stands between two blanks is one (`Quirk.oddFlags`). `allowsNew`: `\*` was among them.
    ///
    /// - Parameter balancing: a `)` that closes a `(` of the same flag belongs to it. Which of the two a server means shows only in what
    ///   follows the list: `(a(b)` is read first as the flag `a(b`.
    ///
    ///     flag-list  = "(" [flag *(SP flag)] ")"
    ///     flag       = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
    ///     flag-perm  = flag / "\*"
    ///     flag-fetch = flag / obsolete-flag-recent
    func flagList(
        _ cursor: inout Cursor, balancing: Bool = false
    ) throws(ParseError) -> (flags: Flags, allowsNew: Bool) {
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else { throw cursor.error(.listExpected) }
        var system: Flags.System = []
        var keywords: [String] = []
        var allowsNew = false
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { break }
            guard keywords.count < limits.words else { throw cursor.error(.tooMany) }
            if cursor.current == UInt8(ascii: "\""), let keyword = quotedFlag(&cursor) {
                if !keyword.isEmpty { keywords.append(keyword) }
                continue
            }
            let word = cursor.flag(balancing: balancing)
            guard !word.isEmpty else { throw cursor.error(.listEndExpected) }
            if cursor.bytes[word.lowerBound] == UInt8(ascii: "\\") {
                if let flag = systemFlag(word, in: cursor) {
                    system.formUnion(flag)
                    continue
                }
                if word.count == 2, cursor.bytes[word.lowerBound &+ 1] == UInt8(ascii: "*") {
                    allowsNew = true
                    continue
                }
            }
            keywords.append(cursor.string(word))
        }
        return (Flags(system: system, keywords: keywords), allowsNew)
    }

    /// A list of flags that is all that is left of the response.
    func lastFlagList(_ cursor: inout Cursor) throws(ParseError) -> Flags {
        var trial = cursor
        if let list = try? flagList(&trial), (try? trial.finish()) != nil {
            cursor = trial
            return list.flags
        }
        let flags = try flagList(&cursor, balancing: true).flags
        try cursor.finish()
        return flags
    }

    /// nil, and nothing read, where the quotes do not stand around the whole.
    private func quotedFlag(_ cursor: inout Cursor) -> String? {
        var trial = cursor
        guard let content = try? trial.quoted(), trial.current == 0x20 || trial.current == UInt8(ascii: ")"),
            let keyword = trial.text(of: content)
        else { return nil }
        cursor = trial
        return keyword
    }

    /// Empty for `\Recent`, which is no flag of the message; nil for others.
    @inline(__always)
    private func systemFlag(_ word: Range<Int>, in cursor: Cursor) -> Flags.System? {
        switch word.count {
        case 5 where cursor.matches(word, #"\SEEN"#): .seen
        case 6 where cursor.matches(word, #"\DRAFT"#): .draft
        case 7 where cursor.matches(word, #"\RECENT"#): []
        case 8 where cursor.matches(word, #"\DELETED"#): .deleted
        case 8 where cursor.matches(word, #"\FLAGGED"#): .flagged
        case 9 where cursor.matches(word, #"\ANSWERED"#): .answered
        default: nil
        }
    }
}

extension Cursor {
    /// The octets up to the blank or parenthesis that ends a flag; empty where there is none.
    @inline(__always)
    mutating func flag(balancing: Bool) -> Range<Int> {
        let start = offset
        var open = 0
        while offset < end {
            switch bytes[offset] {
            case 0x20, 0x0D, 0x0A: return start..<offset
            case UInt8(ascii: "(") where balancing: open &+= 1
            case UInt8(ascii: ")"):
                guard open > 0 else { return start..<offset }
                open &-= 1
            default: break
            }
            offset &+= 1
        }
        return start..<offset
    }
}
