import Glibc

/// A lock that one process holds as long as this object lives; the kernel lets it go when the process ends, however it ends.
final class LockFile: Sendable {
    private let file: FileDescriptor

    /// Takes the lock and writes the process id into the file.
    ///
    /// - Throws: `inUse` when another holder lives, `io`, `noSpace`.
    init(path: String) throws(MailStoreError) {
        file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW)
        let descriptor = file.raw
        guard retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
            guard errno == EWOULDBLOCK else { throw lastError(path) }
            throw .inUse(path: path, pid: LockFile.holder(descriptor))
        }
        guard ftruncate(descriptor, 0) == 0 else { throw lastError(path) }
        var text = Array("\(getpid())\n".utf8)
        let written = text.withUnsafeMutableBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard written == text.count else { throw lastError(path) }
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
