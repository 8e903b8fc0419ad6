/// Something that the kernel is to drop from its caches.
enum Notification: Hashable, Sendable {
    /// Attributes, and pages (of a directory: the listing) in a range; length 0: to the end. A negative offset:
    /// attributes only.
    case inode(Inode, offset: Int64, length: Int64)
    case entry(parent: Inode, name: [UInt8])
    /// As `entry`; watchers of the directory (inotify) see the name go as well.
    case deleted(parent: Inode, child: Inode, name: [UInt8])
    /// All names there are.
    case everyEntry
}
