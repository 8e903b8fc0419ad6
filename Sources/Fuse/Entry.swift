internal import CFuse3

/// A name found. Each one that reaches the kernel adds one lookup to its inode, which ``FileSystem/forget(_:_:)``
/// takes back.
public struct Entry: Sendable, Hashable {
    /// 0: there is no such name, and the kernel may remember that for `entryTimeout`.
    public var inode: Inode
    /// Differs between two files that get the same inode number one after the other.
    public var generation: UInt64
    public var attributes: Attributes
    /// Seconds the kernel may believe the attributes.
    public var attributeTimeout: Double
    /// Seconds the kernel may believe that the name leads here.
    public var entryTimeout: Double

    public init(
        inode: Inode, generation: UInt64 = 1, attributes: Attributes, attributeTimeout: Double, entryTimeout: Double
    ) {
        self.inode = inode
        self.generation = generation
        self.attributes = attributes
        self.attributeTimeout = attributeTimeout
        self.entryTimeout = entryTimeout
    }

    /// No such name, remembered by the kernel for `timeout` seconds (or until ``Notifier/invalidateEntry(_:_:)``).
    public static func absent(timeout: Double) -> Entry {
        let none = Attributes(inode: 0, kind: .regularFile, permissions: 0, linkCount: 0, uid: 0, gid: 0)
        return Entry(inode: 0, attributes: none, attributeTimeout: 0, entryTimeout: timeout)
    }

    var parameters: fuse_entry_param {
        var parameters = fuse_entry_param()
        parameters.ino = inode
        parameters.generation = generation
        parameters.attr = attributes.stat
        parameters.attr_timeout = attributeTimeout
        parameters.entry_timeout = entryTimeout
        return parameters
    }
}
