/// The number the kernel knows a file by, for as long as it holds lookups of it. 0 is no file; the root is 1.
public typealias Inode = UInt64

/// What the file system gave in ``OpenReply`` and gets back with every call on the open file.
public typealias Handle = UInt64

extension Inode {
    /// The root directory of the mount. It is never looked up and never forgotten.
    public static var root: Inode { 1 }
}
