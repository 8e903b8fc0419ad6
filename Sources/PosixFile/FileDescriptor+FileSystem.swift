internal import CLinux

extension FileDescriptor {
    /// Returns when all that was written to its file system so far is on the disk (syncfs(2)).
    public func synchroniseFileSystem() throws(FileError) {
        try calling(.synchronise, path) { syncfs(descriptor) }
    }
}
