/// A file system as the kernel asks for it: one handler for each operation of the low-level protocol.
///
/// Handlers run on the session's threads, several at a time, and must not wait for anybody: what is in memory, or one
/// commit to the disk, is answered `.now`, what waits for something is answered `.later`. Names and values given as pointers are without NUL and valid until
/// the handler returns. The kernel repeats calls by path after ESTALE and may repeat others: handlers are idempotent
/// where they can be. Nothing here may wait for a notification or touch the own mount.
///
/// A handler that is not implemented answers ENOSYS. For several operations the kernel takes that as "never ask again".
public protocol FileSystem: Sendable {
    /// The connection is up; no request came before this.
    func initialized(_ capabilities: Capabilities)

    func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry>
    /// The kernel gives back `count` lookups. Also called when a reply that carried a lookup did not reach it.
    /// At the end of the session nothing is forgotten one by one.
    func forget(_ inode: Inode, _ count: UInt64)
    /// - Parameter handle: nil when the call came by path.
    func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes>
    func setattr(
        _ inode: Inode, _ handle: Handle?, _ change: SetAttributes, _ caller: Caller
    ) -> Answer<TimedAttributes>
    /// - Parameter mask: R_OK, W_OK, X_OK. Not asked with `default_permissions`.
    func access(_ inode: Inode, mask: Int32, _ caller: Caller) -> Answer<Void>
    func readlink(_ inode: Inode) -> Answer<[UInt8]>

    /// - Parameter mode: file type and permissions, the umask already applied.
    func mknod(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64, _ caller: Caller
    ) -> Answer<Entry>
    func mkdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, _ caller: Caller) -> Answer<Entry>
    func symlink(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry>
    func link(
        _ inode: Inode, _ newParent: Inode, _ newName: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry>
    func unlink(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void>
    func rmdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void>
    /// - Parameter flags: RENAME_NOREPLACE, RENAME_EXCHANGE. Those that are not known: EINVAL.
    func rename(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, _ newParent: Inode, _ newName: UnsafeRawBufferPointer,
        flags: UInt32, _ caller: Caller
    ) -> Answer<Void>

    /// - Parameter flags: of open(2), without O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC (a truncation comes as
    ///   ``setattr(_:_:_:_:)``).
    func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply>
    func create(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, flags: Int32, _ caller: Caller
    ) -> Answer<CreateReply>
    /// - Parameter handle: 0 where the kernel opened without asking.
    func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply>
    /// - Parameters:
    ///   - handle: 0 where the kernel opened without asking.
    ///   - flags: of the descriptor that is written through: `O_SYNC` and `O_DSYNC` among them.
    /// - Returns: bytes written.
    func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int>
    /// One for each `close` of a descriptor: none, one or several for each open.
    func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void>
    /// Exactly one for each open that was answered with success, also where the answer did not arrive. Nobody sees its
    /// error.
    func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void>
    func fsync(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void>
    func fallocate(_ inode: Inode, _ handle: Handle, mode: Int32, offset: Int64, length: Int64) -> Answer<Void>
    /// SEEK_DATA and SEEK_HOLE only.
    func lseek(_ inode: Inode, _ handle: Handle, offset: Int64, whence: Int32) -> Answer<Int64>
    /// - Returns: bytes copied. EOPNOTSUPP makes the caller copy by reading and writing; ENOSYS would do so for ever.
    func copyFileRange(
        _ source: Inode, _ sourceHandle: Handle, sourceOffset: Int64, _ target: Inode, _ targetHandle: Handle,
        targetOffset: Int64, count: Int, flags: Int32
    ) -> Answer<Int>

    func opendir(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply>
    /// A part of a listing; an empty one is its end.
    /// - Parameters:
    ///   - offset: 0, or the `nextOffset` of some entry that was sent.
    ///   - capacity: bytes; goes to ``DirectoryBuffer`` together with `plus`.
    func readdir(_ inode: Inode, _ handle: Handle, offset: Int64, capacity: Int, plus: Bool) -> Answer<DirectoryBuffer>
    /// As ``release(_:_:flags:)``.
    func releasedir(_ inode: Inode, _ handle: Handle) -> Answer<Void>
    func fsyncdir(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void>

    func statfs(_ inode: Inode) -> Answer<FileSystemStatistics>

    /// The whole value. Sizes (a size of zero asks for the length, ERANGE) are kept by the layer below.
    func getxattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<[UInt8]>
    /// The names, without NUL.
    func listxattr(_ inode: Inode) -> Answer<[[UInt8]]>
    /// - Parameter flags: XATTR_CREATE, XATTR_REPLACE.
    func setxattr(
        _ inode: Inode, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: Int32,
        _ caller: Caller
    ) -> Answer<Void>
    func removexattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void>
}
