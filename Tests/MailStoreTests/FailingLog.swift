import GRDBSQLite
import Glibc
import Synchronization

/// SQLite's file layer, in which the log of the state cannot be written to while that is wanted; for databases that are opened between `begin`
/// and `end`.
enum FailingLog {
    static let fails = Atomic(false)

    private typealias Write =
        @convention(c) (
            UnsafeMutablePointer<sqlite3_file>?, UnsafeRawPointer?, Int32, Int64
        ) -> Int32

    private nonisolated(unsafe) static let system = sqlite3_vfs_find("unix")
    private nonisolated(unsafe) static var write: Write?
    /// Of the log of the state: those of the system but for the write.
    private nonisolated(unsafe) static let calls = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)

    private nonisolated(unsafe) static let layer: UnsafeMutablePointer<sqlite3_vfs>? = {
        guard let system else { return nil }
        let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        layer.initialize(to: system.pointee)
        layer.pointee.zName = UnsafePointer(strdup("failing log"))
        layer.pointee.pNext = nil
        layer.pointee.xOpen = { layer, name, file, flags, outcome in
            let result =
                FailingLog.system?.pointee.xOpen?(FailingLog.system, name, file, flags, outcome) ?? SQLITE_ERROR
            guard result == SQLITE_OK, let name, String(cString: name).hasSuffix("/state.sqlite-wal"),
                let file, let known = file.pointee.pMethods
            else { return result }
            FailingLog.write = known.pointee.xWrite
            FailingLog.calls.initialize(to: known.pointee)
            FailingLog.calls.pointee.xWrite = { file, octets, count, place in
                FailingLog.fails.load(ordering: .sequentiallyConsistent)
                    ? SQLITE_IOERR | (3 << 8) : FailingLog.write?(file, octets, count, place) ?? SQLITE_ERROR
            }
            file.pointee.pMethods = UnsafePointer(FailingLog.calls)
            return result
        }
        return layer
    }()

    static func begin() { sqlite3_vfs_register(layer, 1) }

    static func end() {
        fails.store(false, ordering: .sequentiallyConsistent)
        sqlite3_vfs_register(system, 1)
    }
}
