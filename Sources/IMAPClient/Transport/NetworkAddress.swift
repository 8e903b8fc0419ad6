internal import NIOCore

/// What an address literal is, and whether it stays on this machine.
enum NetworkAddress {
    /// Whether `host` is an IPv4 or IPv6 address rather than a name (`127.0.0.1`, `::1`).
    static func isLiteral(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    /// 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104; false for all else, unknown ones included.
    static func isLoopback(_ address: SocketAddress) -> Bool {
        // inet_ntop writes each address in one way only.
        switch (address, address.ipAddress) {
        case (.v4, let text?): text.hasPrefix("127.")
        case (.v6, let text?): text == "::1" || text.hasPrefix("::ffff:127.")
        default: false
        }
    }
}
