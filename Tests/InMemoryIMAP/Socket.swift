import Glibc

/// A connected TCP socket that one thread reads and writes, with a pipe by which others wake it.
final class Socket {
    enum Event { case input, woken }

    let descriptor: Int32
    private let wakeDescriptor: Int32
    private let longestLine: Int
    private var buffer: [UInt8] = []
    /// What of `buffer` is consumed.
    private var start = 0
    /// No line feed lies between `start` and here.
    private var scanned = 0
    private(set) var bytesReceived = 0

    init(descriptor: Int32, wakeDescriptor: Int32, longestLine: Int) {
        self.descriptor = descriptor
        self.wakeDescriptor = wakeDescriptor
        self.longestLine = longestLine
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// A whole line without its CRLF, if one has come.
    func takeLine() throws(Disconnected) -> [UInt8]? {
        scanned = max(scanned, start)
        while scanned < buffer.count, buffer[scanned] != 0x0A { scanned += 1 }
        guard scanned < buffer.count else {
            if scanned - start > longestLine { try end("Line too long") }
            return nil
        }
        if scanned - start > longestLine { try end("Line too long") }
        guard scanned > start, buffer[scanned - 1] == 0x0D else { try end("Bare line feed") }
        let line = [UInt8](buffer[start..<(scanned - 1)])
        start = scanned + 1
        return line
    }

    /// So many octets, waiting for them.
    func take(_ count: Int) throws(Disconnected) -> [UInt8] {
        while buffer.count - start < count { try receive() }
        defer { start += count }
        return [UInt8](buffer[start..<(start + count)])
    }

    func discard(_ count: Int) throws(Disconnected) {
        var rest = count
        while rest > 0 {
            if start == buffer.count { try receive() }
            let now = min(rest, buffer.count - start)
            start += now
            rest -= now
        }
    }

    /// Waits for bytes of the client or for a wake, whichever is first.
    func waitForInput() throws(Disconnected) -> Event {
        while true {
            var polled = [
                pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&polled, 2, -1) < 0 { continue }
            if polled[0].revents != 0 {
                drainWakes()
                return .woken
            }
            if polled[1].revents != 0 {
                try receive()
                return .input
            }
        }
    }

    /// Waits for a wake without reading.
    ///
    /// - Throws: when the client has closed its side.
    func waitForWakeOrHangup() throws(Disconnected) {
        // POLLRDHUP, which not every C library header shows.
        let hangup: Int16 = 0x2000
        var polled = [
            pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: hangup, revents: 0),
        ]
        if poll(&polled, 2, -1) < 0 { return }
        if polled[0].revents != 0 { drainWakes() }
        if polled[1].revents != 0 { throw Disconnected() }
    }

    func send(_ bytes: [UInt8]) throws(Disconnected) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.send(descriptor, raw.baseAddress.map { $0 + sent }, raw.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if count == 0 || errno != EINTR {
                throw Disconnected()
            }
        }
    }

    private func receive() throws(Disconnected) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            start = 0
            scanned = 0
        } else if start > 1 << 20 {
            buffer.removeFirst(start)
            scanned = max(0, scanned - start)
            start = 0
        }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0, errno == EINTR { return }
        guard count > 0 else { throw Disconnected() }
        bytesReceived += count
        buffer += chunk[..<count]
    }

    private func drainWakes() {
        var chunk = [UInt8](repeating: 0, count: 256)
        while read(wakeDescriptor, &chunk, chunk.count) == chunk.count {}
    }

    private func end(_ text: String) throws(Disconnected) -> Never {
        try send([UInt8]("* BYE \(text)\r\n".utf8))
        throw Disconnected()
    }
}
