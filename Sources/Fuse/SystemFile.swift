internal import Glibc
internal import PosixFile

/// Small text files of the kernel, in /proc and /sys.
enum SystemFile {
    /// nil where there is no such file or it may not be read.
    static func contents(of path: String) -> String? {
        guard let file = try? FileDescriptor(opening: path, O_RDONLY), let octets = try? file.contents() else {
            return nil
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// A number that stands alone in the file.
    static func number(in path: String) -> Int? {
        contents(of: path).flatMap { text in Int(text.split(whereSeparator: \.isWhitespace).first ?? "") }
    }
}
