public import Fuse
internal import Glibc
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

// Fast mode: when a written file is whole.
extension MailFileSystem {
    static func makeWatch(_ fileSystem: WeakFileSystem) -> WriterWatch {
        WriterWatch(
            WriterWatch.Events {
                fileSystem.value?.place(of: $0) ?? .gone
            } closed: {
                fileSystem.value?.closed($0, mark: $1, isUnused: $2) ?? true
            } seenOpen: {
                fileSystem.value?.seenOpen($0, nanoseconds: $1)
            })
    }

    func place(of inode: Inode) -> WriterWatch.Place {
        guard let id = InodeNumber(rawValue: inode).message, files.attendance(of: id) != nil,
            let written = files.written(id)
        else { return .gone }
        let (version, stage) = written.work.withLock { ($0.version, $0.stage) }
        // It goes when the kernel forgets it.
        if stage.isGivenUp { return .gone }
        guard let path = path(of: inode) else { return .hidden(mark: version) }
        return stage == .apart ? .whole(path, mark: version) : .path(path, mark: version)
    }

    /// Nobody writes to the file: what `release` is in exact mode.
    ///
    /// What was made of it may have other line ends, and the kernel knows the size that it had. A program that reads it would get the
    /// beginning of the one or the end of the other, so it is shown as it was written for as long as somebody may have it open.
    ///
    /// - Parameter isUnused: nobody has it open.
    /// - Returns: false where it was written to since `mark`, by somebody who may have it open.
    func closed(_ inode: Inode, mark: UInt64, isUnused: Bool) -> Bool {
        guard let id = InodeNumber(rawValue: inode).message, let written = files.written(id) else { return true }
        return finish(written, isUnused: isUnused) { $0.version == mark }
    }

    private func finish(
        _ written: WrittenFile, isUnused: Bool, where isMeant: (WrittenFile.Work) -> Bool
    ) -> Bool {
        var isDifferent = false
        let outcome = written.work.withLock { work -> Result<Receipt, Errno>? in
            guard work.stage != .left, isMeant(work) else { return nil }
            let outcome = tell(.closed, of: &work, written)
            isDifferent = work.stage == .apart && isOther(work, written)
            if isDifferent, !isUnused { return outcome }
            for event in [FileEvent.writersGone, .left] { _ = tell(event, of: &work, written) }
            files.leave(written.id)
            return outcome
        }
        if isDifferent, isUnused {
            // Before anybody opens it: whoever does asks for the size, and with that the pages go.
            correctSize(of: InodeNumber(written.id))
            dropContent(of: InodeNumber(written.id))
        }
        guard let outcome else { return false }
        if case .failure(let error) = outcome {
            logger.info("file \(written.id.rawValue): \(error) on its close")
            // What could not be written whole is not to be sent by the next start.
            try? service.watch(written.id, as: .open)
        }
        return true
    }

    /// Whether what the journal has of it differs from what is shown. What it made of it has more octets, or is the same.
    private func isOther(_ work: WrittenFile.Work, _ written: WrittenFile) -> Bool {
        (try? FileDescriptor(reading: service.spoolPath(of: written.id)))?.size != work.file.size
    }

    /// A program that takes its time: should this one end meanwhile, what is there is not taken for whole.
    private func seenOpen(_ inode: Inode, nanoseconds: UInt64) {
        guard nanoseconds > 100_000_000, let id = InodeNumber(rawValue: inode).message, files.setKnownOpen(id) else {
            return
        }
        do {
            try service.watch(id, as: .open)
        } catch {
            logger.info("file \(id.rawValue): \(error)")
        }
    }

    /// Takes files that were closed for closed, now. For programs that ask what is pending.
    ///
    /// - Returns: how many files there are of which it is not known whether they are closed; 0 as a rule.
    public func settleWrittenFiles(within seconds: Double) async -> Int {
        if files.attended.isEmpty { return 0 }
        return await watch.checkAll(within: seconds) ? 0 : files.attended.count
    }

    /// The same, before the mount is taken away. Blocks.
    public func settleBeforeUnmount() { watch.checkAll(within: 1) }

    /// The session has ended. After an unmount from outside all files are closed.
    public func sessionEnded(_ end: Session.End) {
        watch.stop()
        defer { service.keep(listingTimes: tree.withLock { $0.listingTimes }) }
        guard end == .unmounted else { return }
        for id in files.attended {
            if let written = files.written(id) { _ = finish(written, isUnused: true) { !$0.stage.isGivenUp } }
        }
    }
}

/// Lets the watch know the file system without keeping it.
final class WeakFileSystem: Sendable {
    private struct Holder { weak var value: MailFileSystem? }
    private let holder = Mutex(Holder())

    var value: MailFileSystem? {
        get { holder.withLock { $0.value } }
        set { holder.withLock { $0.value = newValue } }
    }
}
