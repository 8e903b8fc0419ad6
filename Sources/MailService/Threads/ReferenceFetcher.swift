internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
internal import Synchronization

/// Fetches References and In-Reply-To of messages, once of each: listings do not ask for them, so that only who looks at conversations pays.
final class ReferenceFetcher: Sendable {
    private let store: MailStore
    private let facts: AccountFacts
    private let pool: ConnectionPool
    private let logger: Logger
    /// One at a time fetches those of a folder.
    private let gate = FolderGate()

    private static let fields = ["REFERENCES", "IN-REPLY-TO"]
    /// Messages that are asked for at once.
    private static let atOnce = 1000

    init(store: MailStore, facts: AccountFacts, pool: ConnectionPool, logger: Logger) {
        self.store = store
        self.facts = facts
        self.pool = pool
        self.logger = logger
    }

    /// Returns when none of these messages lacks its fields, or when the server cannot be asked now.
    ///
    /// - Returns: those that lack them still.
    /// - Throws: `MailStoreError`, `CancellationError`.
    func fetch(for ids: [MessageID]) async throws -> Set<MessageID> {
        let lacking = try store.unreferenced(among: ids)
        guard !lacking.isEmpty else { return [] }
        let folders = Dictionary(grouping: lacking.lazy.filter { $0.uid != nil }, by: \.folder).mapValues {
            $0.map(\.id)
        }
        for (folder, ids) in folders.sorted(by: { $0.key < $1.key }) {
            guard facts.standing.isRunning, facts.standing.obstacle == nil, let folder = facts.folder(folder) else {
                continue
            }
            do {
                try await gate.holding([folder.id]) { try await fetch(folder, ids) }
            } catch {
                try Task.checkCancellation()
                logger.info("conversations lack messages of \(folder.displayName): \(error)")
                // Who waits has waited for as long as a call may.
                if ServiceError(error).isOfTheConnection { break }
            }
        }
        return Set(try store.unreferenced(among: lacking.map(\.id)).map(\.id))
    }

    private func fetch(_ folder: Folder, _ messages: [MessageID]) async throws {
        // Another may have fetched them while this one waited.
        var ids: [UID: MessageID] = [:]
        for message in try store.unreferenced(among: messages) where message.folder == folder.id {
            if let uid = message.uid { ids[uid] = message.id }
        }
        guard !ids.isEmpty else { return }
        let lease = try await pool.lease(.reading, folder: folder.id)
        do {
            let mailbox = try await Selection.examine(folder, plan: .plain, on: lease.connection)
            guard let cursor = try store.cursor(folder.id),
                cursor.uidValidity == mailbox.uidValidity ?? cursor.uidValidity
            else { throw ServiceError.gone }
            for set in UIDSet(ids.keys).chunks(count: Self.atOnce, bytes: 8_000) {
                let answers = try await answers(for: set, on: lease.connection)
                try store.add(
                    references: answers.compactMap { uid, fields in ids[uid].map { ($0, fields) } }, in: folder.id)
            }
            await pool.release(lease, selected: nil)
        } catch {
            await pool.release(lease, after: error)
            throw error
        }
    }

    private func answers(for set: UIDSet, on connection: IMAPConnection) async throws -> [UID: [UInt8]] {
        let found = Mutex<[UID: [UInt8]]>([:])
        let status = try await connection.perform(
            .uidFetch(.uids(set), [.uid, .headerFields(Self.fields)], changedSince: nil, vanished: false),
            literals: nil
        ) { incoming in
            guard case .fetch(let fetch) = incoming.response, let uid = fetch.uid, set.contains(uid),
                let section = fetch.section, section.part == .header
            else { return .passed }
            // What is so long that it was not kept was written to do harm.
            let fields = incoming.withBytes(of: section.content) { MessageReferences.lines(of: Header(Array($0))) }
            found.withLock { $0[uid] = fields ?? [] }
            return .taken
        }
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        return found.withLock { $0 }
    }
}
