/// A search key, RFC 3501 section 6.4.4, as far as this server knows it.
private indirect enum SearchKey {
    case all
    case numbers(NumberSet), uids(NumberSet)
    case flag(String, present: Bool)
    case header(String, [UInt8])
    case text([UInt8])
    case date(since: Int?, before: Int?)
    case larger(UInt64), smaller(UInt64), modSeq(UInt64)
    case not(SearchKey), or(SearchKey, SearchKey), and([SearchKey])
}

extension Session {
    mutating func search(
        byUID: Bool, _ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        var returns: [String]?
        if arguments.take("RETURN") {
            try require("ESEARCH", state)
            let options = try arguments.list().atoms().map { $0.uppercased() }
            if options.contains(where: { !["MIN", "MAX", "ALL", "COUNT"].contains($0) }) {
                throw .bad("Unknown RETURN option")
            }
            returns = options.isEmpty ? ["ALL"] : options
        }
        if arguments.take("CHARSET") {
            let charset = String(decoding: try arguments.astring(), as: UTF8.self).uppercased()
            if !["UTF-8", "US-ASCII"].contains(charset) { throw .no("[BADCHARSET (US-ASCII UTF-8)] Unknown charset") }
        }
        var keys: [SearchKey] = []
        repeat { keys.append(try key(&arguments, state, &answer, depth: 0)) } while !arguments.isAtEnd
        let folder = try selectedFolder(state)
        guard let view = selected?.view else { return }
        var found: [UInt32] = []
        var highest: UInt64 = 0
        for (position, uid) in view.enumerated() {
            guard let message = folder.message(uid) else { continue }
            if matches(.and(keys), message, number: UInt32(clamping: position + 1), view) {
                found.append(byUID ? uid : UInt32(clamping: position + 1))
                highest = max(highest, message.modSeq)
            }
        }
        let usesModSeq = keys.contains { if case .modSeq = $0 { true } else { false } }
        guard let returns else {
            let numbers = found.map { " \($0)" }.joined()
            answer.add("SEARCH" + numbers + (usesModSeq && !found.isEmpty ? " (MODSEQ \(highest))" : ""))
            return
        }
        var line = "ESEARCH (TAG \"\(answer.tag)\")" + (byUID ? " UID" : "")
        if let first = found.first, let last = found.last {
            if returns.contains("MIN") { line += " MIN \(first)" }
            if returns.contains("MAX") { line += " MAX \(last)" }
            if returns.contains("ALL") { line += " ALL \(NumberSet.text(found))" }
        }
        if returns.contains("COUNT") { line += " COUNT \(found.count)" }
        if usesModSeq, !found.isEmpty { line += " MODSEQ \(highest)" }
        answer.add(line)
    }

    private mutating func key(
        _ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer, depth: Int
    ) throws(Refusal) -> SearchKey {
        if depth > 20 { throw .bad("Too deep") }
        if case .list(let tokens)? = arguments.next {
            arguments.skip()
            var inner = Arguments(tokens)
            var keys: [SearchKey] = []
            repeat { keys.append(try key(&inner, state, &answer, depth: depth + 1)) } while !inner.isAtEnd
            return .and(keys)
        }
        let word = try arguments.atom().uppercased()
        switch word {
        case "ALL": return .all
        case "UID": return .uids(try arguments.set())
        case "ANSWERED", "FLAGGED", "DELETED", "SEEN", "DRAFT": return .flag("\\" + word, present: true)
        case "UNANSWERED", "UNFLAGGED", "UNDELETED", "UNSEEN", "UNDRAFT":
            return .flag("\\" + word.dropFirst(2), present: false)
        case "KEYWORD": return .flag(try arguments.atom(), present: true)
        case "UNKEYWORD": return .flag(try arguments.atom(), present: false)
        case "HEADER":
            let field = String(decoding: try arguments.astring(), as: UTF8.self)
            return .header(field, try arguments.astring())
        case "SUBJECT", "FROM", "TO", "CC", "BCC": return .header(word, try arguments.astring())
        case "TEXT", "BODY": return .text(try arguments.astring())
        case "SINCE", "BEFORE", "ON":
            guard let day = InternalDate.parseDay(try arguments.astring()) else { throw .bad("Invalid date") }
            return .date(
                since: word == "BEFORE" ? nil : day, before: word == "SINCE" ? nil : word == "ON" ? day + 1 : day)
        case "LARGER": return .larger(try arguments.number())
        case "SMALLER": return .smaller(try arguments.number())
        case "MODSEQ":
            try becomeCondstore(state, &answer)
            return .modSeq(try arguments.number())
        case "NOT": return .not(try key(&arguments, state, &answer, depth: depth + 1))
        case "OR":
            let first = try key(&arguments, state, &answer, depth: depth + 1)
            return .or(first, try key(&arguments, state, &answer, depth: depth + 1))
        default:
            guard let set = NumberSet(word) else { throw .bad("Unknown search key \(word)") }
            return .numbers(set)
        }
    }

    private func matches(_ key: SearchKey, _ message: StoredMessage, number: UInt32, _ view: [UInt32]) -> Bool {
        switch key {
        case .all: return true
        case .numbers(let set): return set.contains(number, largest: UInt32(clamping: view.count))
        case .uids(let set): return set.contains(message.uid, largest: view.last ?? 0)
        case .flag(let flag, let present): return message.has(flag) == present
        case .header(let field, let value):
            let section = FetchItem.Section(label: "", part: .fields([field.uppercased()], not: false), peeks: true)
            return FetchItem.Section.fields(section.content(message.bytes)).contains { line in
                let content = [UInt8](line.drop { $0 != UInt8(ascii: ":") }.dropFirst()).uppercasedASCII
                return value.isEmpty || content.firstIndex(of: value.uppercasedASCII) != nil
            }
        case .text(let value): return message.bytes.uppercasedASCII.firstIndex(of: value.uppercasedASCII) != nil
        case .date(let since, let before):
            let day = Int(message.internalDate.dividedFloor(by: 86_400))
            return day >= since ?? .min && day < before ?? .max
        case .larger(let size): return message.bytes.count > size
        case .smaller(let size): return message.bytes.count < size
        case .modSeq(let value): return message.modSeq >= value
        case .not(let key): return !matches(key, message, number: number, view)
        case .or(let first, let second):
            return matches(first, message, number: number, view) || matches(second, message, number: number, view)
        case .and(let keys): return keys.allSatisfy { matches($0, message, number: number, view) }
        }
    }
}
