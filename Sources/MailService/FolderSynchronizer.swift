internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync

/// Brings one folder up to date over one connection: what is learnt is stored as it comes, the cursor last.
struct FolderSynchronizer: Sendable {
    let store: MailStore
    let pool: ConnectionPool
    let logger: Logger
    let limits: SyncLimits
    let now: @Sendable () -> Int64
    /// Told after each commit, in order.
    let published: @Sendable (AppliedBatch) -> Void
    /// Messages known so far, and in all.
    let progress: @Sendable (FolderID, _ done: Int, _ total: Int) -> Void

    /// The key under which the store remembers that this server's QRESYNC was found wrong.
    static let distrust = "qresync.distrusted"

    /// - Parameter transient: the epoch to use where the server gives none that lasts.
    func run(_ folder: Folder, lane: Lane, transient: UIDValidity) async throws {
        var lease = try await pool.lease(lane, folder: folder.id)
        var unconfirmed: UIDSet?
        // Once more is enough: a folder may be what ends the connections.
        var hasRepeated = false
        while true {
            do {
                unconfirmed = try await work(in: lease, on: folder, transient: transient, doubted: nil)
                break
            } catch {
                guard lease.isStale(error), !hasRepeated else { throw error }
                hasRepeated = true
                lease = try await pool.lease(lane, folder: folder.id)
            }
        }
        guard let vanished = unconfirmed else { return }
        logger.notice(
            "\(folder.displayName): \(vanished.count) messages are missing; looking again before believing it")
        // What one connection has wrong, a new one may have right.
        await pool.discard(lease)
        await pool.closeIdle()
        let second = try await pool.lease(lane, folder: nil)
        _ = try await work(in: second, on: folder, transient: transient, doubted: vanished)
    }

    /// Synchronises and gives the connection back, unless something is left to be confirmed (HAZARD 10).
    private func work(
        in lease: ConnectionPool.Lease, on folder: Folder, transient: UIDValidity, doubted: UIDSet?
    ) async throws -> UIDSet? {
        do {
            let (unconfirmed, epoch) = try await synchronise(
                folder, on: lease.connection, transient: transient, doubted: doubted)
            if unconfirmed == nil || doubted != nil {
                await pool.release(lease, selected: SelectedFolder(folder: folder.id, uidValidity: epoch))
            }
            return unconfirmed
        } catch {
            await pool.release(lease, after: error)
            throw error
        }
    }

    /// - Parameter doubted: messages that an earlier listing did not have.
    /// - Returns: messages that seem to be gone but are too many to believe in one listing, the cursor has not moved then; and the
    ///   epoch of the folder that is selected.
    private func synchronise(
        _ folder: Folder, on connection: IMAPConnection, transient: UIDValidity, doubted: UIDSet?
    ) async throws -> (unconfirmed: UIDSet?, epoch: UIDValidity) {
        let cursor = try store.cursor(folder.id)
        let isTrusted = try store.setting(Self.distrust) == nil
        var (select, selected) = try await open(
            folder, on: connection, cursor: cursor, mayResync: isTrusted && doubted == nil)
        if case .qresync = select {
        } else {
            // Nobody asked for these: they were said of the mailbox that was selected before.
            selected.changed = [:]
            selected.vanished = UIDSet()
        }
        let known = try store.messageCount(folder.id)
        var plan = SyncPlan(cursor: cursor, known: known, selected: selected, select: select)
        if case .transient = plan {
            plan = cursor?.uidValidity == transient ? .fullListing : .newEpoch(transient)
        }
        if doubted != nil, cursor?.uidValidity == selected.uidValidity { plan = .fullListing }
        let work = Work(folder: folder, connection: connection, selected: selected, doubted: doubted)
        if isGmail(work), let cursor, cursor.isListed, cursor.uidValidity == selected.uidValidity,
            try !store.hasLabels(folder.id, uidValidity: cursor.uidValidity)
        {
            // Listed by a program that did not ask for labels.
            plan = .fullListing
        }
        let epoch = selected.uidsAreSticky ? selected.uidValidity ?? transient : transient
        switch plan {
        case .transient: return (nil, epoch)
        case .newEpoch(let validity):
            try await listAnew(work, validity: validity)
            return (nil, epoch)
        case .fullListing:
            return (try await listAgain(work, validity: cursor?.uidValidity ?? transient), epoch)
        case .upToDate, .arrivals, .changes:
            guard let cursor else { return (nil, epoch) }
            return (try await bringForward(work, cursor: cursor, plan: plan, known: known), epoch)
        }
    }

    /// Selects the folder. Where the server is known to do QRESYNC, that is not waited for on each new connection.
    private func open(
        _ folder: Folder, on connection: IMAPConnection, cursor: FolderCursor?, mayResync: Bool
    ) async throws -> (SelectPlan, SelectedMailbox) {
        let isPresumed = await pool.hasEnabled(.qresync)
        if !isPresumed { await connection.settled() }
        var isEnabled: Bool { connection.enabled.contains(Capability.qresync.rawValue) }
        func examine(_ qresync: Bool) async throws -> (SelectPlan, SelectedMailbox) {
            let support = SyncSupport(
                qresync: qresync && mayResync, condstore: connection.capabilities.has(.condstore))
            let plan = SelectPlan(cursor: cursor, support: support)
            return (plan, try await Selection.examine(folder, plan: plan, on: connection))
        }
        do {
            let opened = try await examine(isPresumed || isEnabled)
            await connection.settled()
            if isEnabled || !isPresumed { return opened }
        } catch let error as ServiceError {
            await connection.settled()
            guard isPresumed, !isEnabled else { throw error }
        }
        return try await examine(false)
    }

    struct Work {
        let folder: Folder
        let connection: IMAPConnection
        let selected: SelectedMailbox
        let doubted: UIDSet?
    }

    private func isGmail(_ work: Work) -> Bool { work.connection.capabilities.has(.gmail) }

    // MARK: - The three ways

    /// The first listing of an epoch.
    private func listAnew(_ work: Work, validity: UIDValidity) async throws {
        let folder = work.folder.id
        if try store.cursor(folder)?.uidValidity != validity || store.cursor(folder)?.isListed == true {
            try store.beginEpoch(folder, uidValidity: validity)
        }
        if let windows = try unlistedWindows(work) {
            let found = try await fetchMetadata(
                work, validity: validity, asked: windows, total: Int(work.selected.exists))
            // What a window leaves out nobody misses but here.
            if found == Int(work.selected.exists) {
                return try finish(work, validity: validity, last: nil, count: found)
            }
        }
        let listed = try await listWhole(work)
        let stored = try store.knownFlags(folder)
        let comparison = ListingComparison(stored: stored.entries, listed: listed.messages)
        try await fetchMetadata(
            work, validity: validity, asked: windows(of: comparison.arrived, among: listed.messages.map(\.uid)),
            total: listed.count)
        var batch = FolderBatch(
            folder: folder, uidValidity: validity, flags: comparison.changed.map { ($0.key, $0.value) },
            vanished: comparison.vanished)
        batch.labels = listed.labels
        try store.apply(batch, published: published)
        try finish(work, validity: validity, last: listed.messages.last?.uid, count: listed.count)
    }

    /// Ends the first listing of an epoch.
    private func finish(_ work: Work, validity: UIDValidity, last: UID?, count: Int) throws {
        let folder = work.folder.id
        let cursor = FolderCursor(
            uidValidity: validity, uidNext: nextUID(work.selected, after: last, atLeast: 1),
            highestModSeq: work.selected.highestModSeq, isListed: true)
        try store.finishEpoch(folder, cursor: cursor, published: published)
        if isGmail(work) { try store.listedLabels(folder, uidValidity: validity) }
        progress(folder, count, count)
    }

    /// Compares the whole folder with what the server lists.
    private func listAgain(_ work: Work, validity: UIDValidity) async throws -> UIDSet? {
        let folder = work.folder.id
        let listed = try await listWhole(work)
        let stored = try store.knownFlags(folder)
        let comparison = ListingComparison(stored: stored.entries, listed: listed.messages)
        var vanished = comparison.vanished
        if let doubted = work.doubted {
            vanished = vanished.intersection(doubted)
        } else if !vanished.isEmpty,
            listed.count < Int(work.selected.exists)
                || ListingComparison.needsConfirmation(vanished: vanished.count, of: stored.count, limits: limits)
        {
            // Fewer than EXISTS said: what is missing may have been left out.
            return vanished
        }
        let lost = try lostMessages(vanished, among: stored, arrived: comparison.arrived.count)
        var batch = FolderBatch(
            folder: folder, uidValidity: validity, flags: comparison.changed.map { ($0.key, $0.value) },
            vanished: lost == nil ? vanished : UIDSet())
        batch.labels = listed.labels
        try store.apply(batch, published: published)
        try await fetchMetadata(
            work, validity: validity, asked: windows(of: comparison.arrived, among: listed.messages.map(\.uid)),
            total: listed.count, lost: lost)
        let cursor = try store.cursor(folder)
        try commit(
            work, validity: validity,
            uidNext: nextUID(work.selected, after: listed.messages.last?.uid, atLeast: cursor?.uidNext ?? 1))
        if isGmail(work) { try store.listedLabels(folder, uidValidity: validity) }
        return nil
    }

    /// Applies what SELECT or CHANGEDSINCE told, fetches arrivals, and checks the count.
    private func bringForward(
        _ work: Work, cursor: FolderCursor, plan: SyncPlan, known: Int
    ) async throws -> UIDSet? {
        let folder = work.folder.id
        let validity = cursor.uidValidity
        let stored = try store.stored(work.selected.vanished, in: folder)
        if ListingComparison.needsConfirmation(vanished: stored.count, of: known, limits: limits) { return stored }
        if !stored.isEmpty || !work.selected.changed.isEmpty {
            try store.apply(
                FolderBatch(
                    folder: folder, uidValidity: validity, arrived: [],
                    flags: work.selected.changed.map { ($0.key, $0.value) }, vanished: stored, cursor: nil),
                published: published)
        }
        var from: UID?
        switch plan {
        case .arrivals(let uid): from = uid
        case .changes(let since, let uid):
            from = uid
            if since != work.selected.highestModSeq { try await applyChanges(work, validity: validity, since: since) }
        case .upToDate, .transient, .newEpoch, .fullListing: break
        }
        var last: UID?
        if let from, work.selected.uidNext.map({ $0 > from }) ?? true, work.selected.exists > 0 {
            let expected = Int(work.selected.exists) - (known - stored.count)
            if expected > limits.window {
                let arrived = try await list(work, from: from).messages
                try await fetchMetadata(
                    work, validity: validity, asked: windows(of: UIDSet(arrived.map(\.uid)), among: arrived.map(\.uid)),
                    total: arrived.count)
                last = arrived.last?.uid
            } else {
                last = try await fetchArrivals(work, validity: validity, from: from)
            }
        }
        let below = work.selected.uidNext.map(UIDSet.init(below:)) ?? UIDSet(UID.min...UID.max)
        if try store.messageCount(folder) != Int(work.selected.exists),
            try store.stored(below, in: folder).count != Int(work.selected.exists)
        {
            logger.notice("\(work.folder.displayName): the count does not agree after a resync; listing it whole")
            let before = try store.messageCount(folder)
            let doubt = try await listAgain(work, validity: validity)
            if try store.messageCount(folder) != before, work.connection.enabled.contains("QRESYNC") {
                try store.setSetting(Self.distrust, "count")
            }
            return doubt
        }
        try commit(work, validity: validity, uidNext: nextUID(work.selected, after: last, atLeast: cursor.uidNext))
        return nil
    }

    private func commit(_ work: Work, validity: UIDValidity, uidNext: UInt32) throws {
        let cursor = FolderCursor(
            uidValidity: validity, uidNext: uidNext, highestModSeq: work.selected.highestModSeq, isListed: true)
        guard try store.cursor(work.folder.id) != cursor else { return }
        try store.apply(
            FolderBatch(
                folder: work.folder.id, uidValidity: validity, arrived: [], flags: [], vanished: UIDSet(),
                cursor: cursor),
            published: published)
    }

    private func nextUID(_ selected: SelectedMailbox, after last: UID?, atLeast floor: UInt32) -> UInt32 {
        max(selected.uidNext?.rawValue ?? 1, last?.next?.rawValue ?? 1, floor)
    }
}
