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

/// Gets parts of large messages without the rest of them. Whatever is in doubt is for the whole message to tell: nil says so.
final class PartFetcher: Sendable {
    private struct Wanted: Hashable, Sendable {
        let id: MessageID
        /// Empty for the outline.
        let section: [Int]
    }

    private enum Fetched: Sendable {
        case outline(MessageOutline)
        case part([UInt8])
        case nothing
    }

    private static let outlineName = "outline"
    /// Octets that an outline may need, for the budget.
    private static let outlineCost: UInt64 = 16 << 10

    private let journal: Journal
    private let store: MailStore
    private let pool: ConnectionPool
    private let bodies: BodyFetcher
    private let budget: DownloadBudget
    private let logger: Logger
    /// A message of at most so many octets is taken whole.
    private let threshold: UInt64
    /// Octets of the largest part that is fetched.
    private let limit: UInt64
    private let work = SharedWork<Wanted, Fetched>()
    /// The server has ended a connection when it was to decode, and none without: Dovecot does where base64 ends prematurely. A line that
    /// was lost at that moment is taken for it too: parts come a third longer then.
    private let endsWhenDecoding = Atomic(false)

    init(
        journal: Journal, pool: ConnectionPool, bodies: BodyFetcher, budget: DownloadBudget, limit: UInt64
    ) {
        self.journal = journal
        store = journal.store
        logger = journal.logger
        threshold = journal.configuration.largeMessage
        self.pool = pool
        self.bodies = bodies
        self.budget = budget
        self.limit = limit
    }

    /// Who waits for a part.
    var waiterCount: Int { work.waiterCount }

    // MARK: - What is here

    /// The outline that was kept; nil where there is none.
    private func keptOutline(of message: MessageSummary) -> MessageOutline? {
        guard message.size > threshold else { return nil }
        let id = journal.origin(of: message.id)
        return store.keptPart(Self.outlineName, of: id, length: message.size).flatMap(MessageOutline.init(kept:))
    }

    /// The part that was kept, as it was before it was encoded.
    func keptPart(_ section: [Int], of message: MessageSummary) -> [UInt8]? {
        store.keptPart(Self.name(section), of: journal.origin(of: message.id), length: message.size)
    }

    func keptPartSize(_ section: [Int], of message: MessageSummary) -> UInt64? {
        store.keptPartSize(Self.name(section), of: journal.origin(of: message.id))
    }

    private static func name(_ section: [Int]) -> String { section.map(String.init).joined(separator: ".") }

    // MARK: - What is with the server

    /// All of a message but the contents of its parts; nil where the message is to be taken whole.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled.
    func outline(of message: MessageSummary) async throws -> MessageOutline? {
        if let kept = keptOutline(of: message) { return kept }
        guard message.size > threshold, !bodies.isShared(journal.origin(of: message.id)) else { return nil }
        let fetched = try await work.value(Wanted(id: message.id, section: [])) { [self] in
            let outline = try await over(message) { fetch, mark, mayDecode in
                try budget.take(Self.outlineCost, isAwaited: true)
                return try await OutlineRetrieval(
                    fetch: fetch, size: message.size, mark: mark, tellsLengths: mayDecode
                ).outline()
            }
            guard let outline else { return .nothing }
            keep(outline.kept, Self.outlineName, of: message)
            return .outline(outline)
        }
        if case .outline(let outline) = fetched { return outline }
        return nil
    }

    /// A part as it was before it was encoded; nil where the message is to be taken whole.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled.
    func part(_ section: [Int], of message: MessageSummary, in outline: MessageOutline) async throws -> [UInt8]? {
        if let kept = keptPart(section, of: message) { return kept }
        guard let length = outline.length(of: section), let number = PartNumber(section.map { UInt32(clamping: $0) })
        else { return nil }
        guard length <= limit else { throw ServiceError.tooLarge(limit: limit) }
        let fetched = try await work.value(Wanted(id: message.id, section: section)) { [self] in
            let part = try await over(message) { fetch, mark, mayDecode in
                try budget.take(length, isAwaited: true)
                // The UID may be another message's by now.
                let header = fetch.submit(
                    .headerFields(MetadataCollector.headerFields), as: .header, most: 256 << 10)
                let part = try await Self.content(section, number, length, outline, fetch, mayDecode: mayDecode)
                let isSame = try await header.octets().map { mark == nil || mark == BodyHeader.Mark(Header($0)) }
                return isSame == true ? part : nil
            }
            guard let part else { return .nothing }
            keep(part, Self.name(section), of: message)
            return .part(part)
        }
        if case .part(let part) = fetched { return part }
        return nil
    }

    /// Decoded by the server where it can and there is one way only to decode it.
    private static func content(
        _ section: [Int], _ number: PartNumber, _ length: UInt64, _ outline: MessageOutline, _ fetch: SectionFetch,
        mayDecode: Bool
    ) async throws -> [UInt8]? {
        if mayDecode, outline.isPlainBase64(section),
            let decoded = outline.contentLength(of: section)
        {
            let part = fetch.submit(.decodedPart(number), as: .decodedPart(number), most: decoded)
            do {
                if let octets = try await part.octets(), UInt64(octets.count) == decoded { return octets }
            } catch is ServiceError {
                // It cannot decode this one.
            }
        }
        let encoded = try await fetch.submit(.part(number), as: .part(number), most: length).octets()
        return encoded.flatMap { outline.content(of: section, encoded: $0) }
    }

    private func keep(_ octets: [UInt8], _ name: String, of message: MessageSummary) {
        store.keep(part: octets, name, of: journal.origin(of: message.id), length: message.size)
        bodies.eviction.evictIfFull()
    }

    // MARK: - The connection

    private typealias Body<Value> = (SectionFetch, BodyHeader.Mark?, _ mayDecode: Bool) async throws -> Value?

    /// Runs `body` over a connection that has the message's folder open.
    ///
    /// - Returns: nil where the server does not give what was asked for.
    /// - Throws: `ServiceError` where the whole message could not be had either.
    private func over<Value: Sendable>(_ message: MessageSummary, _ body: Body<Value>) async throws -> Value? {
        guard journal.facts.standing.isRunning else { throw ServiceError.offline }
        var (isSecond, hadToDecode) = (false, false)
        while true {
            var isAsked = false
            let mayDecode = !isSecond && !endsWhenDecoding.load(ordering: .relaxed)
            do {
                let value = try await overOne(message, mayDecode: mayDecode, &isAsked, body)
                if hadToDecode { endsWhenDecoding.store(true, ordering: .relaxed) }
                return value
            } catch ServiceError.offline where !isSecond {
                // The connection may just have gone: one more try, over another, shows whether the server has.
                (isSecond, hadToDecode) = (true, isAsked && mayDecode)
                await pool.closeIdle()
            } catch let error as ServiceError {
                switch error {
                case .offline where !isAsked: throw error
                // Both connections ended when the server was asked for this.
                case .unavailable, .gone, .accessDenied, .refused, .offline:
                    logger.info("UID \(message.uid?.description ?? "none") is taken whole: \(error)")
                    return nil
                default: throw error
                }
            }
        }
    }

    /// - Parameters:
    ///   - mayDecode: the server may be asked to, where it offers that (RFC 3516).
    ///   - isAsked: set when there is a connection.
    private func overOne<Value: Sendable>(
        _ message: MessageSummary, mayDecode: Bool, _ isAsked: inout Bool, _ body: Body<Value>
    ) async throws -> Value? {
        let id = journal.origin(of: message.id)
        guard let stored = try store.message(id), let uid = stored.summary.uid,
            let folder = journal.facts.folder(stored.folder), let cursor = try store.cursor(stored.folder)
        else { return nil }
        let lease: ConnectionPool.Lease
        do {
            lease = try await pool.lease(.reading, folder: folder.id)
        } catch {
            throw ServiceError(error)
        }
        isAsked = true
        do {
            if lease.selected?.isOpen(folder.id, cursor.uidValidity) != true {
                let mailbox = try await Selection.examine(folder, plan: .plain, on: lease.connection)
                guard mailbox.uidValidity ?? cursor.uidValidity == cursor.uidValidity else { throw ServiceError.gone }
            }
            guard try store.uids(of: [id], in: folder.id, epoch: cursor.uidValidity)[id] == uid else {
                throw ServiceError.gone
            }
            let mark = try store.headers(of: [id])[id].map { BodyHeader.Mark(Header($0)) }
            let value = try await body(
                SectionFetch(uid: uid, connection: lease.connection), mark,
                mayDecode && lease.connection.capabilities.has(.binary))
            await pool.release(
                lease, selected: SelectedFolder(folder: folder.id, uidValidity: cursor.uidValidity))
            return value
        } catch {
            await pool.release(lease, after: error)
            throw ServiceError(error)
        }
    }
}
