public import MailModel

/// A directory of the tree: one folder of the account, or the root.
struct Directory {
    let inode: InodeNumber
    var parent: InodeNumber
    var name: [UInt8]
    /// nil for the root.
    var folder: Folder?
    /// `FolderID.root` for the root.
    var id: FolderID { folder?.id ?? .root }
    var children: [[UInt8]: InodeNumber] = [:]
    /// Ascending; the order of the listing.
    var childOrder: [InodeNumber] = []
    var table = MessageTable()
    var listing: ListingState = .unloaded
    /// Somebody waits for the listing of this folder.
    var isAwaited = false
    /// All that a folder shows whose listing is awaited, from its first message on; nil where there were some before.
    var gathered: MessageTable?
    /// When the listing last changed, nanoseconds since 1970.
    var modified: Int64
    /// The last time that was told of the messages in it.
    var told: Int64

    init(inode: InodeNumber, parent: InodeNumber, name: [UInt8], folder: Folder?, modified: Int64) {
        self.inode = inode
        self.parent = parent
        self.name = name
        self.folder = folder
        self.modified = modified
        told = modified
    }

    /// The listing changes: its time is another one from here on.
    mutating func move(at moment: Int64) { modified = max(moment, modified == .max ? modified : modified + 1) }

    /// Takes in what changes of a listing that is not loaded.
    mutating func gather(_ changed: [MessageSummary], _ removed: [MessageID], isFirst: Bool) {
        guard isAwaited else { return }
        if isFirst { gathered = MessageTable() }
        for message in changed { gathered?.put(message) }
        if !removed.isEmpty { gathered?.remove(removed) }
    }
}

/// How much of a directory's messages is in memory.
public enum ListingState: Hashable, Sendable {
    /// Nothing: load it from the store, or list it first.
    case unloaded
    /// All that the store knows; what changes is applied as it happens.
    case loaded
}

/// What `stat` shows of a directory.
public struct DirectoryAttributes: Hashable, Sendable {
    public var inode: InodeNumber
    /// Its own entry, `.`, and one for each directory in it.
    public var linkCount: UInt32
    /// Nanoseconds since 1970.
    public var listingChanged: Int64

    public init(inode: InodeNumber, linkCount: UInt32, listingChanged: Int64) {
        self.inode = inode
        self.linkCount = linkCount
        self.listingChanged = max(listingChanged, 0)
    }

    /// Seconds since 1970.
    public var modified: Int64 { listingChanged / 1_000_000_000 }
    /// 0 ... 999,999,999, added to the seconds.
    public var modifiedNanoseconds: UInt32 { UInt32(listingChanged % 1_000_000_000) }
}

/// One name in the tree.
public enum Node: Hashable, Sendable {
    case directory(DirectoryAttributes)
    case message(MessageAttributes, in: FolderID)

    public var inode: InodeNumber {
        switch self {
        case .directory(let attributes): attributes.inode
        case .message(let attributes, _): InodeNumber(attributes.id)
        }
    }
}
