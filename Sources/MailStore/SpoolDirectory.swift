import Glibc
internal import PosixFile

/// The files of what is not on the server: `spool/<id>` in the state directory.
final class SpoolDirectory: Sendable {
    private let root: String

    /// - Parameter isNew: the journal was begun now: files of a lost one may be the only copies of what was not sent, so they are set
    ///   aside as `spool.1`, `spool.2`, ...
    init(state: String, isNew: Bool) throws(FileError) {
        root = state + "/spool"
        if isNew, rmdir(root) != 0, errno != ENOENT {
            var number = 1
            while FileNames.exists("\(root).\(number)") { number += 1 }
            try FileNames.rename(root, to: "\(root).\(number)")
        }
        try FileNames.makeDirectory(root)
        // A umask can have taken bits away from the owner.
        try FileDescriptor(opening: root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).setMode(0o700)
    }

    func path(_ id: Int64) -> String { "\(root)/\(id)" }

    /// Makes an empty file; one that is there is emptied.
    func create(_ id: Int64) throws(FileError) {
        try FileDescriptor(opening: path(id), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW).setMode(0o600)
    }

    func remove(_ id: Int64) { FileNames.remove(path(id)) }

    /// Returns when the octets of these files and all names are on the disk; files that are gone are passed over.
    func synchronise(_ ids: [Int64]) throws(FileError) {
        try ConcurrentSync.synchronise(ids.map(path))
        try FileNames.synchronise(directory: root)
    }

    /// Removes all files but those of these ids.
    func sweep(keeping ids: Set<Int64>) {
        for name in FileNames.all(in: root) where Int64(name).map(ids.contains) != true {
            FileNames.remove("\(root)/\(name)")
        }
    }
}
