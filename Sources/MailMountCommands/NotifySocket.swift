internal import CLinux
internal import Glibc

/// The socket on which a service manager waits for word (sd_notify(3)): one datagram, lines of `NAME=value`.
struct NotifySocket: Sendable {
    private let address: [UInt8]

    /// nil where no manager waits, or where it gave something else than the address of a socket.
    ///
    /// - Parameter environment: `NOTIFY_SOCKET` is an absolute path, or a name in the abstract name space behind an `@`.
    init?(environment: [String: String]) {
        guard let text = environment["NOTIFY_SOCKET"], let first = text.utf8.first, text.utf8.count > 1,
            text.utf8.count < Self.longestPath
        else { return nil }
        switch first {
        case UInt8(ascii: "/"): address = Array(text.utf8)
        case UInt8(ascii: "@"): address = [0] + text.utf8.dropFirst()
        default: return nil
        }
    }

    /// What `sun_path` holds (unix(7)).
    private static let longestPath = 108

    /// The mount answers.
    func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))\nMAINPID=\(getpid())") }

    func status(_ text: String) { send("STATUS=\(Self.line(text))") }

    func stopping() { send("STOPPING=1\nSTATUS=unmounting") }

    private static func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }

    /// Says nothing of a failure: a manager that has gone takes no word, and the mount goes on.
    private func send(_ text: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: address) }
        // The name in the abstract name space ends where its length says; no octet of zero follows it.
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(offset + address.count + (address.first == 0 ? 0 : 1))
        let octets = Array(text.utf8)
        _ = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}
