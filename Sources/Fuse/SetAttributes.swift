internal import CFuse3
internal import Glibc

/// What `chmod`, `chown`, `truncate` and `utimensat` ask for. What is nil stays as it is.
public struct SetAttributes: Sendable, Hashable {
    public enum Time: Sendable, Hashable {
        /// The time at which the call is served.
        case now
        case at(seconds: Int64, nanoseconds: UInt32)
    }

    /// Permission bits with set-user-id, set-group-id and sticky bit.
    public var permissions: UInt16?
    public var uid: UInt32?
    public var gid: UInt32?
    public var size: UInt64?
    public var accessed: Time?
    public var modified: Time?
    public var changed: Time?

    public init(
        permissions: UInt16? = nil, uid: UInt32? = nil, gid: UInt32? = nil, size: UInt64? = nil,
        accessed: Time? = nil, modified: Time? = nil, changed: Time? = nil
    ) {
        self.permissions = permissions
        self.uid = uid
        self.gid = gid
        self.size = size
        self.accessed = accessed
        self.modified = modified
        self.changed = changed
    }

    /// - Parameter valid: FUSE_SET_ATTR bits.
    init(_ stat: stat, valid: Int32) {
        func asks(_ bit: Int32) -> Bool { valid & bit != 0 }
        func time(_ value: timespec) -> Time {
            .at(seconds: Int64(value.tv_sec), nanoseconds: UInt32(clamping: value.tv_nsec))
        }
        if asks(FUSE_SET_ATTR_MODE) { permissions = UInt16(truncatingIfNeeded: stat.st_mode & 0o7777) }
        if asks(FUSE_SET_ATTR_UID) { uid = stat.st_uid }
        if asks(FUSE_SET_ATTR_GID) { gid = stat.st_gid }
        if asks(FUSE_SET_ATTR_SIZE) { size = UInt64(clamping: stat.st_size) }
        if asks(FUSE_SET_ATTR_ATIME) { accessed = asks(FUSE_SET_ATTR_ATIME_NOW) ? .now : time(stat.st_atim) }
        if asks(FUSE_SET_ATTR_MTIME) { modified = asks(FUSE_SET_ATTR_MTIME_NOW) ? .now : time(stat.st_mtim) }
        if asks(FUSE_SET_ATTR_CTIME) { changed = time(stat.st_ctim) }
    }
}
