public import MailModel

/// A change that is to be written into the journal.
public struct NewOperation: Hashable, Sendable {
    public var change: Change
    public var after: After?
    /// It is not sent before `release`.
    public var needsRelease: Bool

    /// What has to be done before it.
    public enum After: Hashable, Sendable {
        case operation(OperationID)
        /// The one at this index of the same call, which stands before it.
        case earlier(Int)
    }

    public init(_ change: Change, after: After? = nil, needsRelease: Bool = false) {
        self.change = change
        self.after = after
        self.needsRelease = needsRelease
    }
}

/// What one call of a program changes in the journal: all of it survives a crash, or nothing.
public struct JournalEntry: Sendable {
    /// What an operation asks for that waits or failed (its target, name, flags, upload).
    public struct Amendment: Sendable {
        public var operation: OperationID
        public var change: Change
        /// Whether it is not sent before `release`, whatever was said of it before.
        public var needsRelease: Bool

        public init(_ operation: OperationID, _ change: Change, needsRelease: Bool = false) {
            self.operation = operation
            self.change = change
            self.needsRelease = needsRelease
        }
    }

    /// A name for a message of the index.
    public struct Naming: Sendable {
        public var message: MessageID
        public var name: [UInt8]

        public init(_ message: MessageID, _ name: [UInt8]) {
            self.message = message
            self.name = name
        }
    }

    /// A message on the server that gets an id of its own, and a name made from its old one that nobody has, so that the old id is free for
    /// a new version of it. Its body, header, flags and operations go along.
    public struct Detachment: Sendable {
        public var message: MessageID
        /// As `newMessageID` has given it.
        public var id: MessageID

        public init(_ message: MessageID, as id: MessageID) {
            self.message = message
            self.id = id
        }
    }

    /// Before anything else of the entry.
    public var detached: Detachment?
    public var amended: [Amendment]
    public var recorded: [NewOperation]
    /// Given when all that the entry removes, and what an operation of it deletes, has given its name up.
    public var naming: Naming?
    /// Operations that leave the journal without any effect. What came after one of them still names it. The body of a copy that is not
    /// made leaves the cache in time.
    public var removed: [OperationID]
    /// Local files, new or changed.
    public var files: [LocalFile]
    /// Local files that go, with their octets.
    public var removedFiles: [MessageID]
    /// Local files that go, and whose octets are kept for some time.
    public var setAside: [DeletedFile]

    public init(
        detached: Detachment? = nil, amended: [Amendment] = [], recorded: [NewOperation] = [], naming: Naming? = nil,
        removed: [OperationID] = [],
        files: [LocalFile] = [], removedFiles: [MessageID] = [], setAside: [DeletedFile] = []
    ) {
        self.detached = detached
        self.amended = amended
        self.recorded = recorded
        self.naming = naming
        self.removed = removed
        self.files = files
        self.removedFiles = removedFiles
        self.setAside = setAside
    }

    public var isEmpty: Bool {
        detached == nil && amended.isEmpty && recorded.isEmpty && naming == nil && removed.isEmpty && files.isEmpty
            && removedFiles.isEmpty && setAside.isEmpty
    }

    /// What became of an entry.
    public struct Written: Sendable {
        /// As they are now, with those of a message that got another id.
        public var amended: [Operation] = []
        /// In the order of the entry.
        public var recorded: [Operation] = []
        /// What the listings show of the name and of the id.
        public var batches: [AppliedBatch] = []
    }
}
