internal import CFuse3
internal import Glibc

/// Small text files of the kernel, in /proc and /sys.
enum SystemFile {
    /// nil where there is no such file or it may not be read.
    static func contents(of path: String) -> String? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        while true {
            var read = 0
            let part = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                read = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                count = max(read, 0)
            }
            if read < 0, errno == EINTR { continue }
            if read <= 0 { return String(decoding: result, as: UTF8.self) }
            result += part
        }
    }

    /// A number that stands alone in the file.
    static func number(in path: String) -> Int? {
        contents(of: path).flatMap { text in Int(text.split(whereSeparator: \.isWhitespace).first ?? "") }
    }
}
