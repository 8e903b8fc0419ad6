import Glibc
import Testing

@testable import MailFS

extension SpoolFile {
    /// A spool file that has no name any more.
    static func nameless() throws -> SpoolFile {
        var path = Array("/tmp/mailmount-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        Glibc.close(descriptor)
        defer { unlink(path) }
        let name = path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        return try SpoolFile(opening: name)
    }
}
