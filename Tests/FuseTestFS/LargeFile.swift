import Glibc

/// Three megabytes and a byte, in an unlinked file: byte `i` is `i % 251`.
final class LargeFile: Sendable {
    static let size = 3 * 1_048_576 + 1
    let descriptor: Int32

    init() {
        var template = Array("/tmp/fusetest.XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        unlink(template)
        let bytes = (0..<Self.size).map { UInt8($0 % 251) }
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    deinit { close(descriptor) }
}
