internal import CFuse3
internal import Glibc

/// Asks the kernel whether somebody has a file open for writing.
///
/// A read lease (fcntl(2), F_SETLEASE) is granted only where nobody has. It is given back at once: whoever opens the
/// file for writing meanwhile waits for that, and our SIGIO is ignored. A write lease is granted only where nobody else
/// has it open at all, and whoever opens it meanwhile waits.
enum WriterTest {
    enum Outcome: Sendable, Hashable {
        case nobodyWrites
        case somebodyWrites
        /// The path does not lead to the file now.
        case elsewhere(Errno)
        /// This kernel gives no leases here.
        case unsupported(Errno)
        /// For want of descriptors or memory it could not be asked.
        case unasked(Errno)

        /// Nothing that was said of the file was said too soon.
        var isKnown: Bool {
            switch self {
            case .nobodyWrites, .somebodyWrites: true
            case .elsewhere, .unsupported, .unasked: false
            }
        }
    }

    /// - Parameters:
    ///   - path: absolute, without NUL.
    ///   - inode: the file that the path is to lead to.
    ///   - device: of the mount; nil before it is known.
    ///   - unused: asked for a write lease, and called while it is held; what it does is to be short.
    static func run(_ path: [UInt8], inode: Inode, device: inout UInt64?, unused: (() -> Void)? = nil) -> Outcome {
        let descriptor = (path.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { path in
            path.baseAddress.map { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY) } ?? -1
        }
        guard descriptor >= 0 else { return failed(.last) }
        defer { close(descriptor) }
        // Without a question to ourselves: the shorter the mount is in use, the less an unmount finds it busy.
        var (found, place): (UInt64, UInt64) = (0, 0)
        var mode: UInt32 = 0
        guard mailmount_known_inode(descriptor, &found, &mode, &place) == 0 else { return failed(.last) }
        guard found == inode, mode & S_IFMT == S_IFREG, device == nil || device == place else {
            return .elsewhere(.stale)
        }
        guard fcntl(descriptor, setLease, Int32(unused == nil ? F_RDLCK : F_WRLCK)) == 0 else {
            let error = Errno.last
            return error == .tryAgain ? .somebodyWrites : error == .noMemory ? .unasked(error) : .unsupported(error)
        }
        if let unused {
            unused()
            learnSize(of: descriptor)
        }
        _ = fcntl(descriptor, setLease, Int32(F_UNLCK))
        device = place
        return .nobodyWrites
    }

    /// The kernel is to know the size before anybody opens the file. It takes none from an answer that a notification overtakes, and then
    /// copies (copy_file_range(2)) end where the file ended before, although stat(2) tells the new size.
    private static func learnSize(of descriptor: Int32) {
        for _ in 0..<8 {
            var attributes = stat()
            guard fstat(descriptor, &attributes) == 0, lseek(descriptor, 0, SEEK_END) != attributes.st_size else {
                return
            }
        }
    }

    static func failed(_ error: Errno) -> Outcome {
        switch error.rawValue {
        case EMFILE, ENFILE, ENOMEM: .unasked(error)
        default: .elsewhere(error)
        }
    }

    /// The kernel tells the holder of a lease by SIGIO that somebody else wants the file, which by default ends the
    /// process.
    static func prepare() { signal(SIGIO, SIG_IGN) }

    /// F_SETLEASE, behind _GNU_SOURCE in <fcntl.h>.
    private static let setLease: Int32 = 1024
}
