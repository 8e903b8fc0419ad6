internal import IMAPValue
internal import MailModel
internal import MailStore

extension AccountView {
    /// What is to be told, by folder.
    struct Outgoing {
        struct Part {
            var arrived: [MessageID: MessageSummary] = [:]
            var updated: [MessageID: MessageSummary] = [:]
            var removed: Set<MessageID> = []
            /// As the store says.
            var listingChanged: Int64 = 0
            /// Something else than the store's word moves the directory's time.
            var isMoved = false
            var isEmptyBatch = false
            var isFirstListing = false
        }

        var parts: [FolderID: Part] = [:]

        mutating func heard(_ batch: AppliedBatch) {
            parts[batch.folder, default: Part()].listingChanged = max(
                parts[batch.folder]?.listingChanged ?? 0, batch.listingChanged)
            if batch.isEmpty { parts[batch.folder]?.isEmptyBatch = true }
            if batch.isFirstListing { parts[batch.folder]?.isFirstListing = true }
        }

        mutating func pass(_ batch: AppliedBatch) {
            for summary in batch.arrived { put(summary, in: batch.folder, isNew: true) }
            for summary in batch.updated { put(summary, in: batch.folder, isNew: false) }
            for id in batch.removed { remove(id, from: batch.folder) }
        }

        mutating func remove(_ id: MessageID, from folder: FolderID) {
            parts[folder, default: Part()].isMoved = true
            parts[folder]?.updated[id] = nil
            // What came and went within one moment was never shown.
            if parts[folder]?.arrived.removeValue(forKey: id) == nil { parts[folder]?.removed.insert(id) }
        }

        mutating func put(_ summary: MessageSummary, in folder: FolderID, isNew: Bool, old: MessageSummary? = nil) {
            if parts[folder]?.removed.remove(summary.id) != nil {
                parts[folder]?.updated[summary.id] = summary
            } else if isNew || parts[folder]?.arrived[summary.id] != nil {
                parts[folder, default: Part()].arrived[summary.id] = summary
                parts[folder]?.isMoved = true
            } else {
                parts[folder, default: Part()].updated[summary.id] = summary
                if let old, old.name != summary.name || old.flags.isDeleted != summary.flags.isDeleted {
                    parts[folder]?.isMoved = true
                }
            }
        }
    }

    /// The only batch, where nothing here says otherwise than the store: most of a first listing. nil where that is not certain.
    func passing(_ changes: Changes) -> AppliedBatch? {
        guard isTransparent, changes.operations.isEmpty, changes.ended.isEmpty, changes.files.isEmpty,
            changes.removedFiles.isEmpty, changes.batches.count == 1, let batch = changes.batches.first,
            batch.removed.isEmpty, batch.arrived.isEmpty || batch.updated.isEmpty
        else { return nil }
        return batch
    }

    /// The batch with the time that is told of its folder.
    mutating func told(_ batch: AppliedBatch, now: Int64) -> AppliedBatch {
        var batch = batch
        let last = listingChanged[batch.folder] ?? 0
        if batch.listingChanged > last {
            listingChanged[batch.folder] = batch.listingChanged
        } else if !batch.arrived.isEmpty {
            listingChanged[batch.folder] = ListingTime.next(after: last, at: now)
        }
        batch.listingChanged = listingChanged[batch.folder] ?? 0
        return batch
    }

    /// - Returns: in the order in which it is to be told.
    mutating func finish(_ out: Outgoing, now: Int64) -> [AppliedBatch] {
        var result: [AppliedBatch] = []
        for (folder, part) in out.parts {
            var batch = AppliedBatch(
                folder: folder, arrived: part.arrived.values.sorted { $0.id < $1.id }, removed: part.removed.sorted(),
                updated: part.updated.values.sorted { $0.id < $1.id }, isFirstListing: part.isFirstListing)
            if batch.isEmpty, !part.isEmptyBatch { continue }
            let last = listingChanged[folder] ?? 0
            if part.listingChanged > last {
                listingChanged[folder] = part.listingChanged
            } else if part.isMoved {
                listingChanged[folder] = ListingTime.next(after: last, at: now)
            }
            batch.listingChanged = listingChanged[folder] ?? 0
            result.append(batch)
        }
        // Where a message goes from one folder to another it leaves before it comes.
        return result.sorted { left, right in
            left.arrived.isEmpty != right.arrived.isEmpty ? left.arrived.isEmpty : left.folder < right.folder
        }
    }
}
