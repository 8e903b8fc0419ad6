public import Fuse
internal import Glibc
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import Synchronization

// Fast mode: when a written file is whole.
extension MailFileSystem {
    static func makeWatch(_ fileSystem: WeakFileSystem) -> WriterWatch {
        WriterWatch(
            WriterWatch.Events {
                fileSystem.value?.place(of: $0) ?? .gone
            } closed: {
                fileSystem.value?.closed($0, mark: $1) ?? true
            } seenOpen: {
                fileSystem.value?.seenOpen($0, nanoseconds: $1)
            })
    }

    private func place(of inode: Inode) -> WriterWatch.Place {
        guard let id = InodeNumber(rawValue: inode).message, files.attendance(of: id) != nil,
            let written = files.written(id)
        else { return .gone }
        let (version, isGivenUp) = written.work.withLock { ($0.version, $0.stage.isGivenUp) }
        // It goes when the kernel forgets it.
        if isGivenUp { return .gone }
        return path(of: inode).map { .path($0, mark: version) } ?? .hidden(mark: version)
    }

    /// Nobody writes to the file: what `release` is in exact mode.
    ///
    /// - Returns: false where it was written to since `mark`, by somebody who may have it open.
    private func closed(_ inode: Inode, mark: UInt64) -> Bool {
        guard let id = InodeNumber(rawValue: inode).message, let written = files.written(id) else { return true }
        return finish(written) { $0.version == mark }
    }

    private func finish(_ written: WrittenFile, where isMeant: (WrittenFile.Work) -> Bool) -> Bool {
        let outcome = written.work.withLock { work -> Result<Receipt, Errno>? in
            guard work.stage != .left, isMeant(work) else { return nil }
            files.endAttendance(written.id)
            let outcome = tell(.closed, of: &work, written)
            for event in [FileEvent.writersGone, .left] { _ = tell(event, of: &work, written) }
            files.close(written.id)
            return outcome
        }
        guard let outcome else { return false }
        if case .failure(let error) = outcome {
            logger.info("file \(written.id.rawValue): \(error) on its close")
            // What could not be written whole is not to be sent by the next start.
            try? service.watch(written.id, as: .open)
        }
        return true
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
        guard end == .unmounted else { return }
        for id in files.attended {
            if let written = files.written(id) { _ = finish(written) { !$0.stage.isGivenUp } }
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
