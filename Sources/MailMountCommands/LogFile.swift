internal import Glibc
internal import Synchronization

/// The log of a detached mount: a file that starts anew when it is full. What was in it before is kept beside it, as `.1`.
///
/// The file is the process's standard error, so that what libraries and the runtime say is in it too.
final class LogFile: Sendable {
    private let path: String
    /// Octets after which it starts anew.
    private let limit: Int
    private let written: Mutex<Int>

    /// Opens the file, or makes it with mode 0600, and puts it in the place of standard error.
    ///
    /// - Returns: nil where it cannot be opened; standard error stays as it was.
    init?(path: String, limit: Int = 4 << 20) {
        self.path = path
        self.limit = limit
        written = Mutex(0)
        guard let size = open() else { return nil }
        written.withLock { $0 = size }
    }

    /// Counts what was written, and starts anew where that is enough. Lines that others write meanwhile go to either file.
    func wrote(_ octets: Int) {
        written.withLock { written in
            written += octets
            guard written >= limit else { return }
            // Where neither works it goes on growing in the old one, and is tried again after as much more.
            written = 0
            guard rename(path, path + ".1") == 0 else { return }
            _ = open()
        }
    }

    /// - Returns: what is in it already, octets.
    private func open() -> Int? {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard dup2(descriptor, STDERR_FILENO) >= 0 else { return nil }
        var facts = stat()
        return fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
    }
}
