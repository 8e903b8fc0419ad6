import Glibc
internal import PosixFile

/// The files of what is not on the server: `spool/<id>` in the state directory.
final class SpoolDirectory: Sendable {
    private let root: String

    init(state: String) throws(FileError) {
        root = state + "/spool"
        try FileNames.makeDirectory(root)
        // A umask can have taken bits away from the owner.
        try FileDescriptor(opening: root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).setMode(0o700)
    }

    func path(_ id: Int64) -> String { "\(root)/\(id)" }

    /// Where what a file was before lies as long as it is written anew.
    func earlierPath(_ id: Int64) -> String { path(id) + Self.earlier }

    private static let earlier = ".earlier"

    /// Makes an empty file; one that is there is emptied.
    func create(_ id: Int64) throws(FileError) {
        try FileDescriptor(opening: path(id), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW).setMode(0o600)
    }

    func remove(_ id: Int64) {
        FileNames.remove(path(id))
        FileNames.remove(earlierPath(id))
    }

    /// Returns when the octets of these files and all names are on the disk; files that are gone are passed over.
    func synchronise(_ ids: [Int64]) throws(FileError) {
        try ConcurrentSync.synchronise(ids.map(path))
        try FileNames.synchronise(directory: root)
    }

    /// Gives a file another id.
    func move(_ id: Int64, to other: Int64) throws(FileError) { try FileNames.rename(path(id), to: path(other)) }

    /// The ids of all files that are there, with their octets.
    func sizes() -> [Int64: UInt64] {
        FileNames.all(in: root).reduce(into: [:]) { found, name in
            guard let id = Self.id(name), let status = FileNames.status("\(root)/\(name)"),
                status.st_mode & S_IFMT == S_IFREG
            else { return }
            found[id] = UInt64(clamping: status.st_size)
        }
    }

    /// The id that a name stands for: ids are given one after the other, and never get near the bound.
    private static func id(_ name: String) -> Int64? {
        Int64(name).flatMap { 1..<(1 << 53) ~= $0 && String($0) == name ? $0 : nil }
    }

    /// Removes the files of these ids, and what is no id's: what was left of replacing one. What one was before stays with it.
    func sweep(removing ids: Set<Int64>) {
        for name in FileNames.all(in: root) {
            let owner = name.hasSuffix(Self.earlier) ? String(name.dropLast(Self.earlier.count)) : name
            if let id = Self.id(owner), !ids.contains(id), owner == name || FileNames.exists(path(id)) { continue }
            FileNames.remove("\(root)/\(name)")
        }
    }
}
