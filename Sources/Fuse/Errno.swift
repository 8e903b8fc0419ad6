internal import CFuse3
internal import Glibc

/// An error number as a system call returns it.
public struct Errno: Error, Hashable, Sendable, RawRepresentable {
    /// Positive.
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    /// The number as C has it.
    public init(_ rawValue: Int32) { self.init(rawValue: rawValue) }

    /// What the last failed call of this thread left in `errno`.
    static var last: Errno { Errno(errno) }

    /// EPERM
    public static let notPermitted = Errno(EPERM)
    /// ENOENT
    public static let notFound = Errno(ENOENT)
    /// EINTR
    public static let interrupted = Errno(EINTR)
    /// EIO
    public static let ioError = Errno(EIO)
    /// EBADF
    public static let badDescriptor = Errno(EBADF)
    /// EAGAIN
    public static let tryAgain = Errno(EAGAIN)
    /// ENOMEM
    public static let noMemory = Errno(ENOMEM)
    /// EACCES
    public static let accessDenied = Errno(EACCES)
    /// EBUSY
    public static let busy = Errno(EBUSY)
    /// EEXIST
    public static let exists = Errno(EEXIST)
    /// EXDEV
    public static let crossDevice = Errno(EXDEV)
    /// ENODEV
    public static let noDevice = Errno(ENODEV)
    /// ENOTDIR
    public static let notDirectory = Errno(ENOTDIR)
    /// EISDIR
    public static let isDirectory = Errno(EISDIR)
    /// EINVAL
    public static let invalidArgument = Errno(EINVAL)
    /// EFBIG
    public static let fileTooLarge = Errno(EFBIG)
    /// ENOSPC
    public static let noSpace = Errno(ENOSPC)
    /// EROFS
    public static let readOnlyFileSystem = Errno(EROFS)
    /// EMLINK
    public static let tooManyLinks = Errno(EMLINK)
    /// ERANGE
    public static let rangeError = Errno(ERANGE)
    /// ENAMETOOLONG
    public static let nameTooLong = Errno(ENAMETOOLONG)
    /// ENOSYS: the kernel takes it as "never ask again" for several operations.
    public static let noSystemCall = Errno(ENOSYS)
    /// ENOTEMPTY
    public static let notEmpty = Errno(ENOTEMPTY)
    /// ENODATA: also "no such extended attribute".
    public static let noData = Errno(ENODATA)
    /// EILSEQ
    public static let illegalByteSequence = Errno(EILSEQ)
    /// ENOTSUP, which Linux also calls EOPNOTSUPP.
    public static let notSupported = Errno(ENOTSUP)
    /// ECONNABORTED
    public static let connectionAborted = Errno(ECONNABORTED)
    /// ENOTCONN
    public static let notConnected = Errno(ENOTCONN)
    /// ETIMEDOUT
    public static let timedOut = Errno(ETIMEDOUT)
    /// EHOSTUNREACH
    public static let hostUnreachable = Errno(EHOSTUNREACH)
    /// ESTALE: on a call by path the kernel looks the path up again and repeats the call once.
    public static let stale = Errno(ESTALE)
    /// EDQUOT
    public static let quotaExceeded = Errno(EDQUOT)
    /// ECANCELED
    public static let canceled = Errno(ECANCELED)
}
