/// Why a file system could not be mounted. The description says what to do.
public enum FuseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no /dev/fuse.
    case deviceMissing
    /// /dev/fuse may not be opened.
    case deviceNotPermitted
    /// An ordinary user needs `fusermount3`, and it is not installed.
    case fusermountMissing
    case mountpointMissing(String)
    case mountpointNotDirectory(String)
    case mountpointNotPermitted(String)
    /// The server of the file system mounted there has died: every access fails with ENOTCONN.
    case mountpointStale(String)
    /// A file system of the same type is mounted there already.
    case mountpointBusy(String)
    case mountpointUnusable(String, Errno)
    /// Anything else; the text is libfuse's.
    case refused(String)

    public var description: String {
        switch self {
        case .deviceMissing:
            "there is no /dev/fuse: load the kernel module (modprobe fuse), or give the container the device"
        case .deviceNotPermitted:
            "/dev/fuse may not be opened: in a container it must be allowed, elsewhere see the permissions of /dev/fuse"
        case .fusermountMissing:
            "fusermount3 was not found: install the package fuse3, or mount as root"
        case .mountpointMissing(let path):
            "\(path) does not exist: create the directory first"
        case .mountpointNotDirectory(let path):
            "\(path) is not a directory"
        case .mountpointNotPermitted(let path):
            "\(path) may not be used: a mountpoint must be a directory you own and may write to"
        case .mountpointStale(let path):
            "\(path) is still mounted, but its server has died: unmount it with fusermount3 -uz \(path)"
        case .mountpointBusy(let path):
            "\(path) is mounted already: unmount it first, or choose another directory"
        case .mountpointUnusable(let path, let error):
            "\(path) cannot be used as mountpoint: \(error)"
        case .refused(let reason):
            "mount refused: \(reason)"
        }
    }
}
