internal import IMAPClient
public import MailModel
internal import MailStore

// Each call returns when its change is written into the journal and visible, and never waits for the server; which errors it throws at
// once is said there. `verdict(of:)` waits.
extension MailService {
    // MARK: - Messages

    /// Gives a message, upload or scratch file another place or name. A scratch file that is named `.eml` becomes an upload, a
    /// message named otherwise stays a message.
    ///
    /// - Parameters:
    ///   - replacing: what has that name now: deleted once the new one is safe there.
    ///   - isOpen: a scratch file that somebody may go on writing to: it becomes an upload when `completed` says that it is whole.
    /// - Throws: `notAMessage`, `readOnly`, `noSuchFolder`, `gone`, `noSpace`.
    public func rename(
        _ id: MessageID, to folder: FolderID, as name: [UInt8], replacing: MessageID?, isOpen: Bool = false
    ) throws -> Receipt {
        try require(kinds(ofRenaming: id, as: name, replacing: replacing))
        return try journal.rename(id, to: folder, as: name, replacing: replacing, isOpen: isOpen)
    }

    /// Asked before a call that does other things too: throws where ``rename`` of this message would be none that this mount, or one of its
    /// folders, allows.
    ///
    /// - Throws: `readOnly`, `noSuchFolder`, `notPermitted`.
    public func requireRename(
        _ id: MessageID, from source: FolderID, to folder: FolderID, as name: [UInt8], replacing: MessageID?
    ) throws {
        try require(kinds(ofRenaming: id, as: name, replacing: replacing))
        try journal.requireWritable(folder)
        if source != folder { try journal.requireChangeable(source) }
    }

    /// Whether ``awaitCopies()`` comes before ``delete(_:)``.
    public func hasCopiesToAwait(_ id: MessageID) -> Bool { journal.hasCopiesToAwait(id) }

    /// Returns when copies that were made in any mount of the user's are on the disk, so that no loss of power takes a message that was copied
    /// and then deleted.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled.
    public func awaitCopies() async throws { try await journal.awaitCopies() }

    /// Deletes a message as the account's policy says, takes back an upload that was not sent, or removes a scratch file.
    public func delete(_ id: MessageID) throws -> Receipt {
        try require(kinds(ofDeleting: id))
        return try journal.delete(id)
    }

    /// Changes the flags of a message by all of these, in their order.
    ///
    /// - Throws: `readOnly`, `gone`.
    public func setFlags(_ id: MessageID, _ changes: [FlagChange]) throws -> Receipt {
        try require(kinds(ofFlagging: id))
        return try journal.setFlags(id, changes)
    }

    /// - Throws: as for several.
    public func setFlags(_ id: MessageID, _ change: FlagChange) throws -> Receipt { try setFlags(id, [change]) }

    /// Gives a message other labels, where the server has labels.
    ///
    /// - Parameter edit: what is wanted, from what is shown.
    /// - Throws: `readOnly`, `gone`; `notPermitted` where `labels(of:)` is nil.
    public func setLabels(_ id: MessageID, _ edit: (Labels) -> Labels) throws -> Receipt {
        try require(.move)
        return try journal.setLabels(id, edit)
    }

    /// Brings back messages deleted here and not yet expunged.
    ///
    /// - Parameter pattern: shell wildcards over the path in the mount (`INBOX/*.eml`), or over the name alone; nil for all.
    /// - Returns: the paths that are back.
    public func undelete(_ pattern: String?) throws -> [String] {
        try require(.delete)
        return try journal.undelete(pattern).map(\.path)
    }

    // MARK: - Files

    /// A new file, empty; its spool file exists when this returns.
    ///
    /// - Parameter purpose: `.scratch`, `.unfinished` or, where nobody tells of its close, `.unattended`.
    /// - Throws: `readOnly`, `noSuchFolder`, `notPermitted`, `noSpace`.
    public func createFile(in folder: FolderID, name: [UInt8], purpose: LocalFile.Purpose) throws -> LocalFile {
        if purpose != .scratch { try require(.append) }
        return try journal.createFile(in: folder, name: name, purpose: purpose)
    }

    /// The local file of this id; nil for messages.
    public func localFile(_ id: MessageID) -> LocalFile? { journal.localFile(id) }

    /// Where the octets of a local file are.
    public func spoolPath(of id: MessageID) -> String { store.spoolPath(of: id) }

    /// Notes how a file that is written to is watched, so that the next start knows what to make of it.
    ///
    /// - Parameter purpose: `.unattended` or `.open`. Scratch files and uploads stay what they are.
    public func watch(_ id: MessageID, as purpose: LocalFile.Purpose) throws { try journal.watch(id, as: purpose) }

    /// Makes a message of the `\Drafts` folder writable, or one that who made it has open still: its octets are copied to the spool. The
    /// message on the server stays until the new version is there.
    ///
    /// - Parameters:
    ///   - purpose: as of `createFile`.
    ///   - isBeingMade: somebody has it open since before it was a message.
    ///   - length: octets to which it is cut, unless it was writable before; where that fails it is what it was.
    /// - Throws: as `body(of:in:)`; `notPermitted` for any other message.
    public func edit(
        _ id: MessageID, purpose: LocalFile.Purpose = .unfinished, isBeingMade: Bool = false,
        cutTo length: UInt64? = nil
    ) async throws -> LocalFile {
        // The old version is deleted when the new one is there.
        if journal.localFile(id) == nil { try require([.append, .delete]) }
        return try await journal.edit(id, purpose: purpose, isBeingMade: isBeingMade, cutTo: length) {
            try await body(of: $0, in: $1)
        }
    }

    /// A file was written and is at rest: at a flush, at fsync, at its release. Where it is a message, bare LF becomes CRLF, and it is
    /// recorded for upload, or for a copy on the server where this account has the same bytes. Without content it waits.
    ///
    /// - Parameters:
    ///   - isOpen: more may be written: it is recorded, but not sent before `completed` is called with false.
    ///   - modified: seconds since 1970, where a program set it.
    /// - Throws: `notAMessage`, `tooLarge` where that is known here; the file stays, failed. `noSpace`, `unavailable`, `inUse` where it is not
    ///   recorded now; unless it is open, it is when that has passed.
    public func completed(_ id: MessageID, isOpen: Bool, modified: Int64?) throws -> Receipt {
        try journal.completed(id, isOpen: isOpen, modified: modified)
    }

    /// A write to a file failed, and those who had it open have closed it: it is kept, and listed as failed.
    ///
    /// - Parameter problem: why the write failed, for people.
    /// - Throws: where it is not recorded now; it is when that can be done.
    public func spoiled(_ id: MessageID, problem: String) throws { try journal.spoiled(id, problem: problem) }

    /// Whoever closed a file takes it for failed, because `completed` said that it is not recorded now: it is not sent by itself.
    public func failLate(_ id: MessageID) { journal.failLate(id) }

    /// Somebody may write to a local file from now on, and says with `completed` when it is whole.
    ///
    /// - Returns: whether it was completed before, and that is not recorded yet: it is to be said again, whether it is written to or not.
    public func takeUpLate(_ id: MessageID) throws -> Bool { try journal.takeUpLate(id) }

    /// The whole of `source` was copied to the file `id`, which is empty: its octets are those of the source from here on, and on
    /// completion the server copies.
    ///
    /// - Returns: the number of octets.
    public func copyContent(of source: MessageID, to id: MessageID) async throws -> UInt64 {
        try await journal.copyContent(of: source, to: id) { try await body(of: $0, in: $1) }
    }

    /// Whether the server is known to take no message of so many octets; of a file that becomes one.
    public func isTooLarge(_ id: MessageID, _ size: UInt64) -> Bool { journal.isTooLarge(id, size) }

    // MARK: - Folders

    /// - Parameter parent: `.root` for a folder at the top.
    /// - Throws: `exists`, `badName`, `readOnly`, `notPermitted`, `nameTooLong`; `inUse` where a change that was sent, and not answered yet,
    ///   makes the name free.
    public func createFolder(in parent: FolderID, name: [UInt8]) throws -> (folder: Folder, receipt: Receipt) {
        try require(.append)
        return try journal.createFolder(in: parent, name: name)
    }

    /// - Throws: `notEmpty` where the mount shows anything in it, `inUse` for INBOX, `readOnly`.
    public func removeFolder(_ id: FolderID) throws -> Receipt {
        try require(.delete)
        return try journal.removeFolder(id)
    }

    /// Gives a folder another name or parent, with all that is below it. An empty folder of that name is removed first.
    ///
    /// - Throws: as `createFolder`; `inUse` for INBOX, `notEmpty`.
    public func renameFolder(_ id: FolderID, to parent: FolderID, name: [UInt8]) throws -> Receipt {
        try require(.move)
        return try journal.renameFolder(id, to: parent, name: name)
    }

    // MARK: - Verdicts

    /// Returns when a message can be made writable without waiting.
    ///
    /// - Throws: as `edit`.
    public func waitToEdit(_ id: MessageID, isBeingMade: Bool = false) async throws {
        try await journal.waitToEdit(id, isBeingMade: isBeingMade) { try await body(of: $0, in: $1) }
    }

    /// A call that renamed a file of this mount is answered with an error: the file is what and where it was, unless the server may have it.
    ///
    /// - Parameter file: as it was.
    public func renameBack(_ file: LocalFile) throws { try journal.renameBack(file) }

    /// A call that gave a message the name of another one of its folder is answered with an error: each has its own again.
    ///
    /// - Parameters:
    ///   - old: the name that the message had.
    ///   - name: the one that `replaced` had, and the message has now.
    public func renameBack(_ id: MessageID, to old: [UInt8], of replaced: MessageID, _ name: [UInt8]) throws {
        try journal.renameBack(id, to: old, of: replaced, name)
    }

    /// Returns when the server has done all of a receipt; nothing in it is undone by a cancelled wait.
    ///
    /// - Throws: `ServiceError` of the first that was refused; `timedOut` when the server sends nothing for the timeout;
    ///   `offline` when there is no connection.
    public func verdict(of receipt: Receipt) async throws { try await journal.verdict(of: receipt) }

    /// As `verdict`, for whoever takes an error for a change that was not made: what was not sent is taken back then, and an upload stays
    /// as one that failed. Where the answer was lost it waits for another connection, for the timeout. Where the server has done a part of
    /// the receipt it returns, and the rest follows.
    ///
    /// - Throws: as `verdict`; `timedOut` where what became of it is not known. It is looked up later, and not sent again by itself.
    public func verdictOrNothing(of receipt: Receipt) async throws {
        try await journal.verdictOrNothing(of: receipt, within: configuration.client.timeout, by: clock)
    }

    /// Changes whose answer was lost, and whose caller was told so: they are looked up, and not sent again by themselves.
    public var unknownChanges: [FailedChange] { journal.unknownChanges }

    /// For fsync: everything that was changed is on the disk; online, the verdict on what waits for this message or folder is waited
    /// for as well. Offline it returns.
    public func synchronised(message: MessageID?, folder: FolderID?) async throws {
        try await journal.synchronised(message: message, folder: folder)
    }

    /// Returns when nothing waits any more, or at the deadline; without a deadline also when nothing can be sent now.
    ///
    /// - Returns: how many changes still wait.
    public func drain(until deadline: ContinuousClock.Instant?) async -> Int {
        _ = journal.completeLate()
        return facts.standing.isRunning ? await parts.sender.drain(until: deadline) : pendingChanges
    }

    /// Returns when no change of a folder waits, or none can be sent now; at the latest after the timeout.
    public func waitForFolders() async {
        let deadline = clock.now + configuration.client.timeout
        let isOver = { @Sendable [self] in journal.pendingFolderChanges == 0 || parts.sender.isAtRest }
        while !isOver(), clock.now < deadline, !Task.isCancelled {
            await journal.waiting.wait(until: deadline, by: clock, unless: isOver)
        }
    }

    /// Changes that wait for the server; expunges that are not due do not count, nor does what is held.
    public var pendingChanges: Int { journal.pendingChanges }

    /// Changes that need the name of a folder which is deleted here, and on the server when that cannot be taken back any more. They count
    /// as pending from then on.
    public var blockedChanges: [FailedChange] { journal.blockedChanges }

    /// Changes that the server refused for good.
    public var failedChanges: [FailedChange] { journal.failedChanges }

    /// Uploads whose files were being written when an earlier run ended: they are sent when they are written or touched, or by `retry`.
    public var interruptedChanges: [FailedChange] { journal.interruptedChanges }

    /// Sends failed changes again, and interrupted files as they are; all where none is named. Their effects show again. Of a file that is
    /// empty, that could not be written whole, or that cannot be a message, there is nothing to be sent: it stays as it is.
    ///
    /// - Returns: those that are sent.
    /// - Throws: `noSuchChange`.
    @discardableResult
    public func retry(_ ids: [OperationID]) throws -> [OperationID] { try journal.retry(ids) }

    /// Deletions that are held until they are released or given up; their paths are those that the messages had.
    public var heldChanges: [FailedChange] { journal.heldChanges }

    /// How many deletions are held.
    public var heldCount: Int { journal.heldCount }

    /// Sends deletions that are held; all where none is named.
    ///
    /// - Throws: `noSuchChange`, `readOnly`.
    public func release(_ ids: [OperationID]) throws {
        try require(.delete)
        try journal.release(ids)
    }

    /// Gives failed changes up for good, uploads with their octets, and deletions that are held: their messages are shown again.
    ///
    /// - Throws: `noSuchChange`, `inUse` where a message has no place to be shown.
    public func discard(_ ids: [OperationID]) throws { try journal.discard(ids) }
}
