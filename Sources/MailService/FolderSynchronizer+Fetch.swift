internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension FolderSynchronizer {
    /// What a listing told of messages.
    struct Listed {
        /// Ascending.
        var messages: [(uid: UID, flags: Flags)] = []
        /// At Gmail.
        var labels: [(UID, Labels)] = []

        var count: Int { messages.count }
    }

    /// UIDs and flags from `from` on.
    func list(_ work: Work, from: UID) async throws -> Listed {
        let listing = FlagListing(lowest: from)
        let status = try await work.connection.perform(
            .uidFetch(
                .from(from), FlagListing.items(for: work.connection.capabilities), changedSince: nil, vanished: false),
            literals: nil
        ) { listing.take($0) }
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        return Listed(messages: try listing.listed(), labels: listing.labels())
    }

    /// All UIDs and flags. A listing with fewer messages than the server counted is taken once more, as some may have been
    /// expunged meanwhile.
    ///
    /// - Throws: `unavailable` where the server still counts messages that it does not list.
    func listWhole(_ work: Work) async throws -> Listed {
        guard work.selected.exists > 0 else { return Listed() }
        let listed = try await list(work, from: .min)
        guard listed.count < Int(work.selected.exists) else { return listed }
        let plan: SelectPlan = work.connection.capabilities.has(.condstore) ? .condstore : .plain
        let now = try await Selection.examine(work.folder, plan: plan, on: work.connection)
        guard now.uidValidity == work.selected.uidValidity else { throw ServiceError.gone }
        let again = now.exists == 0 ? Listed() : try await list(work, from: .min)
        guard again.count >= Int(now.exists) else {
            throw ServiceError.unavailable("the server counts \(now.exists) messages and lists \(again.count)")
        }
        return again
    }

    func applyChanges(_ work: Work, validity: UIDValidity, since: ModSequence) async throws {
        let listing = FlagListing(lowest: .min)
        let status = try await work.connection.perform(
            .uidFetch(
                .from(.min), FlagListing.items(for: work.connection.capabilities), changedSince: since, vanished: false),
            literals: nil
        ) { listing.take($0) }
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        let changes = try listing.listed()
        guard !changes.isEmpty else { return }
        var batch = FolderBatch(
            folder: work.folder.id, uidValidity: validity, flags: changes.map { ($0.uid, $0.flags) })
        batch.labels = listing.labels()
        try store.apply(batch, published: published)
    }

    /// The sets of UIDs to ask metadata for, one for each command.
    ///
    /// A window that wants every listed message between its ends is one range, however sparse the UIDs are.
    func windows(of wanted: UIDSet, among listed: [UID]) -> [(asked: UIDSet, expected: UIDSet?)] {
        guard let first = listed.first, let last = listed.last, !wanted.isEmpty else { return [] }
        guard wanted.count == listed.count, wanted.min == first, wanted.max == last else {
            return wanted.chunks(count: limits.window, bytes: limits.setBytes).map { ($0, $0) }
        }
        return stride(from: 0, to: listed.count, by: limits.window).map { start in
            let part = listed[start..<Swift.min(start + limits.window, listed.count)]
            return (UIDSet((part.first ?? first)...(part.last ?? last)), UIDSet(part))
        }
    }

    /// Ranges of UIDs that hold all of a folder of which nothing is known, found without listing it: where most UIDs are those of messages,
    /// and a missing one will be noticed by their number. nil where it has to be listed first.
    func unlistedWindows(_ work: Work) throws -> [(asked: UIDSet, expected: UIDSet?)]? {
        let exists = Int(work.selected.exists)
        guard exists > 0, let end = work.selected.uidNext.map({ Int($0.rawValue) - 1 }), end >= exists,
            end <= Self.mostSparse * exists, try store.knownFlags(work.folder.id).count == 0
        else { return nil }
        let count = (exists + limits.window - 1) / limits.window
        let width = (end + count - 1) / count
        return stride(from: 1, through: end, by: width).compactMap { first in
            guard let first = UID(UInt32(clamping: first)),
                let last = UID(UInt32(clamping: min(Int(first.rawValue) + width - 1, end)))
            else { return nil }
            return (UIDSet(first...last), nil)
        }
    }

    /// A folder with more UIDs than so many for each message is listed first: most windows would be empty.
    private static let mostSparse = 4

    /// Few new messages: one command without knowing their UIDs.
    /// - Returns: the last UID that was told.
    func fetchArrivals(_ work: Work, validity: UIDValidity, from: UID) async throws -> UID? {
        let collector = MetadataCollector(asked: nil, lowest: from, now: now())
        let status = try await work.connection.perform(
            .uidFetch(
                .from(from), MetadataCollector.items(for: work.connection.capabilities), changedSince: nil,
                vanished: false), literals: nil
        ) { collector.take($0) }
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        var messages = collector.drain()
        messages += try await collector.describe(UIDSet(), on: work.connection)
        messages.sort { $0.uid < $1.uid }
        try store(messages, of: work, validity: validity)
        return messages.last?.uid
    }

    /// Fetches window after window: while the server sends some, one before them is named, and one before that is stored.
    ///
    /// - Parameter lost: what vanishes with the first of them, but for what is in it under another UID.
    /// - Returns: how many messages came.
    @discardableResult
    func fetchMetadata(
        _ work: Work, validity: UIDValidity, asked windows: [(asked: UIDSet, expected: UIDSet?)], total: Int,
        lost: [StoredMessage]? = nil
    ) async throws -> Int {
        var lost = lost
        var running: [(command: RunningCommand, collector: MetadataCollector, expected: UIDSet?)] = []
        var next = 0
        var found = 0
        var done = max(0, windows.reduce(total) { $0 - ($1.expected?.count ?? total) })
        progress(work.folder.id, done, total)
        let storer = Storer()
        var named: [MessageMetadata] = []
        var failure: (any Error)?
        try await withThrowingTaskGroup(of: Void.self) { storing in
            do {
                while next < windows.count || !running.isEmpty {
                    while next < windows.count, running.count < limits.windowsUnderWay {
                        running.append(submit(work, asked: windows[next].asked, expected: windows[next].expected))
                        next += 1
                    }
                    let current = running.removeFirst()
                    let messages = try await messages(current, of: work)
                    found += messages.count
                    named += store.named(messages)
                    done += current.expected?.count ?? messages.count
                    // The larger a transaction, the fewer pages are written more than once.
                    if storer.isBusy.load(ordering: .acquiring), named.count < 4 * limits.window { continue }
                    try await storing.next()
                    storer.isBusy.store(true, ordering: .releasing)
                    storing.addTask { [named, done, gone = lost ?? []] in
                        defer { storer.isBusy.store(false, ordering: .releasing) }
                        try store(named, of: work, validity: validity, lost: gone, isPart: true)
                        progress(work.folder.id, done, total)
                    }
                    named = []
                    lost = nil
                }
            } catch {
                failure = error
            }
            // What has arrived is kept, whatever else went wrong.
            try await storing.next()
            if failure == nil || lost == nil {
                try store(named, of: work, validity: validity, lost: lost ?? [], isPart: true)
            }
        }
        if windows.count > 1 { store.releaseMemory() }
        if let failure { throw failure }
        progress(work.folder.id, done, total)
        return found
    }

    /// What a window brought, with what it left out asked for once more.
    private func messages(
        _ window: (command: RunningCommand, collector: MetadataCollector, expected: UIDSet?), of work: Work
    ) async throws -> [MessageMetadata] {
        let status = try await window.command.outcome()
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        var messages = window.collector.drain()
        var missing = window.expected?.subtracting(UIDSet(messages.map(\.uid))) ?? UIDSet()
        if !missing.isEmpty {
            try await askAgain(work, for: missing, into: window.collector)
            let found = window.collector.drain()
            missing.subtract(UIDSet(found.map(\.uid)))
            messages += found
        }
        let described = try await window.collector.describe(missing, on: work.connection)
        if !messages.indices.dropFirst().allSatisfy({ messages[$0 - 1].uid < messages[$0].uid }) || !described.isEmpty {
            messages += described
            messages.sort { $0.uid < $1.uid }
        }
        return messages
    }

    private func submit(
        _ work: Work, asked: UIDSet, expected: UIDSet?, into known: MetadataCollector? = nil
    ) -> (command: RunningCommand, collector: MetadataCollector, expected: UIDSet?) {
        let collector = known ?? MetadataCollector(asked: asked, lowest: .min, now: now())
        let command = work.connection.submit(
            .uidFetch(
                .uids(asked), MetadataCollector.items(for: work.connection.capabilities), changedSince: nil,
                vanished: false), literals: nil
        ) { collector.take($0) }
        return (command, collector, expected)
    }

    /// What a window left out is asked for once more (HAZARD 9).
    private func askAgain(_ work: Work, for missing: UIDSet, into collector: MetadataCollector) async throws {
        for part in missing.chunks(count: limits.window, bytes: limits.setBytes) {
            let status = try await submit(work, asked: part, expected: part, into: collector).command.outcome()
            guard status.kind == .ok || status.kind == .no else { throw ServiceError(refusal: status) }
        }
    }

    private func store(
        _ messages: [MessageMetadata], of work: Work, validity: UIDValidity, lost: [StoredMessage] = [],
        isPart: Bool = false
    ) throws {
        guard !messages.isEmpty || !lost.isEmpty else { return }
        var batch = FolderBatch(folder: work.folder.id, uidValidity: validity, arrived: messages)
        // One with changes of what is known is waited for.
        batch.isPart = isPart && lost.isEmpty
        var gone = lost
        for message in messages where !gone.isEmpty {
            guard let place = gone.firstIndex(where: { $0.isEqual(to: message) }), let uid = gone[place].summary.uid
            else { continue }
            batch.renumbered[uid] = message.uid
            gone.remove(at: place)
        }
        // Names of what is gone are free for what has come.
        let vanished = FolderBatch(
            folder: work.folder.id, uidValidity: validity, vanished: UIDSet(gone.compactMap(\.summary.uid)))
        if !vanished.vanished.isEmpty { try store.apply(vanished, published: published) }
        try store.apply(batch, published: published)
    }

    /// Messages that are gone where others have come that may be the same (`ServiceQuirk.renumbersUnseenMail`); nil where that is not
    /// to be looked into.
    func lostMessages(_ vanished: UIDSet, among known: KnownMessages, arrived: Int) throws -> [StoredMessage]? {
        guard (1...Self.mostRenumbered).contains(arrived), (1...Self.mostRenumbered).contains(vanished.count) else {
            return nil
        }
        return try zip(known.uids, known.ids).compactMap { uid, id in
            guard let uid = UID(uid), vanished.contains(uid) else { return nil }
            return try store.message(MessageID(rawValue: id))
        }
    }

    /// More messages than this are not looked for under other UIDs.
    private static let mostRenumbered = 1_000
}

extension StoredMessage {
    /// Whether the server says of a message what it said of this one.
    fileprivate func isEqual(to message: MessageMetadata) -> Bool {
        identity == message.identity && identityIsProof == message.identityIsProof
            && (summary.size == message.size || summary.sizeIsProven)
            && summary.internalDate == message.internalDate
    }
}

/// Whether a transaction with messages of a listing is under way.
private final class Storer: Sendable {
    let isBusy = Atomic(false)
}
