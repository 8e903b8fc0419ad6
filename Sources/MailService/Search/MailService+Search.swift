internal import BlockingWork
public import MailModel
public import MailQuery
internal import MailStore
internal import Synchronization

extension MailService {
    /// What was found.
    public struct SearchResult: Sendable {
        /// The newest first, each message once: its folder, and as it is shown there.
        public var messages: [(folder: FolderID, summary: MessageSummary)]
        /// In the mount, with slashes.
        public var paths: [String]
        /// Messages whose texts could be looked at neither here nor by the server.
        public var unsearched: Int
        /// Why, or which folder is not listed yet; nil where all was looked at.
        public var reason: String?
    }

    /// Finds messages by words, flags, dates and sizes. What is cached is looked at here, other texts by the server.
    ///
    /// ```swift
    /// try await service.search("from:mina berth -is:read").paths
    /// ```
    ///
    /// - Throws: `QueryError`; `ServiceError`.
    public func search(_ text: String) async throws -> SearchResult { try await search(try query(text)) }

    /// What a text asks for, of this server.
    ///
    /// - Throws: `QueryError`: for `raw:` too where the server is not Gmail.
    public func query(_ text: String) throws(QueryError) -> Query {
        try Query(parsing: text, now: now(), isGmail: facts.isGmail)
    }

    /// - Parameter query: as ``query(_:)`` gives it.
    /// - Throws: `ServiceError`.
    public func search(_ query: Query) async throws -> SearchResult {
        let unlisted = try await listFolders(for: query)
        let search = parts.search
        let outcome = try await withTaskExecutorPreference(BlockingExecutor.disk) { try await search.run(query) }
        return SearchResult(
            messages: outcome.hits.map { ($0.folder, $0.message) },
            paths: outcome.hits.map { journal.path($0.folder, $0.message.name) }, unsearched: outcome.unsearched.count,
            reason: outcome.reason ?? unlisted)
    }

    /// What was never listed would be missing in what is found, so it is listed first.
    ///
    /// - Returns: what could not be listed, and why, for people.
    private func listFolders(for query: Query) async throws -> String? {
        if facts.folders.isEmpty { try? await waitUntilReady() }
        let paths = journal.shownPaths
        var lacking: String?
        for folder in facts.folders where folder.isSynchronised && !facts.isListed(folder.id) {
            guard let path = paths[folder.id], query.mayFit(folder: path) else { continue }
            do {
                try await ensureListed(folder.id)
            } catch {
                try Task.checkCancellation()
                lacking = lacking ?? "\(path) is not listed yet: \(ServiceError(error))"
                // Who waits has waited for as long as a call may.
                if ServiceError(error).isOfTheConnection { break }
            }
        }
        return lacking
    }

    /// Those of some messages that are shown, each with its folder, in any order.
    ///
    /// - Throws: `ServiceError`.
    public func shown(among ids: Set<MessageID>) async throws -> [(folder: FolderID, summary: MessageSummary)] {
        let search = parts.search
        do {
            return try await withTaskExecutorPreference(BlockingExecutor.disk) { try search.shown(among: ids) }
                .map { ($0.folder, $0.message) }
        } catch {
            throw ServiceError(error)
        }
    }

    /// Queries that somebody keeps, in the order of their octets.
    public var savedSearches: [String] { journal.keptSearches }

    /// Keeps a query, or keeps it no more; durable when it returns.
    ///
    /// - Throws: `ServiceError`.
    public func keepSearch(_ query: String, _ isKept: Bool) throws {
        do {
            try journal.keep(search: query, isKept)
        } catch {
            throw ServiceError(error)
        }
    }
}
