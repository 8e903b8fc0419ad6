/// A part of a query that an index or a server answers with a set of messages.
public enum QueryTerm: Hashable, Sendable {
    case text(TextField, SearchText)
    case hasAttachment
    case raw(String)

    /// What is listed of every message cannot answer it.
    public var needsText: Bool {
        switch self {
        case .text(let field, _): ![TextField.from, .subject, .messageID].contains(field)
        case .hasAttachment, .raw: true
        }
    }
}

extension Query {
    /// The terms in it, each once, in the order in which they are written.
    public var terms: [QueryTerm] {
        var found: [QueryTerm] = []
        collect(&found)
        return found
    }

    private func collect(_ found: inout [QueryTerm]) {
        let term: QueryTerm
        switch self {
        case .and(let parts), .or(let parts): return parts.forEach { $0.collect(&found) }
        case .not(let part): return part.collect(&found)
        case .text(let field, let text): term = .text(field, text)
        case .hasAttachment: term = .hasAttachment
        case .raw(let words): term = .raw(words)
        case .folder, .keyword, .state, .since, .before, .larger, .smaller: return
        }
        if !found.contains(term) { found.append(term) }
    }

    /// Terms of which at least one is true of whatever fits; nil where a message may fit without any.
    public var necessary: [QueryTerm]? {
        switch self {
        case .text(let field, let text): return [.text(field, text)]
        case .hasAttachment: return [.hasAttachment]
        case .raw(let words): return [.raw(words)]
        case .and(let parts): return parts.lazy.compactMap(\.necessary).min { $0.count < $1.count }
        case .or(let parts):
            var all: [QueryTerm] = []
            for part in parts {
                guard let terms = part.necessary else { return nil }
                all += terms
            }
            return all
        case .not, .folder, .keyword, .state, .since, .before, .larger, .smaller: return nil
        }
    }

    /// Terms that are true of whatever fits.
    public var demanded: [QueryTerm] {
        switch self {
        case .text(let field, let text): [.text(field, text)]
        case .hasAttachment: [.hasAttachment]
        case .raw(let words): [.raw(words)]
        case .and(let parts): parts.flatMap(\.demanded)
        case .or, .not, .folder, .keyword, .state, .since, .before, .larger, .smaller: []
        }
    }

    /// Whether words have to follow each other in a text: an index knows only that they are in it.
    public var needsOrder: Bool {
        terms.contains { term in
            guard case .text(let field, let text) = term, field == .any || field == .body else { return false }
            return TextMatch.isPhrase(text)
        }
    }

    /// Whether a message fits.
    ///
    /// - Parameters:
    ///   - folder: its folder's path in the mount.
    ///   - holds: whether a term is true of it.
    ///   - has: whether it has a state or keyword.
    public func fits(
        folder: String, date: Int64, size: UInt64, has: (MessageState) -> Bool, keyword: (String) -> Bool,
        holds: (QueryTerm) -> Bool
    ) -> Bool {
        func fits(_ query: Query) -> Bool {
            switch query {
            case .and(let parts): parts.allSatisfy(fits)
            case .or(let parts): parts.contains(where: fits)
            case .not(let part): !fits(part)
            case .text(let field, let text): holds(.text(field, text))
            case .hasAttachment: holds(.hasAttachment)
            case .raw(let words): holds(.raw(words))
            case .folder(let path):
                folder.lowercased() == path.lowercased() || folder.lowercased().hasPrefix(path.lowercased() + "/")
            case .keyword(let name): keyword(name)
            case .state(let state): has(state)
            case .since(let moment): date >= moment
            case .before(let moment): date < moment
            case .larger(let limit): size > limit
            case .smaller(let limit): size < limit
            }
        }
        return fits(self)
    }
}

extension Query: CustomStringConvertible {
    /// How it was understood, for people.
    public var description: String {
        switch self {
        case .and(let parts): "all of (" + parts.map(\.description).joined(separator: ", ") + ")"
        case .or(let parts): "one of (" + parts.map(\.description).joined(separator: ", ") + ")"
        case .not(let part): "not " + part.description
        case .text(let field, let text):
            "\(field == .any ? "header or text" : field.rawValue) has \"\(text.words)\""
                + (text.isPrefix ? " or longer" : "")
        case .folder(let path): "in \(path)"
        case .keyword(let name): "tagged \(name)"
        case .state(let state): state.rawValue
        case .hasAttachment: "with an attachment"
        case .since(let moment): "since \(moment) s"
        case .before(let moment): "before \(moment) s"
        case .larger(let size): "larger than \(size) octets"
        case .smaller(let size): "smaller than \(size) octets"
        case .raw(let words): "as Gmail understands \"\(words)\""
        }
    }
}
