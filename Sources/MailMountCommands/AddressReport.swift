internal import Glibc

/// Whether a host answers on each kind of address that it has: one that does not costs every new connection a wait.
enum AddressReport {
    private static let limit: Int32 = 3_000

    /// A line for each kind of address of which none answers, for people; empty where all is well or the host is not known.
    static func lines(host: String, port: UInt16) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var answers: [Int32: Bool] = [:]
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            if answers[entry.ai_family] != true { answers[entry.ai_family] = isAnswered(entry) }
        }
        return describe(hasIPv4: answers[AF_INET], hasIPv6: answers[AF_INET6], host: host)
    }

    /// - Parameter hasIPv4: whether such an address answers; nil where there is none.
    static func describe(hasIPv4: Bool?, hasIPv6: Bool?, host: String) -> [String] {
        if hasIPv6 == false, hasIPv4 == true {
            return [
                "note: \(host) has IPv6 addresses and answers only over IPv4: each connection may wait for that first. Either this"
                    + " machine's IPv6 does not reach the network, or the server's does not work."
            ]
        }
        if hasIPv4 == false, hasIPv6 == true { return ["note: \(host) answers only over IPv6"] }
        return []
    }

    private static func isAnswered(_ entry: addrinfo) -> Bool {
        let kind = entry.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(entry.ai_family, kind, entry.ai_protocol)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        if connect(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 { return true }
        guard errno == EINPROGRESS else { return false }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, limit) == 1 else { return false }
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0
    }
}
