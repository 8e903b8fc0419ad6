internal import Glibc
internal import PosixFile

extension FileDescriptor {
    /// A file of the spool, for those who write to it and read it.
    convenience init(writing path: String) throws(FileError) { try self.init(opening: path, O_RDWR | O_NOFOLLOW) }

    /// Whether so many octets can be added and the disk's reserve still be left.
    func hasRoom(for octets: Int) -> Bool {
        guard let room = try? FileSystemRoom(of: self) else { return true }
        return room.free >= Self.reserve(of: room.capacity) + UInt64(clamping: octets)
    }

    /// Octets of a disk of this size that are left free for the journal: a small one is not kept for that alone.
    static func reserve(of capacity: UInt64) -> UInt64 { min(64 << 20, capacity / 16) }

    /// Whether there is a NUL anywhere, as far as it can be read.
    func hasNUL() -> Bool {
        struct Found: Error {}
        do {
            try read { if $0.hasNUL { throw Found() } }
            return false
        } catch {
            return error is Found
        }
    }
}

extension UnsafeRawBufferPointer {
    var hasNUL: Bool { baseAddress.map { memchr($0, 0, count) != nil } ?? false }
}
