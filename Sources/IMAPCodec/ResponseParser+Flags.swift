internal import IMAPValue

extension ResponseParser {
    /// Flags are opaque: whatever stands between two blanks is one (`Quirk.oddFlags`). `allowsNew`: `\*` was among them.
    ///
    ///     flag-list  = "(" [flag *(SP flag)] ")"
    ///     flag       = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
    ///     flag-perm  = flag / "\*"
    ///     flag-fetch = flag / obsolete-flag-recent
    func flagList(_ cursor: inout Cursor) throws(ParseError) -> (flags: Flags, allowsNew: Bool) {
        cursor.skipSpaces()
        guard cursor.take(UInt8(ascii: "(")) else { throw cursor.error(.listExpected) }
        var system: Flags.System = []
        var keywords: [String] = []
        var allowsNew = false
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { break }
            if cursor.current == UInt8(ascii: "\"") {
                if let keyword = cursor.text(of: try cursor.quoted()), !keyword.isEmpty { keywords.append(keyword) }
                continue
            }
            let word = cursor.word()
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
