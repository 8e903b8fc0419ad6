internal import MailModel
internal import MailQuery
internal import MailStore
internal import Synchronization

/// Which texts have words one after the other: the index knows only which words are in them.
///
/// A text never changes, so what was seen is kept for some phrases.
final class PhraseCheck: Sendable {
    struct Outcome {
        /// Messages that have the phrase.
        var sets: [QueryTerm: Set<MessageID>] = [:]
        /// Messages whose texts are not here any more, and those beyond `limit`.
        var unknown: Set<MessageID> = []
    }

    private let seen = Mutex<[SearchText: [MessageID: Bool]]>([:])

    /// Texts that are looked at for one search, the newest first.
    private let limit: Int
    /// Phrases of which is kept what was seen.
    private static let phrases = 8
    /// Octets of texts that are in memory at once, but for one text.
    private static let together = 2 << 20

    init(limit: Int = 20_000) { self.limit = limit }

    /// - Parameters:
    ///   - possible: messages that have all words of a term in their texts; its words are more than one.
    ///   - text: of a message, as it was indexed; nil where it is not here.
    /// - Throws: `MailStoreError`, `CancellationError`.
    func run(
        _ possible: [QueryTerm: Set<MessageID>], in index: SearchIndex, text: (MessageID) -> String?
    ) throws -> Outcome {
        var outcome = Outcome()
        var asked: [SearchText: Set<MessageID>] = [:]
        for case (.text(_, let words), let ids) in possible { asked[words, default: []].formUnion(ids) }
        var known = seen.withLock { $0 }
        let unseen = asked.reduce(into: Set<MessageID>()) { unseen, phrase in
            unseen.formUnion(phrase.value.filter { known[phrase.key]?[$0] == nil })
        }.sorted(by: >)
        outcome.unknown.formUnion(unseen.dropFirst(limit))
        var batch: [(id: MessageID, text: String)] = []
        func look() throws {
            for (phrase, ids) in asked {
                let texts = batch.filter { ids.contains($0.id) }
                let words = TextMatch.sought(phrase)
                let found = try index.having(words.words, isPrefix: words.isPrefix, among: texts.map(\.text))
                for (text, isFound) in zip(texts, found) { known[phrase, default: [:]][text.id] = isFound }
            }
            batch = []
        }
        var octets = 0
        for id in unseen.prefix(limit) {
            try Task.checkCancellation()
            guard let text = text(id) else {
                outcome.unknown.insert(id)
                continue
            }
            batch.append((id, text))
            octets += text.utf8.count
            if octets > Self.together {
                try look()
                octets = 0
            }
        }
        try look()
        for case (.text(let field, let words), let ids) in possible {
            outcome.sets[.text(field, words)] = ids.filter { known[words]?[$0] == true }
        }
        seen.withLock { seen in
            if seen.count + asked.count > Self.phrases { seen = [:] }
            for phrase in asked.keys { seen[phrase] = known[phrase] }
        }
        return outcome
    }
}
