/// What FETCH may be asked for (RFC 3501 section 6.4.5), as far as this server knows it.
enum FetchItem {
    case flags, uid, size, internalDate, modSeq, emailID, threadID, gmailID, gmailLabels
    case structure
    case body(Section)
    /// BINARY.SIZE
    case decodedSize([Int])

    struct Section {
        /// What is answered: `BODY[HEADER.FIELDS (SUBJECT)]`, without the partial.
        let label: String
        let part: Part
        let peeks: Bool
        var partial: (offset: Int, length: Int)?

        enum Part {
            case whole, header, text
            case fields([String], not: Bool)
            case numbered([Int])
            case headerOfPart([Int])
            /// BINARY
            case decoded([Int])
        }
    }

    static func items(_ token: Token, offering: (String) -> Bool) throws(Refusal) -> [FetchItem] {
        let names: [String]
        switch token {
        case .atom("FAST"): names = ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]
        case .atom(let name): names = [name]
        case .list(let tokens): names = try tokens.atoms()
        case .quoted, .literal: throw .bad("Invalid FETCH items")
        }
        if names.isEmpty { throw .bad("No FETCH items") }
        var items: [FetchItem] = []
        for name in names { items.append(try item(name, offering: offering)) }
        return items
    }

    private static func item(_ name: String, offering: (String) -> Bool) throws(Refusal) -> FetchItem {
        let upper = name.uppercased()
        switch upper {
        case "FLAGS": return .flags
        case "UID": return .uid
        case "RFC822.SIZE": return .size
        case "INTERNALDATE": return .internalDate
        case "MODSEQ" where offering("CONDSTORE"): return .modSeq
        case "EMAILID" where offering("OBJECTID"): return .emailID
        case "THREADID" where offering("OBJECTID"): return .threadID
        case "X-GM-MSGID" where offering("X-GM-EXT-1"): return .gmailID
        case "X-GM-LABELS" where offering("X-GM-EXT-1"): return .gmailLabels
        case "RFC822": return .body(Section(label: "RFC822", part: .whole, peeks: false))
        case "RFC822.HEADER": return .body(Section(label: "RFC822.HEADER", part: .header, peeks: true))
        case "RFC822.TEXT": return .body(Section(label: "RFC822.TEXT", part: .text, peeks: false))
        case "BODYSTRUCTURE": return .structure
        default: break
        }
        if offering("BINARY") {
            if upper.hasPrefix("BINARY.SIZE["), upper.hasSuffix("]"),
                let positions = positions(upper.dropFirst("BINARY.SIZE[".count).dropLast())
            {
                return .decodedSize(positions)
            }
            if upper.hasPrefix("BINARY.PEEK["), upper.hasSuffix("]"),
                let positions = positions(upper.dropFirst("BINARY.PEEK[".count).dropLast())
            {
                let name = positions.map(String.init).joined(separator: ".")
                return .body(Section(label: "BINARY[\(name)]", part: .decoded(positions), peeks: true))
            }
        }
        for (prefix, peeks) in [("BODY[", false), ("BODY.PEEK[", true)] where upper.hasPrefix(prefix) {
            return .body(try section(String(upper.dropFirst(prefix.count)), peeks: peeks))
        }
        throw .bad("Unknown FETCH item \(name)")
    }

    private static func section(_ text: String, peeks: Bool) throws(Refusal) -> Section {
        let halves = text.split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2 else { throw .bad("Unfinished section") }
        let part: Section.Part
        switch halves[0] {
        case "": part = .whole
        case "HEADER": part = .header
        case "TEXT": part = .text
        default: part = try fields(halves[0])
        }
        var section = Section(label: "BODY[\(halves[0])]", part: part, peeks: peeks)
        if !halves[1].isEmpty {
            let numbers = halves[1].dropFirst().dropLast().split(separator: ".").map { Int($0) }
            guard halves[1].hasPrefix("<"), halves[1].hasSuffix(">"), numbers.count == 2,
                let offset = numbers[0], let length = numbers[1], offset >= 0, length > 0
            else { throw .bad("Invalid partial") }
            section.partial = (offset, length)
        }
        return section
    }

    /// nil where it is no number of a part.
    private static func positions(_ text: Substring) -> [Int]? {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        let positions = words.compactMap { Int($0) }
        return positions.count == words.count && positions.allSatisfy { $0 > 0 } ? positions : nil
    }

    private static func fields(_ text: String) throws(Refusal) -> Section.Part {
        if let positions = positions(text[...]) { return .numbered(positions) }
        if text.hasSuffix(".MIME"), let positions = positions(text.dropLast(".MIME".count)) {
            return .headerOfPart(positions)
        }
        for (prefix, not) in [("HEADER.FIELDS (", false), ("HEADER.FIELDS.NOT (", true)] {
            guard text.hasPrefix(prefix), text.hasSuffix(")") else { continue }
            let names = text.dropFirst(prefix.count).dropLast().split(separator: " ", omittingEmptySubsequences: false)
            if names.contains(where: \.isEmpty) { throw .bad("Invalid field names") }
            return .fields(names.map { $0.filter { $0 != "\"" } }, not: not)
        }
        throw .bad("Unknown section")
    }
}
