internal import CFuse3
internal import Glibc

/// A directory of the mount, by which its names are reached also where the mount was taken away meanwhile, and nothing else is.
struct HeldDirectory {
    let descriptor: Int32
    let device: UInt64

    /// nil where the path leads to anything but that directory.
    init?(_ path: [UInt8], _ inode: Inode, _ device: UInt64?) {
        // O_PATH, which is behind _GNU_SOURCE.
        let found = (path.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { path in
            path.baseAddress.map { open($0, 0o10000000 | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) } ?? -1
        }
        guard found >= 0 else { return nil }
        var (number, place): (UInt64, UInt64) = (0, 0)
        var mode: UInt32 = 0
        guard mailmount_known_inode(found, &number, &mode, &place) == 0, number == inode,
            device == nil || device == place
        else {
            Glibc.close(found)
            return nil
        }
        descriptor = found
        self.device = place
    }

    func close() { Glibc.close(descriptor) }
}
