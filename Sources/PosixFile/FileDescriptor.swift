public import Glibc

/// An open file, closed with its last owner. Reading is by position, so that many may read at once.
public final class FileDescriptor: Sendable {
    /// Valid as long as this object lives.
    public let descriptor: Int32
    /// The name it was opened by, for errors; it may have another one by now, or none.
    public let path: String

    /// Takes the descriptor over.
    public init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// - Parameters:
    ///   - flags: of open(2); `O_CLOEXEC` is added.
    ///   - mode: of a file that is made.
    /// - Throws: `FileError`.
    public init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws(FileError) {
        descriptor = try calling(.open, path) { open(path, flags | O_CLOEXEC, mode) }
        self.path = path
    }

    /// For reading; a symbolic link is an error.
    public convenience init(reading path: String) throws(FileError) {
        try self.init(opening: path, O_RDONLY | O_NOFOLLOW)
    }

    /// What somebody else has open.
    public init(duplicating other: Int32, path: String = "") throws(FileError) {
        descriptor = try calling(.duplicate, path) { fcntl(other, F_DUPFD_CLOEXEC, 0) }
        self.path = path
    }

    deinit { close(descriptor) }

    /// Octets, as they are now; 0 where the system cannot tell.
    public var size: UInt64 { (try? status()).map { UInt64(clamping: $0.st_size) } ?? 0 }

    public func status() throws(FileError) -> stat {
        var status = stat()
        try calling(.status, path) { fstat(descriptor, &status) }
        return status
    }

    // MARK: - Reading

    /// Octets from `offset` on, until the buffer is full or the file ends.
    ///
    /// - Returns: how many.
    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        try FileDescriptor.read(descriptor, at: offset, into: buffer, path: path)
    }

    /// As `read(at:into:)`, from what somebody else has open and keeps open meanwhile.
    ///
    /// - Parameter path: for errors.
    public static func read(
        _ descriptor: Int32, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, path: String = ""
    ) throws(FileError) -> Int {
        var used = 0
        while used < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[used...])
            guard let place = place(offset, used) else { return used }
            let count = try calling(.read, path) { pread(descriptor, rest.baseAddress, rest.count, place) }
            if count == 0 { break }
            used += count
        }
        return used
    }

    /// The whole, in pieces of at most 256 KiB.
    ///
    /// - Throws: `FileError`, and what `piece` throws.
    public func read(_ piece: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileDescriptor.pieceSize, alignment: 64)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while true {
            let count = try read(at: offset, into: buffer)
            if count == 0 { return }
            try piece(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += UInt64(count)
        }
    }

    /// All octets.
    public func contents() throws -> [UInt8] {
        var contents: [UInt8] = []
        contents.reserveCapacity(Int(clamping: size))
        try read { contents += $0 }
        return contents
    }

    /// The first octets, at most `count`.
    public func prefix(_ count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let octets = [UInt8](unsafeUninitializedCapacity: max(0, min(count, Int(clamping: size)))) { buffer, used in
            do throws(FileError) {
                used = try read(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return octets
    }

    // MARK: - Writing

    /// Writes everything behind what was written before.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try write(bytes) { rest, _ in Glibc.write(descriptor, rest.baseAddress, rest.count) }
    }

    /// Writes everything from `offset` on.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        guard FileDescriptor.place(offset, bytes.count) != nil else { throw FileError(.write, path, code: EFBIG) }
        try write(bytes) { rest, done in
            pwrite(descriptor, rest.baseAddress, rest.count, off_t(clamping: offset) &+ off_t(done))
        }
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, _ call: (UnsafeRawBufferPointer, Int) -> Int
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = try calling(.write, path) { call(rest, done) }
            guard count > 0 else { throw FileError(.write, path, code: EIO) }
            done += count
        }
    }

    /// Cuts it, or fills it up with NULs.
    public func truncate(to size: UInt64) throws(FileError) {
        guard let size = off_t(exactly: size) else { throw FileError(.truncate, path, code: EFBIG) }
        try calling(.truncate, path) { ftruncate(descriptor, size) }
    }

    /// Becomes the same as another.
    ///
    /// - Returns: octets.
    @discardableResult
    public func take(contentOf other: FileDescriptor) throws(FileError) -> UInt64 {
        let (own, theirs) = (try status(), try other.status())
        // Of one file the first step would destroy it.
        if own.st_ino == theirs.st_ino, own.st_dev == theirs.st_dev { return UInt64(clamping: own.st_size) }
        try truncate(to: 0)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileDescriptor.pieceSize, alignment: 64)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while true {
            let count = try other.read(at: offset, into: buffer)
            if count == 0 { return offset }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: offset)
            offset += UInt64(count)
        }
    }

    public func setMode(_ mode: mode_t) throws(FileError) {
        try calling(.setMode, path) { fchmod(descriptor, mode) }
    }

    /// Returns when all of it is on the disk; of a directory: the names in it.
    public func synchronise() throws(FileError) {
        try calling(.synchronise, path) { fsync(descriptor) }
    }

    /// Returns when the octets are on the disk, and of the rest what is needed to read them.
    public func synchroniseOctets() throws(FileError) {
        try calling(.synchronise, path) { fdatasync(descriptor) }
    }

    /// Takes the lock of the whole file, for as long as it is open (flock(2)).
    ///
    /// - Returns: false where somebody else has it.
    public func lock() throws(FileError) -> Bool {
        do throws(FileError) {
            try calling(.lock, path) { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.code == EWOULDBLOCK { return false }
            throw error
        }
    }

    private static let pieceSize = 1 << 18

    private static func place(_ offset: UInt64, _ further: Int) -> off_t? {
        let (sum, overflows) = offset.addingReportingOverflow(UInt64(clamping: further))
        return overflows ? nil : off_t(exactly: sum)
    }
}
