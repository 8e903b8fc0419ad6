internal import CFuse3
internal import Glibc

/// What `stat` shows of a file.
public struct Attributes: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case directory
        case regularFile
        case symbolicLink

        /// The file type bits of `st_mode`.
        var mode: UInt32 {
            switch self {
            case .directory: S_IFDIR
            case .regularFile: S_IFREG
            case .symbolicLink: S_IFLNK
            }
        }
    }

    public var inode: Inode
    public var kind: Kind
    /// The lowest twelve bits count.
    public var permissions: UInt16
    public var linkCount: UInt32
    public var uid: UInt32
    public var gid: UInt32
    /// Bytes. Above `Int64.max` it is shown as that.
    public var size: UInt64
    /// Seconds since 1970; before it negative.
    public var accessed: Int64
    public var modified: Int64
    public var changed: Int64
    /// 0 ... 999,999,999, added to the seconds.
    public var accessedNanoseconds: UInt32
    public var modifiedNanoseconds: UInt32
    public var changedNanoseconds: UInt32

    public init(
        inode: Inode, kind: Kind, permissions: UInt16, linkCount: UInt32 = 1, uid: UInt32, gid: UInt32,
        size: UInt64 = 0, accessed: Int64 = 0, modified: Int64 = 0, changed: Int64 = 0,
        accessedNanoseconds: UInt32 = 0, modifiedNanoseconds: UInt32 = 0, changedNanoseconds: UInt32 = 0
    ) {
        self.inode = inode
        self.kind = kind
        self.permissions = permissions
        self.linkCount = linkCount
        self.uid = uid
        self.gid = gid
        self.size = size
        self.accessed = accessed
        self.modified = modified
        self.changed = changed
        self.accessedNanoseconds = accessedNanoseconds
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedNanoseconds = changedNanoseconds
    }

    /// `st_blocks`: units of 512 bytes, rounded up.
    public var blocks: UInt64 { size / 512 &+ (size % 512 == 0 ? 0 : 1) }

    /// `st_mode`.
    var mode: UInt32 { kind.mode | UInt32(permissions & 0o7777) }

    var stat: stat {
        var stat = Glibc.stat()
        stat.st_ino = UInt(inode)
        stat.st_mode = mode
        stat.st_nlink = UInt(linkCount)
        stat.st_uid = uid
        stat.st_gid = gid
        stat.st_size = Int(clamping: size)
        stat.st_blocks = Int(clamping: blocks)
        stat.st_blksize = 4096
        stat.st_atim = timespec(tv_sec: Int(accessed), tv_nsec: Int(accessedNanoseconds))
        stat.st_mtim = timespec(tv_sec: Int(modified), tv_nsec: Int(modifiedNanoseconds))
        stat.st_ctim = timespec(tv_sec: Int(changed), tv_nsec: Int(changedNanoseconds))
        return stat
    }
}

/// Attributes and how long the kernel may believe them without asking.
public struct TimedAttributes: Sendable, Hashable {
    public var attributes: Attributes
    /// Seconds; 0: ask each time.
    public var timeout: Double

    public init(_ attributes: Attributes, timeout: Double) {
        self.attributes = attributes
        self.timeout = timeout
    }
}
