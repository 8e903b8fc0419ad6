internal import IMAPValue

extension ResponseParser {
    ///     mailbox-data        =/ "SEARCH" [1*(SP nz-number) SP search-sort-mod-seq]
    ///     search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
    func search(_ cursor: inout Cursor) throws(ParseError) -> Untagged {
        var numbers: [UInt32] = []
        var modSequence: ModSequence?
        while true {
            cursor.skipSpaces()
            if cursor.isAtEnd { break }
            if cursor.take(UInt8(ascii: "(")) {
                cursor.skipSpaces()
                guard cursor.matches(cursor.word(), "MODSEQ") else { throw cursor.error(.nameExpected) }
                modSequence = try cursor.numberValue().flatMap { ModSequence($0) }
                cursor.skipSpaces()
                guard cursor.take(UInt8(ascii: ")")) else { throw cursor.error(.listEndExpected) }
            } else {
                guard numbers.count < limits.numbers else { throw cursor.error(.tooMany) }
                numbers.append(try cursor.number())
            }
        }
        return .search(numbers, modSequence)
    }

    ///     esearch-response     = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
    ///     search-correlator    = SP "(" "TAG" SP tag-string ")"
    ///     search-return-data   = "MIN" SP nz-number / "MAX" SP nz-number / "ALL" SP sequence-set / "COUNT" SP number / …
    func esearch(_ cursor: inout Cursor) throws(ParseError) -> ESearchResult {
        var result = ESearchResult()
        cursor.skipSpaces()
        if cursor.take(UInt8(ascii: "(")) { result.tag = try searchCorrelator(&cursor) }
        while true {
            cursor.skipSpaces()
            if cursor.isAtEnd { return result }
            let name = cursor.word()
            switch name.count {
            case 0: throw cursor.error(.nameExpected)
            case 3 where cursor.matches(name, "UID"): result.isUID = true
            case 3 where cursor.matches(name, "MIN"): result.min = try cursor.number32Value()
            case 3 where cursor.matches(name, "MAX"): result.max = try cursor.number32Value()
            case 3 where cursor.matches(name, "ALL"):
                cursor.skipSpaces()
                result.all = try uidSet(&cursor).set
            case 5 where cursor.matches(name, "COUNT"): result.count = try cursor.number32Value()
            case 6 where cursor.matches(name, "MODSEQ"):
                result.modSequence = try cursor.numberValue().flatMap { ModSequence($0) }
            default: try cursor.skipValue()
            }
        }
    }

    private func searchCorrelator(_ cursor: inout Cursor) throws(ParseError) -> [UInt8]? {
        var tag: [UInt8]?
        while true {
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: ")")) { return tag }
            let name = cursor.word()
            guard !name.isEmpty else { throw cursor.error(.listEndExpected) }
            cursor.skipSpaces()
            if cursor.matches(name, "TAG") {
                tag = try cursor.astring()
            } else {
                try cursor.skipValue()
            }
        }
    }

    ///     expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids
    func vanished(_ cursor: inout Cursor) throws(ParseError) -> Untagged {
        var isEarlier = false
        cursor.skipSpaces()
        if cursor.take(UInt8(ascii: "(")) {
            for word in try words(&cursor) where word.uppercased() == "EARLIER" { isEarlier = true }
            guard cursor.take(UInt8(ascii: ")")) else { throw cursor.error(.listEndExpected) }
            cursor.skipSpaces()
        }
        let set = try uidSet(&cursor).set
        try cursor.finish()
        return .vanished(set, earlier: isEarlier)
    }

    /// Ranges stay ranges, whatever their width. `isAscending`: every number was larger than all before it, so that the set
    /// has kept the order in which it was written.
    ///
    ///     uid-set   = (uniqueid / uid-range) *("," uid-set)
    ///     uid-range = (uniqueid ":" uniqueid)
    func uidSet(_ cursor: inout Cursor) throws(ParseError) -> (set: UIDSet, isAscending: Bool) {
        var ranges: [ClosedRange<UInt32>] = []
        var isAscending = true
        var last: UInt32 = 0
        repeat {
            guard isDigit(cursor.current) else { throw cursor.error(.uidSetExpected) }
            guard ranges.count < limits.numbers else { throw cursor.error(.tooMany) }
            let start = cursor.offset
            let first = try cursor.number()
            let second = cursor.take(UInt8(ascii: ":")) ? try cursor.number() : first
            guard first > 0, second > 0 else { throw ParseError(reason: .uidSetExpected, offset: start) }
            if first <= last || second < first { isAscending = false }
            last = second
            ranges.append(Swift.min(first, second)...Swift.max(first, second))
        } while cursor.take(UInt8(ascii: ","))
        return (UIDSet(ranges: ranges), isAscending)
    }
}
