import Glibc

/// The files of what is not on the server: `spool/<id>` in the state directory.
final class SpoolDirectory: Sendable {
    private let root: String

    /// - Parameter isNew: the journal was begun now: files of a lost one may be the only copies of what was not sent, so they are set
    ///   aside as `spool.1`, `spool.2`, ...
    init(state: String, isNew: Bool) throws(MailStoreError) {
        root = state + "/spool"
        if isNew, rmdir(root) != 0, errno != ENOENT {
            var number = 1
            while access("\(root).\(number)", F_OK) == 0 { number += 1 }
            guard rename(root, "\(root).\(number)") == 0 else { throw lastError(root) }
        }
        guard mkdir(root, 0o700) == 0 || errno == EEXIST else { throw lastError(root) }
        let directory = try FileDescriptor(opening: root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        // A umask can have taken bits away from the owner.
        guard fchmod(directory.raw, 0o700) == 0 else { throw lastError(root) }
    }

    func path(_ id: Int64) -> String { "\(root)/\(id)" }

    /// Makes an empty file; one that is there is emptied.
    func create(_ id: Int64) throws(MailStoreError) {
        let path = path(id)
        let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        guard fchmod(file.raw, 0o600) == 0 else { throw lastError(path) }
    }

    func remove(_ id: Int64) { unlink(path(id)) }

    /// Returns when the octets of these files and all names are on the disk; files that are gone are passed over.
    func synchronise(_ ids: [Int64]) throws(MailStoreError) {
        try ConcurrentSync.synchronise(ids.map(path))
        let directory = try FileDescriptor(opening: root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard retrying({ fsync(directory.raw) }) == 0 else { throw lastError(root) }
    }

    /// Removes all files but those of these ids.
    func sweep(keeping ids: Set<Int64>) {
        guard let directory = opendir(root) else { return }
        var strays: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." || Int64(name).map(ids.contains) == true { continue }
            strays.append(name)
        }
        closedir(directory)
        for name in strays { unlink("\(root)/\(name)") }
    }
}
