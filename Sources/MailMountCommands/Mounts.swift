internal import CLinux
internal import Foundation
internal import Glibc

/// The mounts of this program on this machine.
enum Mounts {
    /// Where something of type `fuse.mailmount` is mounted, by whomever; one place may be there twice.
    static func all() -> [String] { entries().map(\.mountpoint) }

    static func isMounted(_ mountpoint: String) -> Bool { all().contains(mountpoint) }

    /// Whether the program that served a mount is gone.
    static func hasDied(_ mountpoint: String) -> Bool {
        getxattr(mountpoint, "user.mailmount.control", nil, 0) < 0 && errno == ENOTCONN
    }

    /// Asks the mount where its program listens, and connects.
    ///
    /// - Throws: `Failure`.
    static func control(of mountpoint: String) throws -> ControlSocket {
        guard isMounted(mountpoint) else { throw Failure("\(mountpoint) is not a mount of mailmount") }
        var value = [CChar](repeating: 0, count: 4_096)
        let length = getxattr(mountpoint, "user.mailmount.control", &value, value.count - 1)
        guard length > 0 else {
            throw Failure(
                errno == ENOTCONN
                    ? "the program that served \(mountpoint) has died: unmount it with mailmount unmount \(mountpoint)"
                    : "\(mountpoint) does not answer: \(String(cString: strerror(errno)))")
        }
        return try ControlSocket.connected(
            to: String(decoding: value[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// Sends a request and hands over each answer, the last one included.
    ///
    /// - Throws: `Failure`, also for an answer that is one.
    static func ask(
        _ mountpoint: String, _ request: ControlRequest, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ControlReply {
        try ask(try control(of: mountpoint), request, of: mountpoint, progress: progress)
    }

    /// As above, over a connection that the caller keeps.
    static func ask(
        _ socket: ControlSocket, _ request: ControlRequest, of mountpoint: String,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }, found: ([String]) -> Void = { _ in }
    ) throws -> ControlReply {
        try socket.send(request)
        while let reply = try socket.receive(ControlReply.self) {
            switch reply {
            case .progress(let done, let total): progress(done, total)
            case .arrived: continue
            case .found(let paths): found(paths)
            case .failed(let message): throw Failure(message)
            case .meaningless(let message): throw UsageError(message)
            case .status, .synchronised, .unmounting, .changes, .restored, .searched: return reply
            }
        }
        throw Failure("\(mountpoint) ended without an answer")
    }
}
