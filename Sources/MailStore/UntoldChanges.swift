import MailModel

/// What those who are told of changes have not heard: a transaction that fails may be committed in the index all the same, and the same change
/// then changes nothing when it is stored again. So its messages are told with the next one, as they are.
struct UntoldChanges {
    private var owed: [FolderID: Set<MessageID>] = [:]
    /// Of the transaction that is under way.
    private var collected: [AppliedBatch] = []

    var folders: [FolderID] { Array(owed.keys) }

    /// Messages of a folder of which something may be untold.
    func messages(of folder: FolderID) -> Set<MessageID> { owed[folder] ?? [] }

    /// What is told of a folder once the transaction is committed, what was owed included.
    mutating func collect(_ batch: AppliedBatch) {
        if !batch.isEmpty || owed[batch.folder] != nil { collected.append(batch) }
    }

    mutating func end(isCommitted: Bool) {
        for batch in collected {
            if isCommitted {
                owed[batch.folder] = nil
            } else {
                let ids = batch.removed + (batch.arrived + batch.updated).map(\.id)
                owed[batch.folder, default: []].formUnion(ids)
            }
        }
        collected = []
    }
}
