import Glibc
internal import PosixFile

/// A lock that one process holds as long as this object lives; the kernel lets it go when the process ends, however it ends.
final class LockFile: Sendable {
    private let file: FileDescriptor

    /// Takes the lock and writes the process id into the file.
    ///
    /// - Throws: `inUse` when another holder lives, `io`, `noSpace`.
    init(path: String) throws {
        let file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard try file.lock() else { throw MailStoreError.inUse(path: path, pid: LockFile.holder(file)) }
        try file.truncate(to: 0)
        try Array("\(getpid())\n".utf8).withUnsafeBytes { try file.write($0, at: 0) }
        self.file = file
    }

    private static func holder(_ file: FileDescriptor) -> Int32? {
        guard let text = try? file.prefix(16) else { return nil }
        return Int32(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
