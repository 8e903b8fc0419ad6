public import Fuse
internal import Glibc
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import Synchronization

extension MailFileSystem {
    public func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        guard let id = InodeNumber(rawValue: inode).message else { return .failed(.isDirectory) }
        guard let (message, folder) = tree.withLock({ $0.message(id) }) else { return .failed(.stale) }
        guard flags & O_ACCMODE == O_RDONLY else { return .failed(.notPermitted) }
        readAhead(of: id, in: folder.id)
        if message.isCached, let body = try? service.cachedBody(id) { return .now(opened(body)) }
        return .later { [self] in
            do {
                return opened(try await service.body(of: message, in: folder.id))
            } catch {
                logger.info("\(folder.displayName) UID \(message.uid): \(error)")
                throw Errno(error)
            }
        }
    }

    public func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        guard let body = files.body(handle) else { return .failed(.badDescriptor) }
        let size = Int64(clamping: body.size)
        guard offset >= 0, offset < size else { return .now(.bytes([])) }
        return .now(
            .file(
                descriptor: body.descriptor, offset: offset, count: min(count, Int(clamping: size - offset)),
                keepAlive: body))
    }

    public func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void> {
        files.remove(handle)
        return .done
    }

    /// Everything that could be read is already where it will stay.
    public func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void> { .done }

    public func fsync(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> { .done }

    public func fsyncdir(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> { .done }

    private func opened(_ body: OpenBody) -> OpenReply {
        OpenReply(handle: files.insert(body), keepCache: true, noFlush: true)
    }

    private func readAhead(of id: MessageID, in folder: FolderID) {
        service.opened(id, in: folder) { [self] previous in
            tree.withLock { $0.distance(from: previous, to: id, in: folder) }
        } upcoming: { [self] after, octets in
            tree.withLock { $0.upcoming(after: after, octets: octets, in: folder) }
        }
    }
}
