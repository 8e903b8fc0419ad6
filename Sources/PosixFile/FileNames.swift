public import Glibc

/// Names of files: made, changed, removed, listed.
public enum FileNames {
    /// rename(2): what had the name `target` has none any more.
    public static func rename(_ source: String, to target: String) throws(FileError) {
        try calling(.rename, target) { Glibc.rename(source, target) }
    }

    /// link(2).
    public static func link(_ source: String, to target: String) throws(FileError) {
        try calling(.link, target) { Glibc.link(source, target) }
    }

    /// symlink(2).
    public static func link(symbolicallyTo target: String, as path: String) throws(FileError) {
        try calling(.link, path) { symlink(target, path) }
    }

    /// Removes the name of a file; where that cannot be done it stays.
    public static func remove(_ path: String) { unlink(path) }

    /// Makes a directory that only its owner can enter, where there is none.
    public static func makeDirectory(_ path: String) throws(FileError) {
        do throws(FileError) {
            try calling(.makeDirectory, path) { mkdir(path, 0o700) }
        } catch  where error.code == EEXIST {
        }
    }

    /// Removes a directory; where it is not empty, or that cannot be done, it stays.
    public static func remove(directory path: String) { rmdir(path) }

    /// Returns when the names in a directory are on the disk.
    public static func synchronise(directory path: String) throws(FileError) {
        try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).synchronise()
    }

    /// Whether there is something of this name, links followed.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// What a name stands for, links not followed; nil where there is nothing, or nothing can be told.
    public static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    /// chmod(2).
    public static func setMode(_ path: String, _ mode: mode_t) throws(FileError) {
        try calling(.status, path) { chmod(path, mode) }
    }

    /// The path without links, `.` and `..` (realpath(3)); as it is where that cannot be told.
    public static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether a path leads into a directory, or to it.
    public static func isInside(_ path: String, _ directory: String) -> Bool {
        let (path, directory) = (resolved(path), resolved(directory))
        return path == directory || path.hasPrefix(directory == "/" ? directory : directory + "/")
    }

    /// The names in a directory, without `.` and `..`; none where it cannot be read.
    public static func all(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

/// How much a file system has room for, in octets.
public struct FileSystemRoom: Hashable, Sendable {
    /// For users without privileges.
    public var free: UInt64
    public var capacity: UInt64

    public init(free: UInt64, capacity: UInt64) {
        self.free = free
        self.capacity = capacity
    }

    /// Of the file system of a path.
    public init(at path: String) throws(FileError) {
        var statistics = statvfs()
        try calling(.status, path) { statvfs(path, &statistics) }
        self.init(statistics)
    }

    /// Of the file system of an open file.
    public init(of file: FileDescriptor) throws(FileError) {
        var statistics = statvfs()
        try calling(.status, file.path) { fstatvfs(file.descriptor, &statistics) }
        self.init(statistics)
    }

    private init(_ statistics: statvfs) {
        let unit = UInt64(statistics.f_frsize)
        func octets(_ blocks: UInt64) -> UInt64 {
            let (product, overflows) = blocks.multipliedReportingOverflow(by: unit)
            return overflows ? .max : product
        }
        self.init(free: octets(UInt64(statistics.f_bavail)), capacity: octets(UInt64(statistics.f_blocks)))
    }
}
