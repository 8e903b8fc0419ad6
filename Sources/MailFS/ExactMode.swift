internal import Fuse
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

/// Each open is asked for and waits for the body; files go by handle, and the kernel says when one is closed.
struct ExactMode: AccessMode {
    let account: MailFileSystem

    var name: String { "exact" }

    func open(_ id: MessageID, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        account.becomesFast() ? .failed(.noSystemCall) : account.openAsked(id, flags: flags, caller)
    }

    func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        guard let open = account.files[handle] else { return .failed(.badDescriptor) }
        if let written = account.files.written(open.id) ?? open.written {
            return .now(account.part(of: written, offset, count))
        }
        guard let body = open.body else { return .failed(.stale) }
        return .now(account.part(of: body, offset, count))
    }

    // MARK: - Writing

    func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> {
        guard let open = account.files[handle], open.isWritable, offset >= 0 else { return .failed(.badDescriptor) }
        if let written = account.files.written(open.id), !written.isMessage {
            return Answer.of { .now(try write(bytes, at: offset, to: written, flags)) }
        }
        // One close of several, or fsync, said that it is whole: what is written afterwards makes another version, as of a draft.
        let isBeingMade = open.written != nil
        guard isBeingMade || account.isDraft(open.id) else { return .failed(.notPermitted) }
        let copy = [UInt8](bytes)
        return account.editing(open.id, isBeingMade: isBeingMade) { written in
            try copy.withUnsafeBytes { try write($0, at: offset, to: written, flags) }
        }
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int64, to written: WrittenFile, _ flags: Int32
    ) throws -> Int {
        try written.work.withLock { work in
            try account.write(bytes, at: work.place(of: offset, flags), askedFor: offset, to: &work, written)
        }
    }

    func setattr(
        _ id: MessageID, _ inode: Inode, _ handle: Handle?, _ change: SetAttributes
    ) -> Answer<TimedAttributes> {
        do {
            if let written = try writable(id) {
                defer { account.files.close(id) }
                return try apply(change, to: written, inode)
            }
        } catch {
            return .failed(Errno(error))
        }
        // Modes, owners and times of messages are the server's and the mount's: programs set them after the fact.
        guard change.size != nil else { return account.getattr(inode, handle) }
        let open = handle.flatMap { account.files[$0] }
        let isBeingMade = open?.isWritable == true && open?.written != nil
        guard isBeingMade || account.isDraft(id) else { return .failed(.notPermitted) }
        return account.editing(id, isBeingMade: isBeingMade, cutTo: change.size) { written in
            defer { account.files.close(id) }
            guard case .now(let attributes) = try apply(change, to: written, inode) else { throw Errno.ioError }
            return attributes
        }
    }

    private func writable(_ id: MessageID) throws -> WrittenFile? {
        let message = account.tree.withLock { $0.message(id) }?.summary
        if let known = account.files.written(id), !known.isMessage { return known }
        return try message.flatMap { try account.localFile(id, $0, forWriting: true) }
    }

    private func apply(
        _ change: SetAttributes, to written: WrittenFile, _ inode: Inode
    ) throws -> Answer<TimedAttributes> {
        try written.work.withLock { try account.apply(change, to: &$0, written) }
        // Whoever changes a file that nobody writes to has done all that is to be done to it.
        if change.size != nil || change.modified != nil, !account.files.hasWriters(written.id) {
            _ = try account.tell(.closed, of: written).get()
        }
        return account.getattr(inode, nil)
    }

    func flush(_ handle: Handle) -> Answer<Void> {
        guard let open = account.files[handle], open.isWritable, let written = account.files.written(open.id) else {
            return .done
        }
        // Where changes wait for the server, nobody else would hear its verdict.
        switch account.said(written, isWhole: account.waitsForServer, isHeard: true) {
        case .success(let receipt): return account.settled(receipt, value: ())
        case .failure(let error): return .failed(error)
        }
    }

    func use(of inode: Inode, _ handle: Handle) -> FileUse? {
        account.files[handle].map { FileUse(id: $0.id, isSynchronous: $0.isWritable ? $0.isSynchronous : nil) }
    }

    func copyEnds(
        _ source: Inode, _ sourceHandle: Handle, _ target: Inode, _ targetHandle: Handle
    ) throws(Errno) -> CopyEnds {
        guard let source = account.files[sourceHandle], let target = account.files[targetHandle], target.isWritable
        else { throw .badDescriptor }
        guard let body = source.body else { throw .notSupported }
        return CopyEnds(source: source.id, size: body.size, target: target.id)
    }

    func forgotten(_ id: MessageID) {}

    var purposeOfWritten: LocalFile.Purpose { .unfinished }

    func renames(_ work: inout WrittenFile.Work, _ written: WrittenFile) {}

    // MARK: - What the kernel is told

    func told(claim: UInt64) -> UInt64 { claim }

    /// Of what claims to be empty the kernel would read nothing, and nobody would find out.
    func keeps(claim: UInt64) -> Bool { claim > 0 }

    func isMisled(by old: UInt64, where new: UInt64) -> Bool { new != old }

    /// Who has one of them open has its attributes too.
    func departed(_ batch: AppliedBatch, _ tree: MailTree) {}
}
