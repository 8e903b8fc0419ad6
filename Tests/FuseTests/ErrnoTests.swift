import Foundation
import Testing

@testable import Fuse

@Suite("Errno")
struct ErrnoTests {
    @Test(
        "has its symbolic name",
        arguments: [
            (Errno.notFound, "ENOENT", ENOENT), (.notPermitted, "EPERM", EPERM), (.interrupted, "EINTR", EINTR),
            (.ioError, "EIO", EIO), (.tryAgain, "EAGAIN", EAGAIN), (.accessDenied, "EACCES", EACCES),
            (.busy, "EBUSY", EBUSY), (.exists, "EEXIST", EEXIST), (.crossDevice, "EXDEV", EXDEV),
            (.notDirectory, "ENOTDIR", ENOTDIR), (.isDirectory, "EISDIR", EISDIR),
            (.invalidArgument, "EINVAL", EINVAL), (.fileTooLarge, "EFBIG", EFBIG), (.noSpace, "ENOSPC", ENOSPC),
            (.readOnlyFileSystem, "EROFS", EROFS), (.rangeError, "ERANGE", ERANGE),
            (.nameTooLong, "ENAMETOOLONG", ENAMETOOLONG), (.noSystemCall, "ENOSYS", ENOSYS),
            (.notEmpty, "ENOTEMPTY", ENOTEMPTY), (.noData, "ENODATA", ENODATA),
            (.illegalByteSequence, "EILSEQ", EILSEQ), (.notSupported, "ENOTSUP", ENOTSUP),
            (.timedOut, "ETIMEDOUT", ETIMEDOUT), (.hostUnreachable, "EHOSTUNREACH", EHOSTUNREACH),
            (.stale, "ESTALE", ESTALE), (.quotaExceeded, "EDQUOT", EDQUOT), (Errno(4711), "errno 4711", 4711),
        ])
    func name(error: Errno, name: String, number: Int32) {
        #expect(error.description == name)
        #expect(error.rawValue == number)
    }
}
