import Glibc
import PosixFile
import Testing

@testable import MailFS

extension FileDescriptor {
    /// A spool file that has no name any more.
    static func nameless() throws -> FileDescriptor {
        var path = Array("/tmp/mailmount-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        Glibc.close(descriptor)
        defer { unlink(path) }
        let name = path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        return try FileDescriptor(writing: name)
    }
}
