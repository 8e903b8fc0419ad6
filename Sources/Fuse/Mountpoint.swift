internal import CFuse3
internal import Glibc
internal import Synchronization

/// A directory on which something is or will be mounted.
struct Mountpoint: Sendable, Hashable {
    /// Absolute, without symbolic links.
    let path: String

    /// Looks whether a file system can be mounted here.
    /// - Parameter detachesStale: a mount whose server has died is taken away first.
    init(checking path: String, options: MountOptions) throws(FuseError) {
        if Mountpoint.inspect(path).failure == .notConnected || Mountpoint.isDead(path, subtype: options.subtype) {
            guard options.detachesStaleMount else { throw .mountpointStale(path) }
            if Mountpoint.detach(Mountpoint.absolute(path)) != nil { throw .mountpointStale(path) }
        }
        switch Mountpoint.inspect(path) {
        case .failure(.notConnected): throw .mountpointStale(path)
        case .failure(.notFound): throw .mountpointMissing(path)
        case .failure(.notDirectory): throw .mountpointNotDirectory(path)
        case .failure(.accessDenied), .failure(.notPermitted): throw .mountpointNotPermitted(path)
        case .failure(let error): throw .mountpointUnusable(path, error)
        case .success(let stat):
            guard stat.st_mode & S_IFMT == S_IFDIR else { throw .mountpointNotDirectory(path) }
            // fusermount3 wants the user to own the directory, or to be able to write to it without a sticky bit.
            if geteuid() != 0, stat.st_uid != getuid(), access(path, W_OK) != 0 { throw .mountpointNotPermitted(path) }
        }
        self.path = Mountpoint.absolute(path)
        if Mountpoint.isMounted(self.path, subtype: options.subtype) { throw .mountpointBusy(path) }
    }

    private static func isMounted(_ path: String, subtype: String) -> Bool {
        MountTable.current().top(at: path)?.type == "fuse." + subtype
    }

    /// Whether the server of such a mount has died. The kernel may go on answering for its root from memory; statfs is
    /// always asked of the server. One that is silent lives.
    private static func isDead(_ path: String, subtype: String) -> Bool {
        guard isMounted(absolute(path), subtype: subtype) else { return false }
        let answer = Probe(path: path)
        guard (try? Thread.start(name: "probe") { answer.ask() }) != nil else { return false }
        return answer.latch.wait(seconds: 2) && answer.error.withLock { $0 } == .notConnected
    }

    private final class Probe: Sendable {
        let path: String
        let error = Mutex<Errno?>(nil)
        let latch = Latch()

        init(path: String) { self.path = path }

        func ask() {
            var status = statvfs()
            let result = statvfs(path, &status)
            let failure = result == 0 ? nil : Errno.last
            error.withLock { $0 = failure }
            latch.open()
        }
    }

    private static func inspect(_ path: String) -> Result<stat, Errno> {
        var status = stat()
        return stat(path, &status) == 0 ? .success(status) : .failure(.last)
    }

    /// Falls back to the path itself where it cannot be resolved, such as below a dead mount; then the parent is
    /// resolved.
    private static func absolute(_ path: String) -> String {
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        let slash = trimmed.lastIndex(of: "/")
        let parent = slash.map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? "."
        let name = slash.map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
        guard let resolved = realpath(parent, nil) else { return path }
        defer { free(resolved) }
        let directory = String(cString: resolved)
        return directory == "/" ? "/" + name : directory + "/" + name
    }

    /// Takes the uppermost mount away at once; what still uses it keeps it until it is done (MNT_DETACH).
    /// - Returns: nil when it is gone.
    static func detach(_ path: String) -> Errno? {
        if umount2(path, Int32(MNT_DETACH) | Int32(UMOUNT_NOFOLLOW)) == 0 { return nil }
        let error = Errno.last
        guard error == .notPermitted else { return error }
        return Program.run("fusermount3", ["-u", "-q", "-z", "--", path]) == 0 ? nil : error
    }
}

extension Result where Success == stat, Failure == Errno {
    fileprivate var failure: Errno? {
        if case .failure(let error) = self { return error }
        return nil
    }
}
