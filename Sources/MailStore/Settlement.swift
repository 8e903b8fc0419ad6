public import IMAPValue
public import MailModel

/// What the server made of one operation, to be stored together with its end.
public struct Settlement: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// A `move` is done. The message is in the target folder, with this UID in this epoch; nil: the UID is not known, the
        /// message is known again by its identity when the folder is listed next. So it is where the epoch is not the present one of
        /// the folder. A message that its old folder's listing has lost already comes back as what the target's listing found
        /// under the UID.
        case moved(UIDValidity, UID?)
        /// The first half of a `move` without MOVE: the target has a copy, the source still has the original. The message goes
        /// to the target with its body; the original gets an id of its own, without a body, and keeps the name where nothing else
        /// wants it. The operation keeps its id and becomes the `delete` of the original, waiting; when that is settled, the due time of
        /// the `expunge` is said there. Where the original is gone, as `moved`.
        case movedByCopy(UIDValidity, UID?)
        /// A `copy` is done (`takenTo` as in `appended`): as `moved`, for a new message with all that is known of its source. Where the source is gone and no
        /// listing has found the copy, nothing is known of it until one does. The local file goes.
        case copied(UIDValidity, UID?, takenTo: FolderID? = nil)
        /// An `append` is done. The metadata is what the server, or else the spool file, says of the message (its UID does not
        /// count). The spool file becomes the cached body where `body` says that the server has these bytes, and is removed otherwise;
        /// where the cache has no room for it as well. The local file goes. Where another client has taken it elsewhere meanwhile, UID
        /// and epoch are of the folder `takenTo`.
        case appended(UIDValidity, UID?, MessageMetadata, body: Bool, takenTo: FolderID? = nil)
        /// `flags` is done; the flags are those that the server answered, or what the change makes of the known ones.
        case flagged(Flags)
        /// `labels` is done; as `flagged`.
        case labelled(Labels)
        /// `delete` is done: `\Deleted` is stored, and the operation becomes an `expunge` with this time, waiting, with the same id.
        /// Where the message is gone the operation ends.
        case deleted(expungeDue: Int64?)
        /// `expunge` is done, or what a `move`, `flags`, `labels`, `delete` or `expunge` meant is gone: the message leaves the index.
        case expunged
        /// A `createFolder`, `deleteFolder` or `renameFolder` is done; for a rename the folder and all below it have their new names
        /// and paths.
        case folder
    }

    public var operation: OperationID
    public var outcome: Outcome

    public init(_ operation: OperationID, _ outcome: Outcome) {
        self.operation = operation
        self.outcome = outcome
    }
}

/// What settling changed.
public struct SettledChanges: Sendable {
    /// What the folders' listings show now, as the server has it: one for each folder touched, none for removed ones.
    public var batches: [AppliedBatch] = []
    /// Operations that are in the journal otherwise than before: the `expunge` that a `delete` became, the `delete` that a move by copy
    /// became, those whose `after` is done, and those of a message that got another id.
    public var followers: [Operation] = []
    /// Folders with new names, paths or attributes.
    public var folders: [Folder] = []
    public var removedFolders: [FolderID] = []

    public init() {}
}
