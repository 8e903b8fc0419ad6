internal import Fuse
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

extension MailFileSystem {
    /// A read of a file that was opened without asking: the first one of a body that is not here fetches it.
    func readUnasked(_ inode: Inode, offset: Int64, count: Int) -> Answer<ReadReply> {
        guard let id = InodeNumber(rawValue: inode).message else { return .failed(.isDirectory) }
        if let written = files.written(id) {
            return .now(part(of: written, offset, count))
        }
        guard let (message, home, folder) = tree.withLock({ $0.message(id) }) else {
            return readGone(id, offset, count)
        }
        // After the size was looked up: who finds the new one in the tree finds this too.
        if memory.isMisjudged(id) { return .failed(.ioError) }
        guard message.standing == .settled else {
            guard let body = try? service.cachedBody(id) else { return fetch(message, home, folder, offset, count) }
            return .now(part(of: body, offset, count))
        }
        if offset == 0 { readAhead(of: id, in: home) }
        if let body = memory.body(of: id) { return .now(part(of: body, offset, count)) }
        if message.isCached, let body = try? service.cachedBody(id), body.size <= message.size {
            memory.keep(body, of: id)
            return .now(part(of: body, offset, count))
        }
        if let error = memory.recentFailure(of: id, at: service.elapsed) { return .failed(error) }
        return fetch(message, home, folder, offset, count)
    }

    private func fetch(
        _ message: MessageSummary, _ home: FolderID, _ folder: Folder?, _ offset: Int64, _ count: Int
    ) -> Answer<ReadReply> {
        .later { [self] in
            do {
                let body = try await service.body(of: message, in: home)
                if body.size > message.size {
                    // Whoever reads goes by the size that was claimed, and would miss the end.
                    outgrow(message, body)
                    throw Errno.ioError
                }
                if message.standing == .settled { memory.keep(body, of: message.id) }
                return part(of: body, offset, count)
            } catch let error as Errno {
                throw error
            } catch {
                logger.info("\(folder?.displayName ?? "") UID \(message.uid?.description ?? "none"): \(error)")
                let error = Errno(reading: error)
                // Without a connection the answer is there at once, and another one as soon as there is one.
                if error != .interrupted, error != .hostUnreachable {
                    memory.failed(message.id, with: error, at: service.elapsed)
                }
                throw error
            }
        }
    }

    /// A body is longer than the kernel was told.
    private func outgrow(_ message: MessageSummary, _ body: OpenBody) {
        logger.warning("message \(message.id.rawValue) has \(body.size) octets, \(message.size) were claimed")
        let inode = InodeNumber(message.id)
        let known = tree.withLock { $0.node(inode) }
        if case .message(let attributes, _) = known, attributes.size < body.size {
            // There was no room to keep it, so nobody else has noted it.
            service.noteWrongSizeClaim()
        } else {
            memory.misjudge(message.id)
        }
        announce([.content(inode)])
    }

    /// The message is gone; who has it open reads on as long as its body is kept.
    private func readGone(_ id: MessageID, _ offset: Int64, _ count: Int) -> Answer<ReadReply> {
        if let body = memory.body(of: id) { return .now(part(of: body, offset, count)) }
        guard let body = try? service.keptBody(id) else { return .failed(.stale) }
        memory.keep(body, of: id)
        return .now(part(of: body, offset, count))
    }

    /// What a commit is about to change in the tree of files that the kernel may have open; the tree is locked.
    func noteForReaders(_ batch: AppliedBatch, _ tree: MailTree) {
        let access = access
        for message in batch.updated {
            guard case .message(let old, _) = tree.node(InodeNumber(message.id)), old.standing == .settled,
                message.standing == .settled, access.isMisled(by: old.size, where: message.size)
            else { continue }
            memory.misjudge(message.id)
        }
        access.departed(batch, tree)
    }

    /// Files whose names go, of which somebody may ask who has them open.
    func remember(_ batch: AppliedBatch, _ tree: MailTree) {
        for id in batch.removed.suffix(ReaderMemory.departedLimit) {
            guard let node = tree.node(InodeNumber(id)), case .message(_, let home) = node, home == batch.folder else {
                continue
            }
            memory.depart(id, attributes(node).attributes)
        }
    }
}
