internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// What a deletion waits for, so that a power cut takes no message that was copied before it was deleted.
extension Journal {
    /// Returns when copies that were made in any mount of the user's are on the disk.
    func awaitCopies() throws {
        do {
            try unsynced.awaitDisk()
        } catch {
            throw ServiceError(error)
        }
    }

    /// Has uploads on the disk that are not being written.
    ///
    /// - Parameter isLast: nobody can write any more.
    /// - Returns: whether none is left.
    /// - Throws: `MailStoreError`.
    func synchroniseUploads(isLast: Bool = false) throws -> Bool {
        try unsynced.settle {
            isLast || localFile($0)?.purpose.isBeingWritten != true
        } synchronise: { uploads in
            try store.makeDurable(spool: uploads)
            try store.makeDurable()
        }
    }

    /// Of what an earlier run left nobody knows whether it is on the disk.
    func tellUnsynced() {
        let uploads = view.withLock { view in view.files.values.filter { $0.purpose != .scratch }.map(\.id) }
        // Without any, it takes back what that run has told the others.
        if uploads.isEmpty { _ = try? synchroniseUploads() } else { unsynced.tell(uploads) }
    }
}

extension JournalEntry {
    /// The files whose octets it counts on.
    var uploads: [MessageID] {
        files.filter { $0.purpose != .scratch }.map(\.id)
            + (amended.map(\.change) + recorded.map(\.change)).filter(\.makesMessage).compactMap(\.message)
    }
}
