/// What a file system answers where it implements nothing.
extension FileSystem {
    public func initialized(_ capabilities: Capabilities) {}
    public func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        .failed(.noSystemCall)
    }
    public func forget(_ inode: Inode, _ count: UInt64) {}
    public func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes> { .failed(.noSystemCall) }
    public func setattr(_ inode: Inode, _ handle: Handle?, _ change: SetAttributes, _ caller: Caller) -> Answer<
        TimedAttributes
    > { .failed(.noSystemCall) }
    public func access(_ inode: Inode, mask: Int32, _ caller: Caller) -> Answer<Void> { .failed(.noSystemCall) }
    public func readlink(_ inode: Inode) -> Answer<[UInt8]> { .failed(.noSystemCall) }
    public func mknod(_ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64, _ caller: Caller)
        -> Answer<Entry>
    { .failed(.noSystemCall) }
    public func mkdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, _ caller: Caller) -> Answer<Entry>
    { .failed(.noSystemCall) }
    public func symlink(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> { .failed(.noSystemCall) }
    public func link(_ inode: Inode, _ newParent: Inode, _ newName: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<
        Entry
    > { .failed(.noSystemCall) }
    public func unlink(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        .failed(.noSystemCall)
    }
    public func rmdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        .failed(.noSystemCall)
    }
    public func rename(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, _ newParent: Inode, _ newName: UnsafeRawBufferPointer,
        flags: UInt32, _ caller: Caller
    ) -> Answer<Void> { .failed(.noSystemCall) }
    public func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> { .failed(.noSystemCall) }
    public func create(_ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, flags: Int32, _ caller: Caller)
        -> Answer<CreateReply>
    { .failed(.noSystemCall) }
    public func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        .failed(.noSystemCall)
    }
    public func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> { .failed(.noSystemCall) }
    public func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void> { .failed(.noSystemCall) }
    public func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void> { .done }
    public func fsync(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> { .failed(.noSystemCall) }
    public func fallocate(_ inode: Inode, _ handle: Handle, mode: Int32, offset: Int64, length: Int64) -> Answer<Void> {
        .failed(.noSystemCall)
    }
    public func lseek(_ inode: Inode, _ handle: Handle, offset: Int64, whence: Int32) -> Answer<Int64> {
        .failed(.noSystemCall)
    }
    public func copyFileRange(
        _ source: Inode, _ sourceHandle: Handle, sourceOffset: Int64, _ target: Inode, _ targetHandle: Handle,
        targetOffset: Int64, count: Int, flags: Int32
    ) -> Answer<Int> { .failed(.noSystemCall) }
    public func opendir(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> { .failed(.noSystemCall) }
    public func readdir(_ inode: Inode, _ handle: Handle, offset: Int64, capacity: Int, plus: Bool) -> Answer<
        DirectoryBuffer
    > { .failed(.noSystemCall) }
    public func releasedir(_ inode: Inode, _ handle: Handle) -> Answer<Void> { .done }
    public func fsyncdir(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> { .failed(.noSystemCall) }
    public func statfs(_ inode: Inode) -> Answer<FileSystemStatistics> { .now(FileSystemStatistics()) }
    public func getxattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<[UInt8]> {
        .failed(.noSystemCall)
    }
    public func listxattr(_ inode: Inode) -> Answer<[[UInt8]]> { .failed(.noSystemCall) }
    public func setxattr(
        _ inode: Inode, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: Int32, _ caller: Caller
    ) -> Answer<Void> { .failed(.noSystemCall) }
    public func removexattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        .failed(.noSystemCall)
    }
}
