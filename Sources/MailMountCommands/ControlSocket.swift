internal import Foundation
internal import Glibc

/// Lines over a Unix socket. Paths of any length: the socket is reached through its directory's descriptor.
final class ControlSocket: @unchecked Sendable {
    let descriptor: Int32
    private var pending: [UInt8] = []

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Throws: `Failure`.
    static func listening(at path: String) throws -> ControlSocket {
        unlink(path)
        return try open(path) { descriptor, address, length in
            let mask = umask(0o177)
            defer { umask(mask) }
            return bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
        }
    }

    /// - Throws: `Failure` when nobody listens there.
    static func connected(to path: String) throws -> ControlSocket {
        try open(path) { connect($0, $1, $2) == 0 }
    }

    /// The process and the user at the other end; nil where that cannot be told.
    var peer: (process: pid_t, user: uid_t)? {
        // struct ucred of unix(7): process, user, group.
        var peer: [Int32] = [0, 0, 0]
        var length = socklen_t(peer.count * MemoryLayout<Int32>.stride)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0, peer[0] > 0 else { return nil }
        return (peer[0], uid_t(bitPattern: peer[1]))
    }

    private static func open(
        _ path: String, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws -> ControlSocket {
        let directory = Glibc.open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let name = "/proc/self/fd/\(directory)/" + (path as NSString).lastPathComponent
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard directory >= 0, descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(directory) }
        let socket = ControlSocket(descriptor: descriptor)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8.prefix($0.count - 1)) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isOpen = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { use(descriptor, $0, length) }
        }
        guard isOpen else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        return socket
    }

    /// The next connection; nil when the socket was shut down. Whoever cannot be let in for want of descriptors or memory waits until there are
    /// some.
    ///
    /// - Parameter take: takes a connection from a listening socket: its descriptor, or the negated error number.
    func accept(_ take: (Int32) -> Int32 = ControlSocket.take) -> ControlSocket? {
        while true {
            let accepted = take(descriptor)
            if accepted >= 0 { return ControlSocket(descriptor: accepted) }
            switch -accepted {
            case EINTR, ECONNABORTED: continue
            // The connection stays where it is, so that to ask again at once would be to ask all the time.
            case EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN: poll(nil, 0, Self.shortagePause)
            default: return nil
            }
        }
    }

    /// Milliseconds.
    private static let shortagePause: Int32 = 20

    private static func take(_ listening: Int32) -> Int32 {
        let accepted = Glibc.accept(listening, nil, nil)
        guard accepted >= 0 else { return -errno }
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        return accepted
    }

    /// Waits until the other side has gone.
    /// - Returns: false when it has not within the time.
    func waitForEnd(within limit: Duration) -> Bool {
        let deadline = ContinuousClock.now + limit
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return false }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = left / .milliseconds(1)
            guard poll(&waiting, 1, Int32(min(milliseconds, 60_000)) + 1) > 0 else { continue }
            var byte: UInt8 = 0
            let count = read(descriptor, &byte, 1)
            if count == 0 || (count < 0 && errno != EINTR) { return true }
        }
    }

    /// Ends every wait on it.
    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func send(_ value: some Encodable) throws {
        var line = try JSONEncoder().encode(value)
        line.append(UInt8(ascii: "\n"))
        var sent = 0
        try line.withUnsafeBytes { bytes in
            while sent < bytes.count {
                let count = write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                guard count > 0 else { throw Failure("the other side has gone") }
                sent += count
            }
        }
    }

    /// The next line; nil at the end.
    func receive<Value: Decodable>(_ type: Value.Type) throws -> Value? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(pending[..<end])
                pending.removeFirst(end + 1)
                return try JSONDecoder().decode(type, from: line)
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            pending += chunk[..<count]
            guard pending.count < 64 << 20 else { throw Failure("too long an answer") }
        }
    }
}
