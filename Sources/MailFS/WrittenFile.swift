internal import Fuse
internal import Glibc
internal import MailModel
internal import PosixFile
internal import Synchronization

/// A local file of the mount that is open: its octets in the spool, and where it stands.
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
        private(set) var file: FileDescriptor
        private(set) var stage: FileStage
        /// Differs after each write.
        private(set) var version: UInt64 = 0
        /// The time that a program gave it after the last write, seconds since 1970.
        var modifiedSet: Int64?
        /// A NUL was written, or a hole left.
        private(set) var mayHaveNUL = false
        /// Octets that may be written before the disk is looked at again.
        private var allowance = 0

        init(file: FileDescriptor, stage: FileStage) {
            self.file = file
            self.stage = stage
        }

        /// Octets between two looks at what the disk has left.
        static let step = 1 << 20

        mutating func happened(_ event: FileEvent) -> FileAction? { stage.happened(event) }

        /// Where octets go that are written through a descriptor with these flags. What is appended goes to the end of what is there: the kernel
        /// knows the size of before, when the line ends were others, and does not ask for it again.
        func place(of offset: Int64, _ flags: Int32) -> Int64 {
            flags & O_APPEND != 0 ? Int64(clamping: file.size) : offset
        }

        /// - Throws: `Errno`.
        mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
            guard stage.happened(.asksToWrite) == nil else { throw Errno.notPermitted }
            do {
                if bytes.count > allowance {
                    let step = max(bytes.count, Self.step)
                    allowance = file.hasRoom(for: step) ? step : bytes.count
                    guard allowance == step || file.hasRoom(for: allowance) else { throw Errno.noSpace }
                }
                if bytes.hasNUL || offset > file.size { mayHaveNUL = true }
                try file.write(bytes, at: UInt64(clamping: offset))
                allowance -= bytes.count
            } catch {
                throw failed(Errno(error))
            }
            changed(.wrote)
        }

        /// - Throws: `Errno`.
        mutating func truncate(to size: UInt64) throws {
            guard stage.happened(.asksToWrite) == nil else { throw Errno.notPermitted }
            if size > file.size { mayHaveNUL = true }
            do {
                if size != file.size { try file.truncate(to: size) }
            } catch {
                throw Errno(error)
            }
            if size == 0 { mayHaveNUL = false }
            changed(.truncated(toNothing: size == 0))
        }

        /// What was to be written is not there.
        mutating func failed(_ number: Errno) -> Errno {
            _ = stage.happened(.failed(number.rawValue))
            return number
        }

        private mutating func changed(_ event: FileEvent) {
            version &+= 1
            modifiedSet = nil
            _ = stage.happened(event)
        }

        /// Its octets are those of this file from now on.
        mutating func join(_ file: FileDescriptor) {
            self.file = file
            allowance = 0
        }

        /// The whole of a message was copied into it.
        mutating func takeCopy(_ copy: FileDescriptor?, hasWriters: Bool) -> FileAction? {
            guard stage.happened(.asksToWrite) != .refuse else { return nil }
            if let copy { file = copy }
            version &+= 1
            return stage.happened(.copied(hasWriters: hasWriters))
        }

        /// It is a draft that may be written to again, in this file. Who has it open goes on where they were: in what they wrote, not in
        /// what was made of it.
        ///
        /// - Returns: whether they see other octets by that.
        /// - Throws: `FileError`.
        mutating func takeUp(in file: FileDescriptor) throws -> Bool {
            var next = Work(file: file, stage: stage)
            let isOwn = next.stage.happened(.edited) == .takeBack
            if isOwn { try file.take(contentOf: self.file) }
            next.version = version &+ 1
            self = next
            return !isOwn
        }
    }

    let id: MessageID
    let work: Mutex<Work>
    private let shown: Mutex<Live?>

    init(id: MessageID, file: FileDescriptor, stage: FileStage, live: Live? = nil) {
        self.id = id
        work = Mutex(Work(file: file, stage: stage))
        shown = Mutex(live)
    }

    /// nil where the tree knows better.
    var live: Live? { shown.withLock { $0 } }

    func show(_ live: Live?) { shown.withLock { $0 = live } }

    var isMessage: Bool { work.withLock { $0.stage.isMessage } }

    var file: FileDescriptor { work.withLock { $0.file } }

    /// Its name is gone: it is never sent, and its octets go with the last handle.
    func unlink() { work.withLock { _ = $0.happened(.unlinked) } }
}
