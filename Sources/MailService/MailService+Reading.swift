internal import BlockingWork
public import IMAPValue
internal import Logging
public import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
public import MailTree

extension MailService {
    /// Returns when the folder's listing is known, from an earlier run or from the server.
    ///
    /// - Throws: `ServiceError`: never an empty listing in place of one that could not be had. `CancellationError` as soon as the task is
    ///   cancelled; the listing goes on for others.
    public func ensureListed(_ folder: FolderID) async throws {
        used(folder)
        if facts.isListed(folder) || folder == .root || facts.folder(folder)?.attributes.contains(.pending) == true {
            return
        }
        guard facts.standing.isRunning else { throw ServiceError.offline }
        if let error = facts.error(of: folder), case .accessDenied = error { throw error }
        do {
            try await parts.scheduler.join(folder, lane: .listing)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError(error)
        }
    }

    /// Hands over all messages of a folder as they are shown, ascending by id, on the store's writer; `done` runs there too, before any
    /// later change is published. Of the root: the files that are only here.
    public func loadListing(_ folder: FolderID, _ message: (MessageSummary) -> Void, done: () -> Void) throws {
        try journal.loadListing(folder, message, done: done)
    }

    /// Hands over all messages of a folder as they are shown, as `loadListing` of single ones does.
    public func loadListing(_ folder: FolderID, done: (MessageTable) -> Void) throws {
        var table = MessageTable()
        try journal.loadListing(folder, expecting: { table.reserve($0) }) { row in
            table.put(
                id: row.id, uid: row.uid, name: row.name, size: row.size, sizeIsProven: row.sizeIsProven,
                internalDate: row.internalDate, flags: row.flags, flagsChanged: row.flagsChanged,
                isCached: row.isCached)
        } shown: { message in
            table.put(message)
        } done: {
            var complete = MessageTable()
            swap(&complete, &table)
            done(complete)
        }
        store.releaseMemory()
        facts.loadedListing(of: folder)
    }

    /// A larger listing is loaded for whoever asks for it, not ahead: perhaps nobody does.
    private static let mostLoadedAhead = 200_000

    /// The folder whose listing was loaded last, in an earlier run perhaps, where that needs no server and is worth the memory.
    public var lastListed: FolderID? {
        guard let id = facts.lastListed, facts.isListed(id), let count = try? store.messageCount(id),
            count <= Self.mostLoadedAhead
        else { return nil }
        return id
    }

    /// Somebody looks at this folder: it is worth keeping in step closely.
    public func used(_ folder: FolderID) { facts.used(folder, at: now()) }

    /// Runs `body` on the store's writer, in order with all that is published.
    public func inOrder(_ body: () -> Void) throws { try journal.inOrder(body) }

    /// Gives back the memory that a first listing needed, beside whoever waits for it.
    public func releaseMemory() {
        Task.detached(executorPreference: BlockingExecutor.disk) { [store] in store.releaseMemory() }
    }

    // MARK: - Bodies

    /// The body from the cache or the spool; nil when it is not there.
    public func cachedBody(_ id: MessageID) throws -> OpenBody? { try parts.reader.cachedBody(id) }

    /// Fetches a body and opens it: into the cache, or beside it where the disk has no room.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled.
    public func body(of message: MessageSummary, in folder: FolderID) async throws -> OpenBody {
        try await parts.reader.body(of: message, in: folder)
    }

    /// The body of a message that is gone, for whoever has it open still; nil where it is not kept any more.
    public func keptBody(_ id: MessageID) throws -> OpenBody? {
        try cachedBody(id) ?? store.openKeptBody(id).map(OpenBody.init(uncached:))
    }

    /// The text that was kept of a message whose body is cached; nil where it is to be made.
    ///
    /// - Parameter form: of the text: what was kept in another one is forgotten.
    public func keptText(of id: MessageID, form: String) -> [UInt8]? { parts.reader.keptText(of: id, form: form) }

    /// The length of that text, without reading it.
    public func keptTextSize(of id: MessageID, form: String) -> UInt64? {
        parts.reader.keptTextSize(of: id, form: form)
    }

    /// Keeps the text that was made of a body, as long as the cache keeps that. Returns at once.
    public func keep(text: [UInt8], of id: MessageID, madeOf body: [UInt8], form: String) {
        parts.reader.keep(text: text, of: id, madeOf: body, form: form)
    }

    /// The header fields that were listed, as received; of an upload those of its file.
    public func header(of id: MessageID) throws -> [UInt8]? { try journal.header(of: id) }

    /// The labels that a message has at Gmail, with what is to be changed of them; nil where the server does not tell any, or does not
    /// have the message yet.
    public func labels(of id: MessageID) throws -> Labels? { try journal.labels(of: id) }

    /// A reader opened a message: fetches what it will open next, when it reads in order.
    ///
    /// - Parameters:
    ///   - distance: listed messages between two of them, for telling order from chance.
    ///   - upcoming: the listed messages behind one, up to so many octets.
    public func opened(
        _ id: MessageID, in folder: FolderID, distance: (MessageID) -> Int?,
        upcoming: (_ after: MessageID, _ octets: UInt64) -> [MessageSummary]
    ) {
        guard let plan = reading.opened(id, in: folder, distance: distance), facts.standing.isRunning else { return }
        let messages = upcoming(plan.after, plan.octets)
        reading.fetched(messages, in: folder)
        // What is on its way is on the server where it is not shown.
        let wanted = messages.filter {
            !$0.isCached && $0.size <= parts.reader.limit && $0.standing == .settled
        }
        if !wanted.isEmpty { parts.bodies.fetchAhead(wanted.compactMap(WantedBody.init), in: folder) }
    }

    // MARK: - Facts

    /// The epoch of a folder's UIDs; nil before its first listing.
    public func uidValidity(of folder: FolderID) -> UIDValidity? {
        (try? store.cursor(folder)).flatMap { $0 }?.uidValidity
    }

    /// Seconds since 1970.
    public var currentTime: Int64 { now() }

    /// Nanoseconds since 1970, for the times of listings.
    public var currentMoment: Int64 { journal.moment }

    /// When the listing of the root changed last, as an earlier run left it; else now. Nanoseconds since 1970.
    public var listingChangedOfRoot: Int64 { (try? store.listingChangedOfRoot()).flatMap { $0 } ?? currentMoment }

    /// Keeps the times that directories are shown with, so that they have them the next time.
    public func keep(listingTimes: [FolderID: Int64]) {
        do {
            try store.keep(listingTimes: listingTimes)
        } catch {
            logger.info("the times of directories are not kept: \(error)")
        }
    }

    /// How long the service has been there: for whoever remembers something for a while.
    public var elapsed: Duration { clock.elapsed }

    /// Returns when the bell rings, the time is over, or the task is cancelled.
    ///
    /// - Parameter isDone: asked once it is listened, so that nothing is missed between.
    public func wait(for bell: Bell, atMost time: Duration, unless isDone: @Sendable () -> Bool) async {
        await bell.wait(until: clock.now + time, by: clock, unless: isDone)
    }

    /// How much the account may hold; nil where the server does not say.
    public var quota: Quota? { facts.quota }
}
