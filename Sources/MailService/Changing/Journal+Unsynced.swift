internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

// What a deletion waits for, so that a power cut takes no message that was copied before it was deleted.
extension Journal {
    /// Whether deleting a message has to wait for copies that were made in a mount of the user's: not deleting a temporary file, which
    /// editors do all the time.
    func hasCopiesToAwait(_ id: MessageID) -> Bool {
        !configuration.isReadOnly && localFile(id)?.purpose != .scratch && unsynced.areTold
    }

    /// Returns when copies that were made in any mount of the user's are on the disk.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled.
    func awaitCopies() async throws {
        do {
            try await unsynced.onDisk()
        } catch let error as FileError {
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
            isLast || localFile($0)?.purpose.isBeingWritten != true || isGivenUp($0)
        } synchronise: { uploads in
            try store.makeDurable(spool: uploads)
            try store.makeDurable()
        }
    }

    /// A file that is not whole, and that nobody writes: whoever goes on with it tells of it again.
    private func isGivenUp(_ id: MessageID) -> Bool {
        view.withLock { $0.journal.operations(of: id).contains { $0.isInterrupted || $0.isSpoiled } }
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
