internal import Fuse
internal import MailModel
internal import Synchronization

/// The conversations of an account, brought up to date when somebody asks after something has changed: with what has changed, where that is
/// remembered, else by going through all messages.
final class ThreadIndex: GroupIndex {
    private struct State {
        /// Of the account, that `table` knows of; nil before there is one.
        var changes: UInt64?
        var table = ThreadTable()
    }

    private let state = Mutex(State())

    func listing(in account: any ViewedAccount) async throws -> ViewListing {
        // What could not be fetched is tried again by who lists, whether something has changed or not.
        try await bringUpToDate(in: account, triesAgain: true)
        var listing = ViewListing()
        state.withLock { $0.table.forEachName { listing.append($0, .directory) } }
        return listing
    }

    func find(_ name: [UInt8], in account: any ViewedAccount) async throws -> IndexedDirectory? {
        try await bringUpToDate(in: account)
        return state.withLock { state in
            state.table.modified(name).map { IndexedDirectory(name: name, modified: $0) }
        }
    }

    func messages(of name: [UInt8], in account: any ViewedAccount) async throws -> Set<MessageID> {
        try await bringUpToDate(in: account)
        return state.withLock { $0.table.messages(of: name) }
    }

    // MARK: - Bringing up to date

    private func bringUpToDate(in account: any ViewedAccount, triesAgain: Bool = false) async throws {
        while true {
            // Read before: what changes meanwhile makes the answer old at once.
            let changes = account.changes
            let (known, partial) = state.withLock { ($0.changes, $0.table.partial) }
            if known == changes, partial.isEmpty || !triesAgain { return }
            let whole = partial.isEmpty ? [] : try await account.wholeMessages(among: Array(partial))
            if known == changes, whole.isEmpty { return }
            let isDone: Bool
            if let known, let changed = try await account.changedMessages(since: known) {
                isDone = try await take(changed, whole, since: known, of: account)
            } else {
                isDone = try await takeAll(whole, since: known, changes, of: account)
            }
            // Else another one was quicker.
            if isDone { return }
        }
    }

    /// What a changed message says is read again: one of an id may have been written over.
    private func take(
        _ changed: ChangedMessages, _ whole: [MessageID], since known: UInt64, of account: any ViewedAccount
    ) async throws -> Bool {
        let dates = Dictionary(changed.shown.map { ($0.id, $0.date) }) { $1 }
        var facts: [(MessageID, ThreadedMessage)] = []
        let ids = Set(whole).subtracting(changed.gone).union(dates.keys)
        if !ids.isEmpty { try await account.forEachThreadedMessage(of: ids.sorted()) { facts.append(($0, $1)) } }
        return state.withLock { state in
            guard state.changes == known else { return false }
            state.table.remove(changed.gone)
            for (id, fact) in facts {
                guard let date = dates[id] ?? state.table.date(of: id) else { continue }
                state.table.learn(DatedMessage(id: id, date: date), fact)
            }
            state.table.place()
            state.changes = changed.changes
            return true
        }
    }

    private func takeAll(
        _ whole: [MessageID], since known: UInt64?, _ changes: UInt64, of account: any ViewedAccount
    ) async throws -> Bool {
        var messages: [DatedMessage] = []
        try await account.forEachMessage { messages.append(DatedMessage(id: $0.id, date: $0.internalDate)) }
        messages.sort { $0.id < $1.id }
        var table = state.withLock { $0.table }
        table.keep(only: messages)
        let ids = table.unknown(among: messages) + whole
        if !ids.isEmpty {
            try await account.forEachThreadedMessage(of: ids) { id, fact in
                if let message = Self.message(id, in: messages) { table.learn(message, fact) }
            }
        }
        table.place()
        return state.withLock { state in
            guard state.changes == known else { return false }
            state = State(changes: changes, table: table)
            return true
        }
    }

    private static func message(_ id: MessageID, in messages: [DatedMessage]) -> DatedMessage? {
        var (low, high) = (0, messages.count)
        while low < high {
            let middle = low + (high - low) / 2
            if messages[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < messages.count && messages[low].id == id ? messages[low] : nil
    }
}
