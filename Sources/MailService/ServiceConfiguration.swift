public import IMAPClient
public import MailModel
public import MailStore
public import MailSync

/// All that one mounted account needs to know.
public struct ServiceConfiguration: Sendable {
    public var client: ClientConfiguration
    /// `user@host:port`: what the cache and state directories belong to.
    public var account: String
    public var cache: String
    public var state: String
    public var limits: StoreLimits
    /// Most connections at once, the watching one counted; at least 1.
    public var connections: Int
    /// Which folders to show, by the name as shown; empty means all. IMAP wildcards (RFC 3501 section 6.3.8).
    public var folders: [FolderPattern]
    public var excluded: [FolderPattern]
    public var naming: any MessageNaming
    /// How often the server is asked where it does not say by itself.
    public var polling = Polling()
    /// Octets of a message above which its parts are fetched alone.
    public var largeMessage: UInt64 = 4 << 20
    /// Bounds on one step of synchronisation.
    public var synchronisation = SyncLimits()
    /// Nothing is ever changed on the server: folders are opened with EXAMINE only.
    public var isReadOnly = false
    /// What else is never done.
    public var allowed = ChangeKinds.all
    public var deletion = DeletionPolicy.expunge
    /// What is deleted at once, and what is held until somebody releases it.
    public var deletionLimit = DeletionLimit.Rule.standard
    /// Octets of messages that are fetched in a day at most; nil: as many as are wanted.
    public var downloadLimit: UInt64?
    /// How long a deleted message can be brought back, in seconds.
    public var expungeAfter: Int64 = 600
    /// A directory that all mounts of the user share, made where it is missing: it tells which state directories have uploads that are not on
    /// the disk yet. nil: nobody is told.
    public var sharedMarks: String?
    /// The place in the tree of each folder of a list, given the places that folders have already, by raw name.
    public var paths: @Sendable (_ listed: [ListedFolder], _ given: [[UInt8]: [[UInt8]]]) -> [[[UInt8]]]

    /// Not all folders are to be shown.
    var showsSome: Bool { !folders.isEmpty || !excluded.isEmpty }

    /// Whether the user wants to see a folder.
    ///
    /// - Parameter path: in the tree, with slashes.
    func shows(_ path: String) -> Bool {
        (folders.isEmpty || folders.contains { $0.matches(path) }) && !excluded.contains { $0.matches(path) }
    }

    public init(
        client: ClientConfiguration, account: String, cache: String, state: String, limits: StoreLimits,
        connections: Int, folders: [FolderPattern], excluded: [FolderPattern], naming: any MessageNaming,
        paths: @escaping @Sendable (_ listed: [ListedFolder], _ given: [[UInt8]: [[UInt8]]]) -> [[[UInt8]]]
    ) {
        self.client = client
        self.account = account
        self.cache = cache
        self.state = state
        self.limits = limits
        self.connections = Swift.max(1, connections)
        self.folders = folders
        self.excluded = excluded
        self.naming = naming
        self.paths = paths
    }
}

/// The pauses between two looks at all folders.
public struct Polling: Hashable, Sendable {
    /// Where some folders are not watched.
    public var unwatched: Duration
    /// Where the server pushes news of every folder: a safety net.
    public var watched: Duration

    public init(unwatched: Duration = .seconds(30), watched: Duration = .seconds(600)) {
        self.unwatched = unwatched
        self.watched = watched
    }
}

/// What becomes of a message that is deleted in the mount.
public enum DeletionPolicy: String, Hashable, Sendable, CaseIterable {
    /// It is flagged `\Deleted`, and expunged by its UID when the time to bring it back is over.
    case expunge
    /// It is moved to the folder for deleted mail; what is deleted there is expunged.
    case trash
    /// It is flagged `\Deleted` and stays on the server.
    case mark
}
