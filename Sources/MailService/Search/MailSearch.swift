internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailQuery
internal import MailStore
internal import MailSync
internal import Synchronization

/// Finds messages: what is here from the index, and texts that are not here by the server's SEARCH.
struct MailSearch: Sendable {
    let journal: Journal
    let indexer: SearchIndexer
    let pool: ConnectionPool
    let logger: Logger

    private var facts: AccountFacts { journal.facts }
    private var store: MailStore { journal.store }

    /// A message that fits.
    struct Hit: Hashable {
        var folder: FolderID
        var message: MessageSummary
    }

    struct Outcome {
        /// The newest first.
        var hits: [Hit] = []
        /// Messages whose texts nobody could look at.
        var unsearched: Set<MessageID> = []
        var reason: String?
    }

    /// - Throws: `ServiceError`, `MailStoreError`, `CancellationError`.
    func run(_ query: Query) async throws -> Outcome {
        var known = Known()
        do {
            // Flags, dates and sizes are answered without an index.
            if !query.terms.isEmpty { known = try self.known(query, in: try await indexer.upToDate()) }
        } catch MailStoreError.damagedCache {
            known = try self.known(query, in: try await indexer.renew())
        }
        var sets = known.sets
        var outcome = Outcome()
        let asked = query.terms.filter(\.needsText)
        if !asked.isEmpty {
            let remote = try unread(query, known, &outcome)
            if !remote.isEmpty { await ask(asked, of: remote, &sets, &outcome) }
        }
        let hits =
            try query.necessary.map { terms in
                try fitting(
                    query, among: terms.reduce(into: []) { $0.formUnion(sets[$1] ?? []) }, sets, outcome.unsearched)
            } ?? fitting(query, sets, outcome.unsearched)
        outcome.hits = hits.sorted { left, right in
            let (before, after) = (right.message.internalDate, left.message.internalDate)
            return before == after ? left.message.id < right.message.id : before < after
        }
        return outcome
    }

    /// What the index, and the texts that are here, say.
    private struct Known {
        var sets: [QueryTerm: Set<MessageID>] = [:]
        /// Texts that have the words of a phrase, and could not be looked at.
        var unknown: Set<MessageID> = []
        /// What the index has, where texts are asked for.
        var contents = SearchIndex.Contents()

        /// Whether a text has to be looked at elsewhere.
        func lacks(_ row: StoredRow) -> Bool {
            !row.isCached || unknown.contains(row.id) || !contents.isComplete(row.id)
        }
    }

    private func known(_ query: Query, in index: SearchIndex) throws -> Known {
        var known = Known()
        if query.terms.contains(where: \.needsText) { known.contents = try index.contents() }
        var possible: [QueryTerm: Set<MessageID>] = [:]
        for term in query.terms {
            switch term {
            case .text(let field, let text):
                let words = TextMatch.sought(text)
                let found = try index.messages(with: words.words, isPrefix: words.isPrefix, in: Self.place(field))
                known.sets[term] = found.certain
                if !found.possible.isEmpty { possible[term] = found.possible }
            case .hasAttachment: known.sets[term] = Set(try index.withAttachments())
            case .raw: known.sets[term] = []
            }
        }
        guard !possible.isEmpty else { return known }
        // What another term excludes need not be looked at.
        for other in query.demanded {
            // The server's alone to answer.
            if case .raw = other { continue }
            let fitting = (known.sets[other] ?? []).union(possible[other] ?? [])
            for term in possible.keys where term != other { possible[term]?.formIntersection(fitting) }
        }
        let checked = try indexer.check(possible, in: index)
        for (term, messages) in checked.sets { known.sets[term, default: []].formUnion(messages) }
        known.unknown = checked.unknown
        return known
    }

    private static func place(_ field: TextField) -> SearchIndex.Place {
        switch field {
        case .any: .anywhere
        case .body: .text
        case .from, .to, .cc, .subject, .list, .messageID: .field(TextMatch.column(field))
        }
    }

    // MARK: - What is here

    /// Those of some messages that are shown.
    func shown(among ids: Set<MessageID>) throws -> [Hit] { try fitting(.and([]), among: ids, [:], []) }

    /// Those of some messages that fit, as they are shown.
    private func fitting(
        _ query: Query, among ids: Set<MessageID>, _ sets: [QueryTerm: Set<MessageID>], _ unsearched: Set<MessageID>
    ) throws -> [Hit] {
        let paths = journal.shownPaths
        var hits: [Hit] = []
        let ids = Array(ids)
        for start in stride(from: 0, to: ids.count, by: Self.together) {
            let part = Array(ids[start..<min(start + Self.together, ids.count)])
            for (id, place) in try journal.places(of: part) {
                guard let path = paths[place.folder], !place.summary.flags.isDeleted,
                    Self.fits(query, place.summary, path, sets, isKnown: !unsearched.contains(id))
                else { continue }
                hits.append(Hit(folder: place.folder, message: place.summary))
            }
        }
        return hits
    }

    /// Messages that are asked for at once: changes wait meanwhile.
    private static let together = 500

    private func fitting(
        _ query: Query, _ sets: [QueryTerm: Set<MessageID>], _ unsearched: Set<MessageID>
    ) throws -> [Hit] {
        var hits: [Hit] = []
        for (folder, path) in journal.shownPaths {
            try journal.loadListing(
                folder,
                { message in
                    guard !message.flags.isDeleted, message.standing != .scratch,
                        Self.fits(query, message, path, sets, isKnown: !unsearched.contains(message.id))
                    else { return }
                    hits.append(Hit(folder: folder, message: message))
                }, done: {})
        }
        return hits
    }

    /// - Parameter isKnown: its text was looked at; else it fits only where it does whatever its text is.
    private static func fits(
        _ query: Query, _ message: MessageSummary, _ path: String, _ sets: [QueryTerm: Set<MessageID>], isKnown: Bool
    ) -> Bool {
        let system = message.flags.system
        func fits(unknown: Bool) -> Bool {
            query.fits(
                folder: path, date: message.internalDate, size: message.size,
                has: { state in
                    switch state {
                    case .unread: !system.contains(.seen)
                    case .read: system.contains(.seen)
                    case .flagged: system.contains(.flagged)
                    case .answered: system.contains(.answered)
                    case .draft: system.contains(.draft)
                    }
                },
                keyword: { name in message.flags.keywords.contains { $0.lowercased() == name.lowercased() } },
                holds: { term in sets[term]?.contains(message.id) == true || !isKnown && term.needsText && unknown })
        }
        return fits(unknown: false) && (isKnown || fits(unknown: true))
    }

    // MARK: - What is not here

    /// Messages whose texts are not here, or could not be looked at, or not to their ends, by folder and UID.
    private func unread(
        _ query: Query, _ known: Known, _ outcome: inout Outcome
    ) throws -> [FolderID: [UID: MessageID]] {
        let paths = journal.shownPaths
        var found: [FolderID: [UID: MessageID]] = [:]
        for folder in facts.folders where folder.isSynchronised && facts.isListed(folder.id) {
            guard let path = paths[folder.id], query.mayFit(folder: path) else { continue }
            try store.loadListing(
                folder.id,
                { row in
                    guard known.lacks(row) else { return }
                    if let uid = row.uid {
                        found[folder.id, default: [:]][uid] = row.id
                    } else if row.isCached, known.contents.isWhole(row.id) != nil {
                        outcome.unsearched.insert(row.id)
                    }
                }, done: {})
        }
        return found
    }

    private func ask(
        _ terms: [QueryTerm], of remote: [FolderID: [UID: MessageID]], _ sets: inout [QueryTerm: Set<MessageID>],
        _ outcome: inout Outcome
    ) async {
        guard facts.standing.isRunning else {
            outcome.unsearched.formUnion(remote.values.flatMap(\.values))
            outcome.reason = "offline"
            return
        }
        let folders = remote.sorted { $0.key < $1.key }
        for (index, (id, messages)) in folders.enumerated() {
            guard let folder = facts.folder(id) else { continue }
            do {
                let lease = try await pool.lease(.reading, folder: id)
                do {
                    for (term, uids) in try await ask(
                        terms, of: folder, among: messages.keys, on: lease.connection)
                    {
                        for (uid, id) in messages where uids.contains(uid) {
                            sets[term, default: []].insert(id)
                        }
                    }
                    await pool.release(lease, selected: nil)
                } catch {
                    await pool.release(lease, after: error)
                    throw error
                }
            } catch {
                outcome.unsearched.formUnion(messages.values)
                outcome.reason = "\(ServiceError(error))"
                logger.info("cannot search \(folder.displayName): \(error)")
                guard ServiceError(error).isOfTheConnection else { continue }
                // Who waits has waited for as long as a call may.
                for rest in folders[(index + 1)...] { outcome.unsearched.formUnion(rest.value.values) }
                return
            }
        }
    }

    /// Messages of a folder that are named to the server, which then reads no others; where it is asked of more, it looks at all.
    private static let named = 100

    /// The UIDs for which each term is true; of other messages too.
    private func ask(
        _ terms: [QueryTerm], of folder: Folder, among uids: some Collection<UID>, on connection: IMAPConnection
    ) async throws -> [(QueryTerm, UIDSet)] {
        let mailbox = try await Selection.examine(folder, plan: .plain, on: connection)
        guard let cursor = try store.cursor(folder.id), cursor.uidValidity == mailbox.uidValidity ?? cursor.uidValidity
        else { throw ServiceError.gone }
        let set: [UIDSearch.Key] = uids.count > Self.named ? [] : [.uids(.uids(UIDSet(uids)))]
        var running: [(QueryTerm, RunningCommand, Found)] = []
        for term in terms {
            guard let key = Self.key(for: term, gmail: facts.isGmail) else { continue }
            let found = Found()
            let command = Command.uidSearch(UIDSearch(set + [key], returnsAll: connection.capabilities.has(.esearch)))
            running.append((term, connection.submit(command, literals: nil) { found.take($0) }, found))
        }
        var answers: [(QueryTerm, UIDSet)] = []
        for (term, command, found) in running {
            let status = try await command.outcome()
            guard status.kind == .ok else { throw ServiceError(refusal: status) }
            answers.append((term, found.uids.withLock { $0 }))
        }
        return answers
    }

    private final class Found: Sendable {
        let uids = Mutex(UIDSet())

        func take(_ incoming: Incoming) -> Taken {
            switch incoming.response {
            case .search(let numbers, _):
                uids.withLock { $0.formUnion(UIDSet(numbers.compactMap { UID($0) })) }
                return .taken
            case .esearch(let result):
                if let all = result.all { uids.withLock { $0.formUnion(all) } }
                return .taken
            default: return .passed
            }
        }
    }

    private static func key(for term: QueryTerm, gmail: Bool) -> UIDSearch.Key? {
        switch term {
        case .text(let field, let text):
            let words = Array(text.words.utf8)
            return switch field {
            case .any: .text(words)
            case .body: .body(words)
            case .from: .header(name: "From", value: words)
            case .to: .header(name: "To", value: words)
            case .cc: .header(name: "Cc", value: words)
            case .subject: .header(name: "Subject", value: words)
            case .list: .header(name: "List-Id", value: words)
            case .messageID: .header(name: "Message-ID", value: words)
            }
        case .hasAttachment: return .header(name: "Content-Type", value: Array("multipart/mixed".utf8))
        case .raw(let words): return gmail ? .gmailRaw(Array(words.utf8)) : nil
        }
    }
}

extension Query {
    /// Whether anything in a folder can fit, by the folders that it names.
    func mayFit(folder: String) -> Bool {
        switch self {
        case .and(let parts): parts.allSatisfy { $0.mayFit(folder: folder) }
        case .or(let parts): parts.contains { $0.mayFit(folder: folder) }
        case .folder:
            fits(folder: folder, date: 0, size: 0, has: { _ in false }, keyword: { _ in false }, holds: { _ in false })
        case .not, .text, .keyword, .state, .hasAttachment, .since, .before, .larger, .smaller, .raw: true
        }
    }
}
