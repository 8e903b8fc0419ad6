internal import Fuse
internal import MailModel
internal import Synchronization

/// Who wrote the messages of an account: brought up to date when it is asked after something has changed. The header of a message is read once,
/// since it never changes.
final class SenderIndex: Sendable {
    private let state = Mutex<(changes: UInt64?, table: SenderTable)>((nil, SenderTable()))

    /// - Throws: `Errno`.
    func current(in account: any ViewedAccount) async throws -> SenderTable {
        // Read before: what changes meanwhile makes the answer old at once.
        let changes = account.changes
        let known = state.withLock { $0 }
        if known.changes == changes { return known.table }
        var ids: [MessageID] = []
        try await account.forEachMessage { ids.append($0.id) }
        let addresses = try await account.senders(of: known.table.unknown(among: ids))
        let table = known.table.updated(ids, with: addresses)
        state.withLock { state in
            if changes >= state.changes ?? 0 { state = (changes, table) }
        }
        return table
    }
}

/// The messages that somebody wrote, perhaps with others.
struct SenderSelection: MessageSelection {
    let index: SenderIndex
    /// As ``SenderTable/names`` has it.
    let name: [UInt8]

    func messages(of account: any ViewedAccount) async throws -> [FoundMessage] {
        try await account.found(among: try await index.current(in: account).messages(from: name))
    }
}
