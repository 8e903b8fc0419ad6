import Glibc

/// What the system says of an errno.
func errnoText(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
}

/// The error of the system call that has just failed on `path`: a full disk or quota is `noSpace`.
func lastError(_ path: String) -> MailStoreError {
    let code = errno
    return code == ENOSPC || code == EDQUOT ? .noSpace(path: path) : .io(path: path, code: code)
}

/// An open file, closed with its owner.
final class FileDescriptor: Sendable {
    let raw: Int32

    /// Takes the descriptor over.
    init(raw: Int32) { self.raw = raw }

    /// - Throws: `MailStoreError.io`, `.noSpace`.
    init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws(MailStoreError) {
        raw = retrying { open(path, flags | O_CLOEXEC, mode) }
        guard raw >= 0 else { throw lastError(path) }
    }

    deinit { close(raw) }

    /// Writes everything; `path` is for the error.
    func write(_ bytes: UnsafeRawBufferPointer, path: String) throws(MailStoreError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let written = retrying { Glibc.write(raw, part.baseAddress, part.count) }
            guard written > 0 else { throw lastError(path) }
            rest = rest.dropFirst(written)
        }
    }

    /// Everything from here to the end.
    func contents() throws(MailStoreError) -> [UInt8] {
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { part in retrying { read(raw, part.baseAddress, part.count) } }
            guard count >= 0 else { throw lastError("/proc/self/fd/\(raw)") }
            if count == 0 { return contents }
            contents += buffer[..<count]
        }
    }
}

/// Repeats a system call that a signal interrupted.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
