internal import BlockingWork
internal import Glibc
internal import Logging
internal import MailModel
internal import MailQuery
internal import MailStore
internal import PosixFile
internal import Synchronization

/// Keeps the index of words in step with what is listed and cached: when somebody looks for something, and before, when it is quiet.
///
/// All that is read for it is read on a thread that gives way to whoever reads mail, where processors are busy.
final class SearchIndexer: Sendable {
    private let store: MailStore
    private let facts: AccountFacts
    private let backlog: SearchBacklog
    private let logger: Logger
    /// nil until the first use. Held while the index is brought up to date.
    private let index = Mutex<SearchIndex?>(nil)

    /// Messages of one transaction, and octets of their texts but for the last.
    private static let step = 500
    private static let stepOctets = 4 << 20
    private static let quiet = BlockingExecutor(threads: 1)
    /// Octets of one message that are looked at.
    private static let most = 8 << 20
    /// Which phrases are in which texts, as far as somebody has looked.
    private let phrases = PhraseCheck()

    init(store: MailStore, facts: AccountFacts, backlog: SearchBacklog, logger: Logger) {
        self.store = store
        self.facts = facts
        self.backlog = backlog
        self.logger = logger
    }

    /// The index, with all that is listed and cached now in it.
    ///
    /// - Throws: `MailStoreError`.
    func upToDate() async throws -> SearchIndex {
        try await withTaskExecutorPreference(Self.quiet) {
            Self.giveWay()
            return try completed()
        }
    }

    /// Of the thread that calls, for ever: what reads mail has three times its share of a busy processor. More would let a search wait for others.
    private static func giveWay() {
        let process = __priority_which_t(clamping: PRIO_PROCESS.rawValue)
        if getpriority(process, 0) < 5 { setpriority(process, 0, 5) }
    }

    private func completed() throws -> SearchIndex {
        try index.withLock { index in
            let open = try index ?? opened()
            index = open
            do {
                while let work = backlog.take() {
                    if work.isWholePass {
                        if try open.keep(only: try listed()) { return try renewed(&index) }
                        try passOver(open)
                    } else {
                        try add(Array(work.ids).sorted(), to: open)
                    }
                }
            } catch MailStoreError.damagedCache {
                return try renewed(&index)
            } catch {
                backlog.beginAnew()
                throw error
            }
            return open
        }
    }

    /// An index that was found damaged is made anew.
    func renew() async throws -> SearchIndex {
        try await withTaskExecutorPreference(Self.quiet) {
            Self.giveWay()
            return try index.withLock { try renewed(&$0) }
        }
    }

    private func renewed(_ index: inout SearchIndex?) throws -> SearchIndex {
        index = nil
        SearchIndex.remove(store.searchIndexPath)
        let new = try opened()
        _ = backlog.take()
        do {
            try passOver(new)
        } catch {
            backlog.beginAnew()
            throw error
        }
        index = new
        return new
    }

    private func opened() throws -> SearchIndex {
        try SearchIndex(
            path: store.searchIndexPath, listed: TextMatch.listed.map(TextMatch.column),
            told: TextMatch.told.map(TextMatch.column))
    }

    /// Ascending.
    private func listed() throws -> [Int64] {
        var ids: [Int64] = []
        for folder in facts.folders { try store.loadListing(folder.id, { ids.append($0.id.rawValue) }, done: {}) }
        return ids.sorted()
    }

    private func passOver(_ index: SearchIndex) throws {
        let contents = try index.contents()
        for folder in facts.folders {
            var lacking: [MessageID] = []
            try store.loadListing(
                folder.id,
                { row in
                    let known = contents.isWhole(row.id)
                    if known == nil || known == false && row.isCached { lacking.append(row.id) }
                }, done: {})
            try add(lacking, to: index)
        }
        try index.shrink()
        store.releaseMemory()
    }

    private func add(_ ids: [MessageID], to index: SearchIndex) throws {
        for start in stride(from: 0, to: ids.count, by: Self.step) {
            let next = Array(ids[start..<min(start + Self.step, ids.count)])
            // A message's text never changes, its flags do.
            let known = try index.whole(among: next)
            let part = next.filter { !known.contains($0) }
            let headers = try store.headers(of: part)
            var documents: [SearchIndex.Document] = []
            var octets = 0
            for id in part {
                if let texts = texts(of: id) {
                    documents.append(texts.document(id, isWhole: true))
                } else {
                    documents.append(SearchTexts(header: headers[id] ?? []).document(id, isWhole: false))
                }
                octets += documents.last?.text.utf8.count ?? 0
                if octets > Self.stepOctets {
                    try index.add(documents)
                    documents = []
                    octets = 0
                }
            }
            try index.add(documents)
        }
    }

    /// nil where the message is not cached.
    private func texts(of id: MessageID) -> SearchTexts? {
        guard let body = try? store.openKeptBody(id),
            let file = try? FileDescriptor(duplicating: body.descriptor), let octets = try? file.prefix(Self.most)
        else { return nil }
        return SearchTexts(message: octets, isCut: file.size > UInt64(Self.most))
    }

    /// Looks into the texts of messages that may have the words of a phrase one after the other.
    ///
    /// - Throws: `MailStoreError`, `CancellationError`.
    func check(_ possible: [QueryTerm: Set<MessageID>], in index: SearchIndex) throws -> PhraseCheck.Outcome {
        try phrases.run(possible, in: index) { texts(of: $0)?.text }
    }

    /// Brings it up to date whenever nothing has changed for a while; goes on until the task is cancelled.
    func follow(by clock: ServiceClock) async {
        var seen = -1
        while !Task.isCancelled {
            do { try await clock.sleep(for: .seconds(10)) } catch { return }
            let version = backlog.version
            defer { seen = version }
            guard version == seen else { continue }
            do {
                _ = try await upToDate()
            } catch {
                logger.info("the index of words cannot be kept: \(error)")
            }
        }
    }
}
