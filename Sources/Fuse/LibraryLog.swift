internal import CFuse3
internal import Glibc
internal import Synchronization

/// What libfuse says when something fails: it has no other way to tell why.
enum LibraryLog {
    private static let lines = Mutex<[String]>([])

    /// From now on libfuse writes here and no longer to stderr.
    static func install() {
        fuse_set_log_func { _, format, arguments in
            guard let format, let arguments else { return }
            var buffer = [CChar](repeating: 0, count: 1024)
            let count = vsnprintf(&buffer, buffer.count, format, arguments)
            let bytes = buffer.prefix(min(max(Int(count), 0), buffer.count - 1)).map { UInt8(bitPattern: $0) }
            LibraryLog.append(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func append(_ text: String) {
        lines.withLock { lines in
            if lines.count >= 16 { lines.removeFirst() }
            lines.append(text)
        }
    }

    /// What was said since the last call.
    static func take() -> String {
        let taken = lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
        return taken.joined().split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
