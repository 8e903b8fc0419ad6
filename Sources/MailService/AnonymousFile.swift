internal import CLinux
internal import PosixFile
internal import Synchronization

/// A body in memory that reads like a file (memfd_create(2)): for somebody who waits while the cache cannot take it. Gone with its last
/// user.
final class AnonymousFile: Sendable {
    let file: FileDescriptor
    private let written = Mutex<UInt64>(0)

    var descriptor: Int32 { file.descriptor }

    /// Octets written.
    var size: UInt64 { written.withLock { $0 } }

    /// nil where the system has none to give.
    init?() {
        let descriptor = memfd_create("mailmount", mailmount_memfd_cloexec)
        guard descriptor >= 0 else { return nil }
        file = FileDescriptor(descriptor: descriptor, path: "memory")
    }

    /// Adds octets at the end.
    ///
    /// - Returns: false where there is no memory left.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        written.withLock { written in
            guard (try? file.write(bytes, at: written)) != nil else { return false }
            written += UInt64(bytes.count)
            return true
        }
    }

    /// The first octets, at most `count`.
    func prefix(_ count: Int) -> [UInt8] { (try? file.prefix(count)) ?? [] }
}
