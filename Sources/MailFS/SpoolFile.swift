internal import Fuse
internal import Glibc

/// An open file of the spool, closed with its last user.
final class SpoolFile: Sendable {
    let descriptor: Int32

    /// - Throws: `Errno`.
    init(opening path: String) throws {
        descriptor = Self.retrying { open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { throw Errno(errno) }
    }

    deinit { close(descriptor) }

    /// Octets. The descriptor's own position, which this moves, means nothing here.
    var size: UInt64 { UInt64(clamping: max(0, lseek(descriptor, 0, SEEK_END))) }

    /// Whether so many octets can be added and the disk's reserve still be left.
    func hasRoom(for octets: Int) -> Bool {
        var statistics = statvfs()
        guard fstatvfs(descriptor, &statistics) == 0 else { return true }
        let unit = UInt64(statistics.f_frsize)
        let free = UInt64(statistics.f_bavail).multipliedReportingOverflow(by: unit)
        let capacity = UInt64(statistics.f_blocks).multipliedReportingOverflow(by: unit)
        let reserve = Self.reserve(of: capacity.overflow ? .max : capacity.partialValue)
        return free.overflow || free.partialValue >= reserve + UInt64(clamping: octets)
    }

    /// Octets of a disk of this size that are left free for the journal: a small one is not kept for that alone.
    static func reserve(of capacity: UInt64) -> UInt64 { min(64 << 20, capacity / 16) }

    /// Writes everything.
    ///
    /// - Throws: `Errno`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = Self.retrying { pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) &+ done) }
            guard count > 0 else { throw count == 0 ? Errno.ioError : Errno(errno) }
            done += count
        }
    }

    /// - Throws: `Errno`.
    func truncate(to size: UInt64) throws {
        guard let size = off_t(exactly: size) else { throw Errno.fileTooLarge }
        guard Self.retrying({ ftruncate(descriptor, size) }) == 0 else { throw Errno(errno) }
    }

    /// - Throws: `Errno`.
    func synchronise() throws {
        guard Self.retrying({ fdatasync(descriptor) }) == 0 else { throw Errno(errno) }
    }

    /// Becomes the same as another.
    ///
    /// - Throws: `Errno`.
    func take(contentOf other: SpoolFile) throws {
        try truncate(to: 0)
        try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 64) { buffer in
            var offset = 0
            while true {
                let count = Self.retrying { pread(other.descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
                guard count >= 0 else { throw Errno(errno) }
                if count == 0 { return }
                try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: Int64(offset))
                offset += count
            }
        }
    }

    /// Whether there is a NUL anywhere.
    func hasNUL() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 64) { buffer in
            var offset = 0
            while true {
                let count = Self.retrying { pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
                guard count > 0 else { return false }
                if UnsafeRawBufferPointer(rebasing: buffer[..<count]).hasNUL { return true }
                offset += count
            }
        }
    }

    /// The first octets, at most `count`.
    func prefix(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            while used < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[used...]))
                let got = Self.retrying { pread(descriptor, rest.baseAddress, rest.count, off_t(used)) }
                guard got > 0 else { break }
                used += got
            }
        }
    }

    private static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }
}

extension UnsafeRawBufferPointer {
    var hasNUL: Bool { baseAddress.map { memchr($0, 0, count) != nil } ?? false }
}
