internal import Fuse
internal import MailModel
internal import PosixFile
internal import Synchronization

/// A local file of the mount that is open: its octets in the spool, and what of them the service does not know yet.
///
/// `work` is held across calls into the service; `shown` may be taken while the tree is locked, and nothing is called with it held.
final class WrittenFile: Sendable {
    /// What `stat` shows of a file that is being written.
    struct Live: Hashable, Sendable {
        var size: UInt64
        /// Seconds since 1970.
        var modified: Int64
    }

    struct Work {
        var file: FileDescriptor
        /// Written or truncated since the service was last told.
        var isChanged = false
        /// The service knows it as a file that is at rest.
        var isClosed: Bool
        /// It is a message for good: nobody writes to it any more.
        var isSealed = false
        /// `file` is what its writers made and see, which has other line ends than what was sent.
        var isApart = false
        /// Its name is gone: what it holds goes with it.
        var isUnlinked = false
        /// Nobody has it open any more, and this object is let go of: whoever wants to write looks the file up again.
        var isLeft = false
        /// Differs after each write.
        var version: UInt64 = 0
        /// A write failed: what is there is not what was meant to be, and is not sent.
        var failure: Errno?
        /// The time that a program gave it after the last write, seconds since 1970.
        var modifiedSet: Int64?
        /// A NUL was written, or a hole left.
        var mayHaveNUL = false
        /// Octets that may be written before the disk is looked at again.
        var allowance = 0

        /// - Throws: `Errno`.
        mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
            guard !isSealed else { throw Errno.notPermitted }
            do {
                if bytes.count > allowance {
                    let step = max(bytes.count, WrittenFile.step)
                    allowance = file.hasRoom(for: step) ? step : bytes.count
                    guard allowance == step || file.hasRoom(for: allowance) else { throw Errno.noSpace }
                }
                if bytes.hasNUL || offset > file.size { mayHaveNUL = true }
                try file.write(bytes, at: UInt64(clamping: offset))
                allowance -= bytes.count
            } catch {
                let number = Errno(error)
                failure = number
                throw number
            }
            touch()
        }

        /// - Throws: `Errno`.
        mutating func truncate(to size: UInt64) throws {
            guard !isSealed else { throw Errno.notPermitted }
            if size > file.size { mayHaveNUL = true }
            do {
                try file.truncate(to: size)
            } catch {
                throw Errno(error)
            }
            if size == 0 {
                // Whoever starts again from nothing has done away with what went wrong.
                failure = nil
                mayHaveNUL = false
            }
            touch()
        }

        private mutating func touch() {
            version &+= 1
            isChanged = true
            isClosed = false
            modifiedSet = nil
        }
    }

    /// Octets between two looks at what the disk has left.
    static let step = 1 << 20

    let id: MessageID
    let work: Mutex<Work>
    private let shown: Mutex<Live?>

    /// - Parameter isClosed: the service knows it as a file at rest.
    init(id: MessageID, file: FileDescriptor, isClosed: Bool, live: Live?) {
        self.id = id
        work = Mutex(Work(file: file, isClosed: isClosed))
        shown = Mutex(live)
    }

    /// nil where the tree knows better.
    var live: Live? { shown.withLock { $0 } }

    func show(_ live: Live?) { shown.withLock { $0 = live } }

    var isSealed: Bool { work.withLock { $0.isSealed } }

    var file: FileDescriptor { work.withLock { $0.file } }

    /// Its name is gone: it is never sent, and its octets go with the last handle.
    func unlink() { work.withLock { $0.isUnlinked = true } }
}
