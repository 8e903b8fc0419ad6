internal import Glibc
internal import Synchronization

/// Takes connections on loopback and passes their octets on to a server, each half the delay later in each direction.
///
/// Prints its port and a second one, and serves until it is ended. Whoever connects to the second one gets the counters, one
/// line, and is sent away.
func serveLine(to port: UInt16, delay: Duration, log path: String?) -> Never {
    let counters = LineCounters()
    var log: LineLog?
    if let path {
        log = LineLog(path: path)
        if log == nil { fail("line: no log at \(path)") }
    }
    guard let line = listening(), let control = listening() else { fail("line: no port (errno \(errno))") }
    say("\(line.port) \(control.port)")
    var polled = [line, control].map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
    while true {
        guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
        if polled[1].revents != 0 { tell(counters, on: control.socket) }
        if polled[0].revents != 0 { take(line.socket, to: port, delay: delay, counters: counters, log: log) }
    }
}

private func tell(_ counters: LineCounters, on listener: Int32) {
    let client = accept(listener, nil, nil)
    guard client >= 0 else { return }
    let text = Array(counters.text.utf8)
    _ = text.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    close(client)
}

private func take(_ listener: Int32, to port: UInt16, delay: Duration, counters: LineCounters, log: LineLog?) {
    let client = accept(listener, nil, nil)
    guard client >= 0 else { return }
    guard let server = connected(to: port) else {
        close(client)
        return
    }
    for socket in [client, server] {
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    let connection = LineConnection(client: client, server: server, counters: counters, log: log)
    for toClient in [false, true] {
        startThread {
            var direction = LineDirection(connection: connection, toClient: toClient, delay: delay)
            direction.run()
        }
    }
}

// --- sockets and threads ------------------------------------------------------------------------

private func withLoopback<Result>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

private func listening() -> (socket: Int32, port: UInt16)? {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0, withLoopback(0, { bind(listener, $0, $1) }) == 0, listen(listener, 128) == 0 else {
        return nil
    }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    return result == 0 ? (listener, UInt16(bigEndian: address.sin_port)) : nil
}

private func connected(to port: UInt16) -> Int32? {
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard server >= 0 else { return nil }
    guard withLoopback(port, { connect(server, $0, $1) }) == 0 else {
        close(server)
        return nil
    }
    return server
}

private final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(Start(body))
    var thread = pthread_t()
    let result = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, start.toOpaque())
    guard result == 0 else {
        start.release()
        return
    }
    pthread_detach(thread)
}
