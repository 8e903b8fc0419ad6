internal import Glibc

/// Whose the files of a mount are, and what others may do with them.
public struct Ownership: Hashable, Sendable {
    public var uid: UInt32
    public var gid: UInt32
    /// Permission bits that nothing in the mount has (umask(2)), 0 ... 0o777.
    public var umask: UInt16

    /// - Parameters:
    ///   - uid: nil for this process's user; `gid` likewise.
    ///   - umask: 0o077 keeps others out.
    public init(uid: UInt32? = nil, gid: UInt32? = nil, umask: UInt16 = 0o077) {
        self.uid = uid ?? getuid()
        self.gid = gid ?? getgid()
        self.umask = umask & 0o777
    }

    func permissions(isDirectory: Bool, isReadOnly: Bool) -> UInt16 {
        (isDirectory ? 0o777 : 0o666) & ~umask & (isReadOnly ? 0o555 : 0o777)
    }
}
