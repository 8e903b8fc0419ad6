public import Fuse
internal import Glibc
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

extension MailFileSystem {
    public func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        guard let id = InodeNumber(rawValue: inode).message else { return .failed(.isDirectory) }
        return access.open(id, flags: flags, caller)
    }

    /// The open of a file that the kernel asked for.
    func openAsked(_ id: MessageID, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        guard let (message, home, folder) = tree.withLock({ $0.message(id) }) else { return .failed(.stale) }
        let isWriting = flags & O_ACCMODE != O_RDONLY
        if isWriting, isReadOnly { return .failed(.readOnlyFileSystem) }
        do {
            if let written = try localFile(id, message, forWriting: isWriting) {
                return .now(opened(written, flags: flags))
            }
            // What is written to a draft becomes a new one; until then it is the message.
            guard !isWriting || isDraft(message, in: folder) else { return .failed(.notPermitted) }
            if let written = try localFile(id, message, forWriting: false) {
                return .now(opened(written, flags: flags))
            }
        } catch {
            return .failed(Errno(reading: error))
        }
        readAhead(of: id, in: home)
        if message.isCached, let body = try? service.cachedBody(id) {
            tryOut(message, InodeNumber(id).rawValue, caller)
            return Answer.of { .now(try opened(body, message, flags)) }
        }
        return .later { [self] in
            do {
                return try opened(try await service.body(of: message, in: home), message, flags)
            } catch {
                logger.info("\(folder?.displayName ?? "") UID \(message.uid?.description ?? "none"): \(error)")
                throw Errno(reading: error)
            }
        }
    }

    /// The local file of this id, open; nil where it is a message, or, for writing, one for good.
    func localFile(_ id: MessageID, _ message: MessageSummary, forWriting: Bool) throws -> WrittenFile? {
        // Before it is looked up: nothing is made of it from then on.
        let isLate = forWriting ? try service.takeUpLate(id) : false
        if let written = files.written(id) {
            if isLate { written.work.withLock { _ = $0.happened(.touched) } }
            return forWriting && written.isMessage ? nil : written
        }
        guard message.standing != .settled, let local = service.localFile(id) else { return nil }
        if forWriting, local.purpose == .upload { return nil }
        do {
            let written = try files.written(id) {
                WrittenFile(
                    id: id, file: try spoolFile(of: id),
                    stage: FileStage(atRest: local.purpose))
            }
            if isLate { written.work.withLock { _ = $0.happened(.touched) } }
            return written
        } catch let error as Errno where error == .notFound && !forWriting {
            // The server has had it since: it is a message like any other.
            return nil
        }
    }

    func isDraft(_ message: MessageSummary, in folder: Folder?) -> Bool {
        folder?.specialUse == .drafts && FileKind(name: message.name) == .message
    }

    public func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        access.read(inode, handle, offset: offset, count: count)
    }

    func part(of body: OpenBody, _ offset: Int64, _ count: Int) -> ReadReply {
        let size = Int64(clamping: body.size)
        guard offset >= 0, offset < size else { return .bytes([]) }
        return .file(
            descriptor: body.descriptor, offset: offset, count: min(count, Int(clamping: size - offset)),
            keepAlive: body)
    }

    func part(of written: WrittenFile, _ offset: Int64, _ count: Int) -> ReadReply {
        let file = written.file
        return .file(descriptor: file.descriptor, offset: offset, count: count, keepAlive: file)
    }

    /// `close` of one descriptor: others may go on writing, and shells close one before they write.
    public func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void> { access.flush(handle) }

    public func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void> {
        guard let (open, wasLastWriter) = files.remove(handle) else { return .done }
        if wasLastWriter, let written = files.written(open.id) {
            // Nobody sees an error of this: what cannot be a message has said so at the flush, and stays, failed.
            if case .failure(let error) = tell(.closed, of: written) {
                logger.info("file \(open.id.rawValue): \(error) on its release")
            }
            _ = tell(.writersGone, of: written)
        }
        files.close(open.id)
        return .done
    }

    public func fsync(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> {
        guard let use = access.use(of: inode, handle) else { return .failed(.badDescriptor) }
        guard let isSynchronous = use.isSynchronous, let written = files.written(use.id) else {
            return synchronised(message: use.id, folder: nil)
        }
        do {
            try written.file.synchroniseOctets()
        } catch {
            return .failed(Errno(error))
        }
        if case .failure(let error) = said(written, isWhole: !isSynchronous, isHeard: false) { return .failed(error) }
        // Each write is followed by one of these: only the last of them could be waited for.
        return isSynchronous ? .done : synchronised(message: use.id, folder: nil)
    }

    public func fsyncdir(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> {
        synchronised(message: nil, folder: InodeNumber(rawValue: inode).directory)
    }

    private func synchronised(message: MessageID?, folder: FolderID?) -> Answer<Void> {
        if isReadOnly { return .done }
        return .later { [self] in
            do {
                try await service.synchronised(message: message, folder: folder)
            } catch {
                throw Errno(error)
            }
        }
    }

    /// The octets of a local file, for a program, which holds them open as long as it likes.
    func spoolFile(of id: MessageID) throws -> FileDescriptor {
        let file = try FileDescriptor(writing: service.spoolPath(of: id))
        try admit(file.descriptor)
        return file
    }

    private func admit(_ descriptor: Int32) throws {
        do {
            try reserve.withLock { $0 }.admit(descriptor)
        } catch {
            logger.warning(
                "so many files are open in the mount that one more was refused: see ulimit -n of its program")
            throw error
        }
    }

    private func opened(_ body: OpenBody, _ message: MessageSummary, _ flags: Int32) throws -> OpenReply {
        try admit(body.descriptor)
        if memory.isMisjudged(message.id) { correctSize(of: InodeNumber(message.id)) }
        let isWritable = flags & O_ACCMODE != O_RDONLY
        let attributes = file(
            message.id, size: body.size, modified: message.internalDate,
            changed: max(message.internalDate, message.flagsChanged))
        let file = OpenFile(id: message.id, body: body, isWritable: isWritable, attributes: attributes)
        // None in fast mode, which has begun while the body came: reads go by the inode then.
        return OpenReply(
            handle: files.insert(file) ?? 0, directIO: appends(flags), keepCache: !appends(flags), noFlush: !isWritable)
    }

    /// What is appended past the page cache leaves no page at the place where the kernel believes the end.
    private func appends(_ flags: Int32) -> Bool { flags & O_APPEND != 0 && flags & O_ACCMODE != O_RDONLY }

    func opened(_ written: WrittenFile, flags: Int32) -> OpenReply {
        let isWritable = flags & O_ACCMODE != O_RDONLY
        let modified = written.live?.modified ?? service.localFile(written.id)?.modified ?? service.currentTime
        let open = OpenFile(
            id: written.id, written: written, isWritable: isWritable, isSynchronous: flags & (O_SYNC | O_DSYNC) != 0,
            attributes: file(written.id, size: written.file.size, modified: modified, changed: modified))
        if let handle = files.insert(open) {
            return OpenReply(handle: handle, directIO: appends(flags), noFlush: !isWritable)
        }
        // Also for reading: a file that was made is complete when nobody has it open.
        _ = attend(written, flags: flags)
        return OpenReply(noFlush: true)
    }

    /// Fetches what somebody who reads in order opens next.
    ///
    /// - Parameter largest: octets of a message that is fetched.
    func readAhead(of id: MessageID, in folder: FolderID, largest: UInt64 = .max) {
        service.opened(id, in: folder) { [self] previous in
            tree.withLock { $0.distance(from: previous, to: id, in: folder) }
        } upcoming: { [self] after, octets in
            tree.withLock { $0.upcoming(after: after, octets: octets, in: folder) }.filter { $0.size <= largest }
        }
    }
}
