internal import Fuse
internal import MailModel
internal import MailService
internal import MailTree
internal import Synchronization

/// The kernel opens files without asking and keeps what it read, so that reading what it has costs it nothing. Files go by inode and are
/// closed without a word: the watch finds out. It cannot be left again.
struct FastMode: AccessMode {
    let account: MailFileSystem

    var name: String { "fast" }

    /// Told so, the kernel asks no more.
    func open(_ id: MessageID, flags: Int32, _ caller: Caller) -> Answer<OpenReply> { .failed(.noSystemCall) }

    func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        account.readUnasked(inode, offset: offset, count: count)
    }

    // MARK: - Writing

    func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> { account.writeUnasked(inode, offset: offset, bytes, flags: flags) }

    func setattr(
        _ id: MessageID, _ inode: Inode, _ handle: Handle?, _ change: SetAttributes
    ) -> Answer<TimedAttributes> { account.changeUnasked(id, inode, change) }

    /// Told so, the kernel asks no more, which it would at each close of a file that it opened without asking.
    func flush(_ handle: Handle) -> Answer<Void> { .failed(.noSystemCall) }

    func use(of inode: Inode, _ handle: Handle) -> FileUse? {
        InodeNumber(rawValue: inode).message.map {
            FileUse(id: $0, isSynchronous: account.files.attendance(of: $0)?.isSynchronous)
        }
    }

    /// Whoever may not write to the target is told when it is written to.
    func copyEnds(
        _ source: Inode, _ sourceHandle: Handle, _ target: Inode, _ targetHandle: Handle
    ) throws(Errno) -> CopyEnds {
        guard let source = InodeNumber(rawValue: source).message, let target = InodeNumber(rawValue: target).message,
            let message = account.tree.withLock({ $0.message(source) })?.summary,
            message.standing == .settled || account.service.localFile(source) == nil
        else { throw .notSupported }
        let isLocal = try? account.withWritable(target, flags: 0) { _, _ in true }
        guard isLocal == true else { throw .notSupported }
        return CopyEnds(source: source, size: message.size, target: target)
    }

    /// What has no name is forgotten when its last user has closed it.
    func forgotten(_ id: MessageID) {
        account.memory.forget(id)
        guard let written = account.files.written(id), written.work.withLock({ $0.stage.isGivenUp }) else { return }
        account.files.endAttendance(id)
        account.files.close(id)
    }

    var purposeOfWritten: LocalFile.Purpose { .unattended }

    /// Its close may not have been seen yet; what a program said of its time goes along.
    func renames(_ work: inout WrittenFile.Work, _ written: WrittenFile) {
        _ = account.tell(.closed, of: &work, written)
    }

    // MARK: - What the kernel is told

    /// Of what claims to be empty nothing would be read, and so nobody would find out.
    func told(claim: UInt64) -> UInt64 { max(1, claim) }

    func keeps(claim: UInt64) -> Bool { true }

    func isMisled(by old: UInt64, where new: UInt64) -> Bool { new > old }

    func departed(_ batch: AppliedBatch, _ tree: MailTree) { account.remember(batch, tree) }
}
