internal import IMAPClient
internal import IMAPCodec
public import IMAPValue
public import MailModel
internal import MailStore
internal import MailSync
public import MailTree
internal import Synchronization

extension MailService {
    /// Returns when the folder's listing is known, from an earlier run or from the server.
    ///
    /// - Throws: `ServiceError`: never an empty listing in place of one that could not be had.
    public func ensureListed(_ folder: FolderID) async throws {
        used(folder)
        if isListed(folder) || folder == .root || self.folder(folder)?.attributes.contains(.pending) == true { return }
        guard let parts = running else { throw ServiceError.offline }
        if let error = state.withLock({ $0.errors[folder] }), case .accessDenied = error { throw error }
        do {
            try await parts.scheduler.join(folder, lane: .listing)
        } catch {
            throw ServiceError(error)
        }
    }

    /// Hands over all messages of a folder as they are shown, ascending by id, on the store's writer; `done` runs there too, before any
    /// later change is published. Of the root: the files that are only here.
    public func loadListing(_ folder: FolderID, _ message: (MessageSummary) -> Void, done: () -> Void) throws {
        try loadListing(folder, stored: { message($0.summary) }, shown: message, done: done)
    }

    /// Hands over all messages of a folder as they are shown, as `loadListing` of single ones does.
    public func loadListing(_ folder: FolderID, done: (MessageTable) -> Void) throws {
        var table = MessageTable()
        try loadListing(folder, expecting: { table.reserve($0) }) { row in
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
        rememberListed(folder)
    }

    /// - Parameters:
    ///   - stored: a message that is shown as the store has it.
    ///   - shown: another.
    private func loadListing(
        _ folder: FolderID, expecting: (Int) -> Void = { _ in }, stored: (StoredRow) -> Void,
        shown: (MessageSummary) -> Void, done: () -> Void
    ) throws {
        // Nothing changes the view while the writer is here.
        var view: AccountView?
        var rest: ArraySlice<MessageSummary> = []
        func begin() -> AccountView {
            if let view { return view }
            let current = self.view.withLock { $0 }
            rest = current.messages(in: folder)[...]
            view = current
            return current
        }
        var isTransparent: Bool?
        try store.loadListing(folder, expecting: expecting) { row in
            if isTransparent == nil { isTransparent = begin().isTransparent }
            guard isTransparent == false else { return stored(row) }
            let view = begin()
            while let next = rest.first, next.id < row.id { shown(rest.removeFirst()) }
            if rest.first?.id == row.id {
                shown(rest.removeFirst())
            } else if !view.isWatched(row.id) {
                stored(row)
            } else if let message = view.shown(row.summary, row.id, in: folder) {
                shown(message)
            }
        } done: {
            _ = begin()
            for next in rest { shown(next) }
            done()
        }
    }

    /// Somebody looks at this folder: it is worth keeping in step closely.
    public func used(_ folder: FolderID) {
        let seconds = now()
        state.withLock { $0.used[folder] = seconds }
    }

    /// The body from the cache or the spool; nil when it is not there.
    public func cachedBody(_ id: MessageID) throws -> OpenBody? {
        let origin = origin(of: id)
        if localFile(origin) != nil { return OpenBody(try SpoolFile(store.spoolPath(of: origin))) }
        for id in Set([id, origin]) {
            let use = bodiesInUse.begin(id)
            if let body = try store.openBody(id) { return OpenBody(body, use) }
        }
        return nil
    }

    /// Fetches a body and opens it: into the cache, or beside it where the disk has no room.
    ///
    /// - Throws: `ServiceError`.
    public func body(of message: MessageSummary, in folder: FolderID) async throws -> OpenBody {
        if let cached = try? cachedBody(message.id) { return cached }
        let limit = configuration.client.limits.literal
        guard message.size <= limit else { throw ServiceError.tooLarge(limit: limit) }
        guard let parts = running else { throw ServiceError.offline }
        var mayConnectAgain = true
        var mayListAgain = true
        while true {
            // Where the server has it, which is not always where it is shown.
            guard let stored = try store.message(origin(of: message.id)) else { throw ServiceError.gone }
            do {
                guard let wanted = WantedBody(stored.summary) else { throw ServiceError.gone }
                return try await parts.bodies.fetch(wanted, in: stored.folder)
            } catch ServiceError.offline where mayConnectAgain {
                // The connection may just have gone: one more try, over another, shows whether the server has.
                mayConnectAgain = false
                await parts.pool.closeIdle()
            } catch ServiceError.gone {
                // `ServiceQuirk.renumbersUnseenMail`: the message may be there under another UID.
                if mayListAgain { try await parts.scheduler.bringUpToDate(stored.folder, lane: .reading) }
                // Without a UID it is nowhere on the server: only what was to be done with it keeps it in mind.
                guard let current = try store.message(origin(of: message.id)), current.summary.uid != nil else {
                    throw ServiceError.gone
                }
                if current.folder == stored.folder {
                    guard mayListAgain else { throw ServiceError.unavailable("it is listed, but not to be had") }
                    mayListAgain = false
                }
            }
        }
    }

    /// The message whose octets this one has: that which it is to be copied from, or itself.
    private func origin(of id: MessageID) -> MessageID {
        view.withLock { view in
            var id = id
            for _ in 0..<64 {
                guard view.files[id] == nil, view.truth(of: id) == nil,
                    case .copy(let source) = view.journal.placement(of: id)?.content
                else { break }
                id = source
            }
            return id
        }
    }

    /// The header fields that were listed, as received; of an upload those of its file.
    public func header(of id: MessageID) throws -> [UInt8]? {
        let origin = origin(of: id)
        if let file = localFile(origin) {
            return file.purpose == .scratch ? nil : try SpoolFile(store.spoolPath(of: origin)).header()
        }
        return try store.header(of: origin)
    }

    /// A reader opened a message: fetches what it will open next, when it reads in order.
    ///
    /// - Parameters:
    ///   - distance: listed messages between two of them, for telling order from chance.
    ///   - upcoming: the listed messages behind one, up to so many octets.
    public func opened(
        _ id: MessageID, in folder: FolderID, distance: (MessageID) -> Int?,
        upcoming: (_ after: MessageID, _ octets: UInt64) -> [MessageSummary]
    ) {
        let between = state.withLock { $0.readAhead[folder]?.policy.previous }.flatMap(distance)
        let plan = state.withLock { state -> (after: MessageID, octets: UInt64)? in
            var progress = state.readAhead[folder] ?? ReadAheadProgress()
            defer { state.readAhead[folder] = progress }
            let previous = progress.policy.previous
            progress.policy.opened(id, distance: between)
            if let previous, id < previous {
                progress.frontier = id
                progress.refill = id
            }
            guard progress.policy.window > 0, id >= progress.refill else { return nil }
            return (max(id, progress.frontier), progress.policy.window)
        }
        guard let plan, let parts = running else { return }
        let messages = upcoming(plan.after, plan.octets)
        guard let last = messages.last else { return }
        let middle = messages[messages.count / 2].id
        state.withLock { state in
            state.readAhead[folder]?.frontier = last.id
            state.readAhead[folder]?.refill = middle
        }
        let limit = configuration.client.limits.literal
        // What is on its way is on the server where it is not shown.
        let wanted = messages.filter { !$0.isCached && $0.size <= limit && $0.standing == .settled }
        if !wanted.isEmpty { parts.bodies.fetchAhead(wanted.compactMap(WantedBody.init), in: folder) }
    }

    /// The epoch of a folder's UIDs; nil before its first listing.
    public func uidValidity(of folder: FolderID) -> UIDValidity? {
        (try? store.cursor(folder)).flatMap { $0 }?.uidValidity
    }

    /// Seconds since 1970.
    public var currentTime: Int64 { now() }

    /// How much the account may hold; nil where the server does not say.
    public var quota: Quota? { state.withLock { $0.quota } }
}
