public import Fuse

// What is passed on without a record: looking, and what belongs to an open that was recorded.
extension AuditedFileSystem {
    public func initialized(_ capabilities: Capabilities) { files.initialized(capabilities) }
    public func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        files.lookup(parent, name, caller)
    }
    public func forget(_ inode: Inode, _ count: UInt64) { files.forget(inode, count) }
    public func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes> { files.getattr(inode, handle) }
    public func access(_ inode: Inode, mask: Int32, _ caller: Caller) -> Answer<Void> {
        files.access(inode, mask: mask, caller)
    }
    public func readlink(_ inode: Inode) -> Answer<[UInt8]> { files.readlink(inode) }
    public func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        files.read(inode, handle, offset: offset, count: count)
    }
    public func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> { files.write(inode, handle, offset: offset, bytes, flags: flags) }
    public func fsync(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> {
        files.fsync(inode, handle, dataOnly: dataOnly)
    }
    public func fallocate(_ inode: Inode, _ handle: Handle, mode: Int32, offset: Int64, length: Int64) -> Answer<Void> {
        files.fallocate(inode, handle, mode: mode, offset: offset, length: length)
    }
    public func lseek(_ inode: Inode, _ handle: Handle, offset: Int64, whence: Int32) -> Answer<Int64> {
        files.lseek(inode, handle, offset: offset, whence: whence)
    }
    public func opendir(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        files.opendir(inode, flags: flags, caller)
    }
    public func readdir(
        _ inode: Inode, _ handle: Handle, offset: Int64, capacity: Int, plus: Bool
    ) -> Answer<DirectoryBuffer> { files.readdir(inode, handle, offset: offset, capacity: capacity, plus: plus) }
    public func releasedir(_ inode: Inode, _ handle: Handle) -> Answer<Void> { files.releasedir(inode, handle) }
    public func fsyncdir(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> {
        files.fsyncdir(inode, handle, dataOnly: dataOnly)
    }
    public func statfs(_ inode: Inode) -> Answer<FileSystemStatistics> { files.statfs(inode) }
    public func getxattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<[UInt8]> {
        files.getxattr(inode, name, caller)
    }
    public func listxattr(_ inode: Inode) -> Answer<[[UInt8]]> { files.listxattr(inode) }
}
