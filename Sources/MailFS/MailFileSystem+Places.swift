public import Fuse
internal import MailTree
internal import Synchronization

extension MailFileSystem {
    /// The path of a file or directory through the mount; nil where it has no name.
    public func path(of inode: Inode) -> [UInt8]? {
        guard let root = mountpoint.withLock({ $0 }),
            let components = tree.withLock({ $0.path(of: InodeNumber(rawValue: inode)) })
        else { return nil }
        return Array(root.utf8) + components.flatMap { [UInt8(ascii: "/")] + $0 }
    }

    /// Whether an inode of the account is a directory's, also where that is gone.
    public func isDirectory(_ inode: Inode) -> Bool { InodeNumber(rawValue: inode).directory != nil }
}
