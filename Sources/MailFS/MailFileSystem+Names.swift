public import Fuse
internal import Glibc
internal import MailModel
internal import MailService
internal import MailTree
internal import Synchronization

extension MailFileSystem {
    public func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        let found = tree.withLock { $0.lookup(InodeNumber(rawValue: parent), name) }
        if let found { return .now(entry(found)) }
        guard name.count <= Self.nameLimit else { return .failed(.nameTooLong) }
        // A probe for what no file here is called need not wait for a listing.
        let kind = FileKind(name: name)
        guard kind == .message || kind == .scratch, let folder = unloaded(parent) else { return .failed(.notFound) }
        let copy = [UInt8](name)
        return .later { [self] in
            do {
                try await load(folder)
            } catch  where kind == .scratch {
                // Where no listing was ever had, no such file was made either.
                throw Errno.notFound
            }
            guard let found = find(InodeNumber(rawValue: parent), copy) else { throw Errno.notFound }
            return entry(found)
        }
    }

    /// Octets of a name.
    static let nameLimit = 255

    func find(_ parent: InodeNumber, _ name: [UInt8]) -> Node? {
        tree.withLock { tree in name.withUnsafeBytes { tree.lookup(parent, $0) } }
    }

    /// Inodes are permanent and held by nobody.
    public func forget(_ inode: Inode, _ count: UInt64) {
        if let id = InodeNumber(rawValue: inode).message { access.forgotten(id) }
    }

    public func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes> {
        let number = InodeNumber(rawValue: inode)
        // The call that closes a file is answered before the one that releases it is: its size is known only then.
        if let id = number.message, let written = files.written(id) { written.work.withLock { _ in } }
        let found = tree.withLock { $0.node(number) }
        return (found.map(told) ?? nameless(inode)).map { .now($0) } ?? .failed(.stale)
    }

    public func access(_ inode: Inode, mask: Int32, _ caller: Caller) -> Answer<Void> {
        guard let node = tree.withLock({ $0.node(InodeNumber(rawValue: inode)) }) else {
            return nameless(inode) == nil ? .failed(.stale) : .done
        }
        if mask & W_OK != 0, isReadOnly { return .failed(.readOnlyFileSystem) }
        if mask & X_OK != 0, case .message = node { return .failed(.accessDenied) }
        return .done
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
        // Without QUOTA: large and free, so that nobody refuses to copy; not so large that it looks like a mistake.
        let quota = service.quota ?? Quota(used: 0, limit: 1 << 40)
        let blocks = quota.limit / blockSize
        let free = (quota.limit > quota.used ? quota.limit - quota.used : 0) / blockSize
        return .now(
            FileSystemStatistics(
                blockSize: UInt32(blockSize), blocks: blocks, free: free, available: free,
                // No bound on their number, as file systems say that make inodes as they need them.
                files: 0, filesFree: 0, nameLimit: UInt32(Self.nameLimit)))
    }
}
