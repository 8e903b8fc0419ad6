internal import CFuse3
internal import Glibc

/// What `statfs` shows.
public struct FileSystemStatistics: Sendable, Hashable {
    /// Bytes of a block; `blocks`, `free` and `available` count in it.
    public var blockSize: UInt32
    public var blocks: UInt64
    public var free: UInt64
    /// Free for ordinary users.
    public var available: UInt64
    public var files: UInt64
    public var filesFree: UInt64
    /// Longest name in bytes.
    public var nameLimit: UInt32

    public init(
        blockSize: UInt32 = 4096, blocks: UInt64 = 0, free: UInt64 = 0, available: UInt64? = nil, files: UInt64 = 0,
        filesFree: UInt64 = 0, nameLimit: UInt32 = 255
    ) {
        self.blockSize = blockSize
        self.blocks = blocks
        self.free = free
        self.available = available ?? free
        self.files = files
        self.filesFree = filesFree
        self.nameLimit = nameLimit
    }

    var statvfs: statvfs {
        var result = Glibc.statvfs()
        result.f_bsize = UInt(blockSize)
        result.f_frsize = UInt(blockSize)
        result.f_blocks = UInt(blocks)
        result.f_bfree = UInt(free)
        result.f_bavail = UInt(available)
        result.f_files = UInt(files)
        result.f_ffree = UInt(filesFree)
        result.f_favail = UInt(filesFree)
        result.f_namemax = UInt(nameLimit)
        return result
    }
}
