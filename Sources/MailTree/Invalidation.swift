/// What the kernel may hold that is no longer so.
public enum Invalidation: Hashable, Sendable {
    /// The list of names in a directory.
    case listing(InodeNumber)
    /// One name: it is gone, or means something else.
    case entry(parent: InodeNumber, name: [UInt8])
    /// Size, times and modes of one inode, not its pages.
    case attributes(InodeNumber)
    /// Attributes and pages of one file: its octets are others than they were.
    case content(InodeNumber)
    /// The name is gone and so is what it named.
    case removed(parent: InodeNumber, child: InodeNumber, name: [UInt8])
}
