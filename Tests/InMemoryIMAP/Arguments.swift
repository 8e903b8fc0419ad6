/// Takes arguments one after the other; what is not there or of another kind is BAD.
struct Arguments {
    private let tokens: [Token]
    private var index = 0

    init(_ tokens: [Token]) {
        self.tokens = tokens
    }

    var isAtEnd: Bool { index == tokens.count }
    var next: Token? { index < tokens.count ? tokens[index] : nil }

    mutating func skip() { index = min(index + 1, tokens.count) }

    func end() throws(Refusal) {
        if !isAtEnd { throw .bad("Too many arguments") }
    }

    mutating func astring() throws(Refusal) -> [UInt8] {
        defer { skip() }
        switch next {
        case .atom(let text): return [UInt8](text.utf8)
        case .quoted(let bytes), .literal(let bytes, binary: false): return bytes
        case .literal, .list, nil: throw .bad("Expected a string")
        }
    }

    mutating func name() throws(Refusal) -> Name { Name(try astring()) }

    mutating func atom() throws(Refusal) -> String {
        guard case .atom(let text)? = next else { throw .bad("Expected an atom") }
        skip()
        return text
    }

    mutating func list() throws(Refusal) -> [Token] {
        guard case .list(let tokens)? = next else { throw .bad("Expected a list") }
        skip()
        return tokens
    }

    mutating func set() throws(Refusal) -> NumberSet {
        guard let set = NumberSet(try atom()) else { throw .bad("Invalid set") }
        return set
    }

    mutating func number() throws(Refusal) -> UInt64 {
        let text = try atom()
        guard text.utf8.allSatisfy(\.isASCIIDigit), let number = UInt64(text), number <= UInt64(Int64.max) else {
            throw .bad("Invalid number")
        }
        return number
    }

    /// The next argument if it is the atom `word`, in any case.
    mutating func take(_ word: String) -> Bool {
        guard case .atom(let text)? = next, text.uppercased() == word else { return false }
        skip()
        return true
    }
}

extension [Token] {
    /// All as atoms, as sent; anything else is BAD.
    func atoms() throws(Refusal) -> [String] {
        var result: [String] = []
        for token in self {
            guard case .atom(let text) = token else { throw .bad("Expected atoms") }
            result.append(text)
        }
        return result
    }
}
