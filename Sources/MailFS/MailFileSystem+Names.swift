public import Fuse
internal import MailModel
internal import MailService
internal import MailTree
internal import Synchronization

extension MailFileSystem {
    public func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        let found = tree.withLock { $0.lookup(InodeNumber(rawValue: parent), name) }
        if let found { return .now(entry(found)) }
        // Only messages end like this; a probe for anything else need not wait for a listing.
        guard name.count > 4, name.suffix(4).elementsEqual(".eml".utf8), let folder = unloaded(parent) else {
            return .failed(.notFound)
        }
        let copy = [UInt8](name)
        return .later { [self] in
            try await load(folder)
            let found = tree.withLock { tree in
                copy.withUnsafeBytes { tree.lookup(InodeNumber(rawValue: parent), $0) }
            }
            guard let found else { throw Errno.notFound }
            return entry(found)
        }
    }

    /// Inodes are permanent and held by nobody: there is nothing to forget.
    public func forget(_ inode: Inode, _ count: UInt64) {}

    public func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes> {
        let found = tree.withLock { $0.node(InodeNumber(rawValue: inode)) }
        return found.map { .now(attributes($0)) } ?? .failed(.stale)
    }

    public func access(_ inode: Inode, mask: Int32, _ caller: Caller) -> Answer<Void> {
        tree.withLock { $0.node(InodeNumber(rawValue: inode)) } == nil ? .failed(.stale) : .done
    }

    public func opendir(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        let reply = OpenReply(keepCache: true, cacheDirectory: true)
        let number = InodeNumber(rawValue: inode)
        guard tree.withLock({ $0.isDirectory(number) }) else { return .failed(.stale) }
        if let folder = number.folder { service.used(folder) }
        guard let folder = unloaded(inode) else { return .now(reply) }
        return .later { [self] in
            try await load(folder)
            return reply
        }
    }

    public func releasedir(_ inode: Inode, _ handle: Handle) -> Answer<Void> { .done }

    public func readdir(
        _ inode: Inode, _ handle: Handle, offset: Int64, capacity: Int, plus: Bool
    ) -> Answer<DirectoryBuffer> {
        let buffer = DirectoryBuffer(capacity: capacity, plus: plus)
        let number = InodeNumber(rawValue: inode)
        tree.withLock { tree in
            tree.entries(of: number, after: UInt64(clamping: offset)) { name, node, cookie in
                if cookie <= 2 {
                    return buffer.append(
                        name: name, inode: node.inode.rawValue, kind: .directory, nextOffset: Int64(clamping: cookie))
                }
                return buffer.append(name: name, entry: entry(node), nextOffset: Int64(clamping: cookie))
            }
        }
        return .now(buffer)
    }

    public func statfs(_ inode: Inode) -> Answer<FileSystemStatistics> {
        let blockSize: UInt64 = 4096
        // Without QUOTA: large and free, so that nobody refuses to copy.
        let quota = service.quota ?? Quota(used: 0, limit: 1 << 50)
        let blocks = quota.limit / blockSize
        let free = (quota.limit > quota.used ? quota.limit - quota.used : 0) / blockSize
        return .now(
            FileSystemStatistics(
                blockSize: UInt32(blockSize), blocks: blocks, free: free, available: free, files: 1 << 32,
                filesFree: 1 << 31, nameLimit: 255))
    }
}
