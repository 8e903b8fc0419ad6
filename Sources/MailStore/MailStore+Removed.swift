internal import GRDB
import Glibc
internal import PosixFile

// Files of the store that somebody removed while it was open, as people do with caches. What is open goes on without its name.
extension MailStore {
    /// Which file a path stood for.
    struct FileIdentity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64

        /// nil where there is nothing.
        init?(of path: String) {
            guard let status = FileNames.status(path) else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    /// The paths of those of its two databases that were removed, or replaced by others: what is stored is in files without a name.
    public var removedDatabases: [String] {
        [indexPath, statePath].filter { FileIdentity(of: $0) != identities[$0] }
    }

    /// Writes databases that were removed again, whole. What somebody put in the place of one is left alone.
    ///
    /// - Parameter db: within no transaction.
    func restoreRemoved(_ db: Database) throws {
        for (name, path) in [("main", indexPath), ("state", statePath)] where !FileNames.exists(path) {
            if let slash = path.lastIndex(of: "/") { try PrivateDirectory.make(String(path[..<slash])) }
            // An empty file is written to, and keeps its mode.
            try PrivateDirectory.touch(path)
            try db.execute(sql: "VACUUM \(name) INTO ?", arguments: [path])
            try FileDescriptor(reading: path).synchronise()
        }
    }
}
