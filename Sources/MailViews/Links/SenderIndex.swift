internal import Fuse
internal import MailModel
internal import Synchronization

/// Who wrote the messages of an account: brought up to date when it is asked after something has changed. The header of a message is read once,
/// since it never changes.
final class SenderIndex: GroupIndex {
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

    func listing(in account: any ViewedAccount) async throws -> ViewListing {
        var listing = ViewListing()
        for name in try await current(in: account).names { listing.append(name, .directory) }
        return listing
    }

    func find(_ name: [UInt8], in account: any ViewedAccount) async throws -> IndexedDirectory? {
        try await current(in: account).name(for: name).map { IndexedDirectory(name: $0) }
    }

    func messages(of name: [UInt8], in account: any ViewedAccount) async throws -> Set<MessageID> {
        try await current(in: account).messages(from: name)
    }
}
