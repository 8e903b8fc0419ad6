internal import Glibc
internal import Synchronization

extension TLSContext {
    /// A context, and what it was made of.
    private struct Kept {
        let context: TLSContext
        let caFile: String?
        let version: Version?
        let made: ContinuousClock.Instant
    }

    /// Tells one content of a file from another.
    private struct Version: Equatable {
        let device: dev_t
        let inode: ino_t
        let size: off_t
        let seconds: Int
        let nanoseconds: Int

        init?(of path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = status.st_dev
            inode = status.st_ino
            size = status.st_size
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    private static let kept = Mutex<Kept?>(nil)
    /// A renewed store of the system is honoured after so long.
    private static let life = Duration.seconds(60)

    /// A context that connections made in quick succession share: to read the system's authorities takes longer than to connect to
    /// a server nearby. A renewed `caFile` is honoured by the next connection.
    ///
    /// Throws as `init`.
    static func recent(caFile: String?) throws -> TLSContext {
        // Whoever comes while one is being made waits for it.
        try kept.withLock { kept in
            let version = caFile.flatMap(Version.init)
            if let kept, kept.caFile == caFile, kept.version == version, version != nil || caFile == nil,
                .now - kept.made < life
            {
                return kept.context
            }
            let context = try TLSContext(caFile: caFile)
            kept = Kept(context: context, caFile: caFile, version: version, made: .now)
            return context
        }
    }
}
