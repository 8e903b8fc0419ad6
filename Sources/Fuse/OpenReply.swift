internal import CFuse3

/// An open file or directory.
public struct OpenReply: Sendable, Hashable {
    /// Given back with every call on the open file. Any value.
    public var handle: Handle
    /// Reads and writes go past the page cache, and a read may end before `st_size`.
    public var directIO: Bool
    /// Pages (of a directory: the listing) that an earlier open left in the cache stay valid.
    public var keepCache: Bool
    /// `close` sends no ``FileSystem/flush(_:_:)``.
    public var noFlush: Bool
    /// The kernel may keep the listing, for use by opens that set `keepCache`. Directories only.
    public var cacheDirectory: Bool
    /// `lseek` fails.
    public var nonSeekable: Bool

    public init(
        handle: Handle = 0, directIO: Bool = false, keepCache: Bool = false, noFlush: Bool = false,
        cacheDirectory: Bool = false, nonSeekable: Bool = false
    ) {
        self.handle = handle
        self.directIO = directIO
        self.keepCache = keepCache
        self.noFlush = noFlush
        self.cacheDirectory = cacheDirectory
        self.nonSeekable = nonSeekable
    }

    var information: fuse_file_info {
        var information = fuse_file_info()
        information.fh = handle
        information.direct_io = directIO ? 1 : 0
        information.keep_cache = keepCache ? 1 : 0
        information.noflush = noFlush ? 1 : 0
        information.cache_readdir = cacheDirectory ? 1 : 0
        information.nonseekable = nonSeekable ? 1 : 0
        return information
    }
}

/// A file made and opened in one step.
public struct CreateReply: Sendable, Hashable {
    public var entry: Entry
    public var open: OpenReply

    public init(entry: Entry, open: OpenReply) {
        self.entry = entry
        self.open = open
    }
}
