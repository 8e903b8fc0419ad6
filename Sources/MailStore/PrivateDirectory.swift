import Glibc
internal import PosixFile

/// A directory that only its owner can enter.
enum PrivateDirectory {
    /// Makes it with its parents, 0700 whatever the umask is, or checks the one that exists.
    ///
    /// - Throws: `notPrivate`, `unsuitableFileSystem`, `FileError`.
    static func open(_ path: String) throws {
        try make(path)
        let status = try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY).status()
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw MailStoreError.notPrivate(path: path)
        }
        if let mounts = try? FileDescriptor(opening: "/proc/self/mountinfo", O_RDONLY).contents(),
            let kind = unsuitable(device: status.st_dev, mounts: mounts)
        {
            throw MailStoreError.unsuitableFileSystem(path: path, kind: kind)
        }
    }

    /// Makes an empty file that only its owner can read, where none is. SQLite gives its other files the same mode.
    static func touch(_ path: String) throws(FileError) {
        try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW).setMode(0o600)
    }

    /// The type of a file system whose locks or shared memory are not dependable; nil for all others.
    ///
    /// - Parameter mounts: `/proc/self/mountinfo` (proc(5)): the third field is the device, the first behind ` - ` the type.
    static func unsuitable(device: dev_t, mounts: [UInt8]) -> String? {
        let device = UInt64(device)
        // The layout of gnu_dev_major(3) and gnu_dev_minor(3).
        let major = device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000
        let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
        let wanted = Array("\(major):\(minor)".utf8)
        for line in mounts.split(separator: 0x0A) {
            let fields = line.split(separator: 0x20)
            guard fields.count > 3, fields[2].elementsEqual(wanted), let dash = fields.firstIndex(of: [0x2D]),
                fields.indices.contains(dash + 1)
            else { continue }
            let type = String(decoding: fields[dash + 1], as: UTF8.self)
            let remote = [
                "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "ncpfs", "fuse", "fuseblk",
            ]
            if remote.contains(type) || type.hasPrefix("fuse.") { return type }
        }
        return nil
    }

    /// Makes it with its parents, where it is not there.
    static func make(_ path: String) throws(FileError) {
        var missing: [String] = []
        var current = path[...]
        while current.count > 1 {
            while current.count > 1, current.last == "/" { current = current.dropLast() }
            if FileNames.exists(String(current)) { break }
            missing.append(String(current))
            guard let slash = current.lastIndex(of: "/") else { break }
            current = current[..<current.index(after: slash)]
        }
        for path in missing.reversed() { try FileNames.makeDirectory(path) }
        // A umask can take bits away from the owner, never add any for others.
        for path in missing { try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY).setMode(0o700) }
    }
}
