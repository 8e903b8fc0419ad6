/// Reads a query as people write it.
///
/// ```
/// query  = term *([OR] term)          ; OR binds closer than standing side by side, which means "and"
/// term   = ["-"] ("(" query ")" / [field ":"] (phrase / word))
/// phrase = DQUOTE text DQUOTE ["*"]
/// word   = characters up to a blank, or to the ")" that ends a group
/// ```
struct QueryParser {
    private let characters: [Character]
    private let now: Int64
    private let isGmail: Bool
    private var position = 0
    private var depth = 0

    private static let depthLimit = 50
    private static let lengthLimit = 2_000

    init(_ text: String, now: Int64, isGmail: Bool) {
        // As a slash is written where it cannot stand, in the name of a directory.
        characters = Array(text.replacing("%2F", with: "/").replacing("%2f", with: "/").prefix(Self.lengthLimit + 1))
        self.now = now
        self.isGmail = isGmail
    }

    mutating func parse() throws(QueryError) -> Query {
        guard characters.count <= Self.lengthLimit else {
            throw QueryError(offset: Self.lengthLimit, reason: "it is longer than \(Self.lengthLimit) characters")
        }
        let query = try conjunction()
        guard position == characters.count else { throw error("there is no ( for this )") }
        return query
    }

    private func error(_ reason: String, at offset: Int? = nil) -> QueryError {
        QueryError(offset: offset ?? position, reason: reason)
    }

    private mutating func skipBlanks() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    private var isAtEnd: Bool { position >= characters.count || depth > 0 && characters[position] == ")" }

    private mutating func conjunction() throws(QueryError) -> Query {
        var parts: [Query] = []
        skipBlanks()
        while !isAtEnd {
            parts.append(try disjunction())
            skipBlanks()
            if !isAtEnd, characters[position] == ")" { throw error("there is no ( for this )") }
        }
        guard !parts.isEmpty else { throw error("there is nothing to look for") }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func disjunction() throws(QueryError) -> Query {
        let start = position
        if takesOr() { throw error("there is nothing before OR", at: start) }
        var parts = [try term()]
        while true {
            skipBlanks()
            let place = position
            guard takesOr() else { break }
            skipBlanks()
            if isAtEnd { throw error("there is nothing after OR", at: place) }
            parts.append(try term())
        }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func takesOr() -> Bool {
        guard position + 2 <= characters.count, characters[position] == "O", characters[position + 1] == "R" else {
            return false
        }
        let end = position + 2
        guard end == characters.count || characters[end].isWhitespace || characters[end] == "(" else { return false }
        position = end
        return true
    }

    private mutating func term() throws(QueryError) -> Query {
        var isNegated = false
        while characters[position] == "-", position + 1 < characters.count, !characters[position + 1].isWhitespace {
            position += 1
            isNegated.toggle()
        }
        let query = try primary()
        return isNegated ? .not(query) : query
    }

    private mutating func primary() throws(QueryError) -> Query {
        if characters[position] == "(" {
            let start = position
            position += 1
            depth += 1
            guard depth <= Self.depthLimit else { throw error("the groups are too deep", at: start) }
            let query = try conjunction()
            guard position < characters.count else { throw error("there is no ) for this (", at: start) }
            position += 1
            depth -= 1
            return query
        }
        if characters[position] == "\"" { return .text(.any, try phrase()) }
        return try fieldOrWord()
    }

    /// At a quote.
    private mutating func phrase() throws(QueryError) -> SearchText {
        let start = position
        position += 1
        let first = position
        while position < characters.count, characters[position] != "\"" { position += 1 }
        guard position < characters.count else { throw error("the quote is not closed", at: start) }
        let words = String(characters[first..<position])
        position += 1
        var isPrefix = false
        if position < characters.count, characters[position] == "*" {
            isPrefix = true
            position += 1
        }
        guard words.contains(where: { !$0.isWhitespace }) else {
            throw error("there is nothing in the quotes", at: start)
        }
        return SearchText(words, isPrefix: isPrefix)
    }

    private mutating func word() -> String {
        let start = position
        while position < characters.count, !characters[position].isWhitespace,
            !(depth > 0 && characters[position] == ")")
        {
            position += 1
        }
        return String(characters[start..<position])
    }

    private mutating func fieldOrWord() throws(QueryError) -> Query {
        let start = position
        var end = position
        while end < characters.count, characters[end].isLetter || characters[end] == "-" { end += 1 }
        // `Re:`, `http://…` and times of day are words like others.
        if end < characters.count, characters[end] == ":", end > start, end + 1 < characters.count,
            !characters[end + 1].isWhitespace, characters[end + 1] != "/"
        {
            let name = String(characters[start..<end]).lowercased()
            position = end + 1
            return try value(of: name, at: start)
        }
        return .text(.any, try text(word(), at: start))
    }

    private func text(_ word: String, at start: Int) throws(QueryError) -> SearchText {
        let isPrefix = word.last == "*"
        let words = isPrefix ? String(word.dropLast()) : word
        guard words.contains(where: { $0.isLetter || $0.isNumber || !$0.isASCII }) else {
            throw error("\(word) has no letter or digit to look for", at: start)
        }
        return SearchText(words, isPrefix: isPrefix)
    }

    /// Behind a colon.
    private mutating func value(of name: String, at start: Int) throws(QueryError) -> Query {
        let place = position
        if let field = TextField(rawValue: name), field != .any {
            if characters[position] == "\"" { return .text(field, try phrase()) }
            return .text(field, try text(word(), at: place))
        }
        let value = characters[position] == "\"" ? try phrase().words : word()
        switch name {
        case "in": return .folder(value)
        case "tag": return .keyword(value)
        case "raw":
            guard isGmail else { throw error("raw: is in Gmail's words, and this server is not Gmail", at: start) }
            return .raw(value)
        case "is":
            guard let state = MessageState(rawValue: value.lowercased()) else {
                let known = MessageState.allCases.map(\.rawValue).joined(separator: ", ")
                throw error("is: \(value) is none of \(known)", at: place)
            }
            return .state(state)
        case "has":
            guard value.lowercased() == "attachment" else { throw error("has: knows attachment alone", at: place) }
            return .hasAttachment
        case "since": return .since(try date(value, at: place).start)
        case "before": return .before(try date(value, at: place).start)
        case "on":
            let day = try date(value, at: place)
            let start = QueryDate.startOfDay(day.start)
            return .and([.since(start), .before(start + QueryDate.day)])
        case "larger": return .larger(try size(value, at: place))
        case "smaller": return .smaller(try size(value, at: place))
        default:
            throw error("there is no field \(name):; put quotes around it to look for the words", at: start)
        }
    }

    private func date(_ text: String, at place: Int) throws(QueryError) -> QueryDate {
        guard let date = QueryDate(text, now: now) else {
            throw error("\(text) is no date such as 2026-11-27, and no time ago such as 7d", at: place)
        }
        return date
    }

    private func size(_ text: String, at place: Int) throws(QueryError) -> UInt64 {
        var digits = text[...]
        var unit: UInt64 = 1
        if let last = digits.last, let power = ["K": 1, "M": 2, "G": 3][String(last).uppercased()] {
            for _ in 0..<power { unit *= 1_024 }
            digits = digits.dropLast()
        }
        guard let number = UInt64(digits), !number.multipliedReportingOverflow(by: unit).overflow else {
            throw error("\(text) is no size such as 500K or 5M", at: place)
        }
        return number * unit
    }
}

extension Query {
    /// - Parameters:
    ///   - now: seconds since 1970, for `7d`.
    ///   - isGmail: what is `raw:` can be asked for.
    /// - Throws: `QueryError`, with the place.
    public init(parsing text: String, now: Int64, isGmail: Bool = true) throws(QueryError) {
        var parser = QueryParser(text, now: now, isGmail: isGmail)
        self = try parser.parse()
    }
}
