public import Fuse
public import MailViews

/// An account with its views: what is asked of an inode goes to whom it belongs, and `.views` is found in the root.
public final class ViewedFileSystem: FileSystem {
    private let account: any FileSystem
    private let views: ViewFileSystem
    private let listsViews: Bool

    /// The cookie behind `.views`, the last entry of the root.
    private static let lastCookie = Int64.max - 1
    private static let rootInode: Inode = 1

    /// - Parameter listsViews: whether the root's listing has `.views`. It is found by its name in any case.
    public init(_ account: any FileSystem, _ views: ViewFileSystem, listsViews: Bool) {
        self.account = account
        self.views = views
        self.listsViews = listsViews
    }

    private func owner(_ inode: Inode) -> any FileSystem { ViewFileSystem.isView(inode) ? views : account }

    private func isViews(_ parent: Inode, _ name: UnsafeRawBufferPointer) -> Bool {
        parent == Self.rootInode && name.elementsEqual(ViewFileSystem.name)
    }

    // MARK: - Where both come together

    public func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        isViews(parent, name) ? views.rootEntry() : owner(parent).lookup(parent, name, caller)
    }

    public func readdir(
        _ inode: Inode, _ handle: Handle, offset: Int64, capacity: Int, plus: Bool
    ) -> Answer<DirectoryBuffer> {
        guard inode == Self.rootInode, listsViews else {
            return owner(inode).readdir(inode, handle, offset: offset, capacity: capacity, plus: plus)
        }
        if offset == Self.lastCookie { return .now(DirectoryBuffer(capacity: capacity, plus: plus)) }
        let answer = account.readdir(inode, handle, offset: offset, capacity: capacity, plus: plus)
        if case .now(let buffer) = answer, buffer.isEmpty {
            _ = ViewFileSystem.name.withUnsafeBytes {
                buffer.append(name: $0, inode: ViewFileSystem.root, kind: .directory, nextOffset: Self.lastCookie)
            }
        }
        return answer
    }

    public func mknod(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64, _ caller: Caller
    ) -> Answer<Entry> {
        if isViews(parent, name) { return .failed(.exists) }
        return owner(parent).mknod(parent, name, mode: mode, device: device, caller)
    }

    public func mkdir(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, _ caller: Caller
    ) -> Answer<Entry> {
        isViews(parent, name) ? .failed(.exists) : owner(parent).mkdir(parent, name, mode: mode, caller)
    }

    public func symlink(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> {
        isViews(parent, name) ? .failed(.exists) : owner(parent).symlink(parent, name, target: target, caller)
    }

    public func link(
        _ inode: Inode, _ newParent: Inode, _ newName: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> {
        // A view may have files of the account.
        if ViewFileSystem.isView(inode), !ViewFileSystem.isView(newParent) { return .failed(.notPermitted) }
        return owner(newParent).link(inode, newParent, newName, caller)
    }

    public func unlink(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        isViews(parent, name) ? .failed(.isDirectory) : owner(parent).unlink(parent, name, caller)
    }

    public func rmdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        isViews(parent, name) ? .failed(.busy) : owner(parent).rmdir(parent, name, caller)
    }

    public func rename(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, _ newParent: Inode, _ newName: UnsafeRawBufferPointer,
        flags: UInt32, _ caller: Caller
    ) -> Answer<Void> {
        if isViews(parent, name) || isViews(newParent, newName) { return .failed(.busy) }
        // A message is no link, and a link no message. EXDEV would have programs copy: mv of a text would leave an upload.
        if ViewFileSystem.isView(parent) != ViewFileSystem.isView(newParent) { return .failed(.readOnlyFileSystem) }
        return owner(parent).rename(parent, name, newParent, newName, flags: flags, caller)
    }

    public func create(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, flags: Int32, _ caller: Caller
    ) -> Answer<CreateReply> {
        if isViews(parent, name) { return .failed(.isDirectory) }
        return owner(parent).create(parent, name, mode: mode, flags: flags, caller)
    }

    public func copyFileRange(
        _ source: Inode, _ sourceHandle: Handle, sourceOffset: Int64, _ target: Inode, _ targetHandle: Handle,
        targetOffset: Int64, count: Int, flags: Int32
    ) -> Answer<Int> {
        if ViewFileSystem.isView(source) || ViewFileSystem.isView(target) { return .failed(.notSupported) }
        return account.copyFileRange(
            source, sourceHandle, sourceOffset: sourceOffset, target, targetHandle, targetOffset: targetOffset,
            count: count, flags: flags)
    }

    public func statfs(_ inode: Inode) -> Answer<FileSystemStatistics> {
        account.statfs(ViewFileSystem.isView(inode) ? Self.rootInode : inode)
    }
}

// MARK: - What goes by the inode alone

extension ViewedFileSystem {
    public func initialized(_ capabilities: Capabilities) { account.initialized(capabilities) }
    public func forget(_ inode: Inode, _ count: UInt64) { owner(inode).forget(inode, count) }
    public func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes> {
        owner(inode).getattr(inode, handle)
    }
    public func setattr(
        _ inode: Inode, _ handle: Handle?, _ change: SetAttributes, _ caller: Caller
    ) -> Answer<TimedAttributes> { owner(inode).setattr(inode, handle, change, caller) }
    public func access(_ inode: Inode, mask: Int32, _ caller: Caller) -> Answer<Void> {
        owner(inode).access(inode, mask: mask, caller)
    }
    public func readlink(_ inode: Inode) -> Answer<[UInt8]> { owner(inode).readlink(inode) }
    public func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        owner(inode).open(inode, flags: flags, caller)
    }
    public func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        owner(inode).read(inode, handle, offset: offset, count: count)
    }
    public func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> { owner(inode).write(inode, handle, offset: offset, bytes, flags: flags) }
    public func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void> { owner(inode).flush(inode, handle) }
    public func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void> {
        owner(inode).release(inode, handle, flags: flags)
    }
    public func fsync(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> {
        owner(inode).fsync(inode, handle, dataOnly: dataOnly)
    }
    public func fallocate(_ inode: Inode, _ handle: Handle, mode: Int32, offset: Int64, length: Int64) -> Answer<Void> {
        owner(inode).fallocate(inode, handle, mode: mode, offset: offset, length: length)
    }
    public func lseek(_ inode: Inode, _ handle: Handle, offset: Int64, whence: Int32) -> Answer<Int64> {
        account.lseek(inode, handle, offset: offset, whence: whence)
    }
    public func opendir(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        owner(inode).opendir(inode, flags: flags, caller)
    }
    public func releasedir(_ inode: Inode, _ handle: Handle) -> Answer<Void> {
        owner(inode).releasedir(inode, handle)
    }
    public func fsyncdir(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> {
        owner(inode).fsyncdir(inode, handle, dataOnly: dataOnly)
    }
    public func getxattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<[UInt8]> {
        owner(inode).getxattr(inode, name, caller)
    }
    public func listxattr(_ inode: Inode) -> Answer<[[UInt8]]> { owner(inode).listxattr(inode) }
    public func setxattr(
        _ inode: Inode, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: Int32,
        _ caller: Caller
    ) -> Answer<Void> { owner(inode).setxattr(inode, name, value, flags: flags, caller) }
    public func removexattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        owner(inode).removexattr(inode, name, caller)
    }
}
