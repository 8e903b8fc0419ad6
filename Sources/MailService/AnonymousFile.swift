internal import Glibc
internal import Synchronization

/// A body in memory that reads like a file (memfd_create(2)): for somebody who waits while the disk has no room. Gone with its last user.
final class AnonymousFile: Sendable {
    let descriptor: Int32
    private let written = Mutex<UInt64>(0)

    var size: UInt64 { written.withLock { $0 } }

    /// nil where the system has no such files.
    init?() {
        guard let create = Self.create else { return nil }
        descriptor = create("mailmount", Self.closeOnExec)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Adds octets at the end.
    ///
    /// - Returns: false where there is no memory left.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        written.withLock { written in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = pwrite(descriptor, part.baseAddress, part.count, off_t(clamping: written))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += UInt64(count)
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// The first octets, at most `count`.
    func prefix(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: max(0, min(count, Int(clamping: size)))) { buffer, used in
            while used < buffer.count {
                let got = pread(descriptor, buffer.baseAddress?.advanced(by: used), buffer.count - used, used)
                guard got > 0 else { break }
                used += got
            }
        }
    }

    private typealias Create = @convention(c) (UnsafePointer<CChar>, CUnsignedInt) -> CInt

    /// The C module does not show the function, which stands behind _GNU_SOURCE.
    private static let create: Create? = dlsym(nil, "memfd_create").map { unsafeBitCast($0, to: Create.self) }
    private static let closeOnExec: CUnsignedInt = 1
}
