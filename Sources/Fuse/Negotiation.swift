internal import CFuse3
internal import Glibc
internal import Synchronization

/// Adds to the answer to FUSE_INIT what the kernel offers and this libfuse has no word for. Without it a file opened
/// with `directIO` cannot be mapped, and every write is preceded by a question for `security.capability` (with it only
/// the first one of a file).
///
/// libfuse reads and writes the device through the functions here; all but the first request and its answer pass
/// untouched.
final class Negotiation: Sendable {
    private static let opcode: UInt32 = 26  // FUSE_INIT
    private static let requestHeader = 40
    private static let replyHeader = 16

    /// FUSE_ABORT_ERROR: an aborted connection reads ECONNABORTED, which tells it from an unmount.
    /// FUSE_HANDLE_KILLPRIV_V2: nothing here has set-user-id bits to lose. FUSE_DIRECT_IO_ALLOW_MMAP.
    private static let wanted: UInt64 = 1 << 21 | 1 << 28 | 1 << 36
    /// FUSE_INIT_EXT: the flags go on in a second word.
    private static let extended: UInt64 = 1 << 30

    private enum Phase {
        static let waiting = 0
        static let seen = 1
        static let done = 2
    }

    private let phase = Atomic<Int>(Phase.waiting)
    private let offered = Mutex<(unique: UInt64, flags: UInt64)>((0, 0))

    /// A request as the kernel sent it.
    func received(_ bytes: UnsafeRawBufferPointer) {
        guard phase.load(ordering: .relaxed) == Phase.waiting, bytes.count >= Self.requestHeader + 16 else { return }
        guard bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self) == Self.opcode else { return }
        var flags = UInt64(bytes.loadUnaligned(fromByteOffset: Self.requestHeader + 12, as: UInt32.self))
        if flags & Self.extended != 0, bytes.count >= Self.requestHeader + 20 {
            flags |= UInt64(bytes.loadUnaligned(fromByteOffset: Self.requestHeader + 16, as: UInt32.self)) << 32
        }
        let unique = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        offered.withLock { $0 = (unique, flags) }
        phase.store(Phase.seen, ordering: .releasing)
    }

    /// An answer on its way: the header, then what belongs to it.
    func sending(_ header: UnsafeRawBufferPointer, _ body: UnsafeMutableRawBufferPointer) {
        guard phase.load(ordering: .acquiring) == Phase.seen else { return }
        let (unique, flags) = offered.withLock { $0 }
        // fuse_init_out up to flags2.
        guard header.count == Self.replyHeader, body.count >= 36 else { return }
        guard header.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == unique else { return }
        guard header.loadUnaligned(fromByteOffset: 4, as: Int32.self) == 0 else { return }
        phase.store(Phase.done, ordering: .releasing)
        guard flags & Self.extended != 0 else { return }
        let added = flags & Self.wanted | Self.extended
        add(UInt32(truncatingIfNeeded: added), to: body, at: 12)
        add(UInt32(truncatingIfNeeded: added >> 32), to: body, at: 32)
    }

    private func add(_ bits: UInt32, to body: UnsafeMutableRawBufferPointer, at offset: Int) {
        let value = UnsafeRawBufferPointer(body).loadUnaligned(fromByteOffset: offset, as: UInt32.self) | bits
        body.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
    }

    /// The functions for libfuse; its user data is the ``Dispatcher``.
    static func functions() -> fuse_custom_io {
        var functions = fuse_custom_io()
        functions.read = { descriptor, buffer, size, userdata in
            let count = Glibc.read(descriptor, buffer, size)
            if count > 0, let userdata {
                let saved = errno
                Unmanaged<Dispatcher>.fromOpaque(userdata)._withUnsafeGuaranteedRef {
                    $0.negotiation.received(UnsafeRawBufferPointer(start: buffer, count: count))
                }
                errno = saved
            }
            return count
        }
        functions.writev = { descriptor, parts, count, userdata in
            if count == 2, let parts, let userdata {
                Unmanaged<Dispatcher>.fromOpaque(userdata)._withUnsafeGuaranteedRef {
                    $0.negotiation.sending(
                        UnsafeRawBufferPointer(start: parts[0].iov_base, count: parts[0].iov_len),
                        UnsafeMutableRawBufferPointer(start: parts[1].iov_base, count: parts[1].iov_len))
                }
            }
            return Glibc.writev(descriptor, parts, count)
        }
        return functions
    }
}
