internal import Glibc
internal import Synchronization

/// One connection over the line: two sockets that both directions share, closed when both have ended.
final class LineConnection: Sendable {
    let client: Int32
    let server: Int32
    let counters: LineCounters
    let log: LineLog?
    /// The client's SYN; with a delay the connection is established one round trip later.
    let opened: Duration
    /// The depth of the connection's own round trip.
    let openingDepth: Int
    /// The depth of what the server has received: at first the client's ACK.
    let reached: Atomic<Int>
    /// The client has received since it last sent, or has not sent yet.
    let mayTurn = Atomic<Bool>(true)

    init(client: Int32, server: Int32, counters: LineCounters, log: LineLog?) {
        self.client = client
        self.server = server
        self.counters = counters
        self.log = log
        opened = monotonicNow()
        openingDepth = counters.trips.load(ordering: .sequentiallyConsistent) + 1
        reached = Atomic(openingDepth + 1)
        counters.connections.add(1, ordering: .relaxed)
    }

    deinit {
        close(client)
        close(server)
    }

    /// The depth of what the client sends now.
    func sending(_ octets: UnsafeRawBufferPointer) -> Int {
        counters.up.add(octets.count, ordering: .relaxed)
        if mayTurn.exchange(false, ordering: .sequentiallyConsistent) { counters.turns.add(1, ordering: .relaxed) }
        let depth = max(counters.trips.load(ordering: .sequentiallyConsistent), openingDepth) + 1
        log?.write(depth: depth, connection: client, octets)
        return depth
    }

    func answering(_ octets: UnsafeRawBufferPointer) -> Int {
        counters.down.add(octets.count, ordering: .relaxed)
        return reached.load(ordering: .sequentiallyConsistent)
    }

    func delivered(depth: Int, toClient: Bool) {
        guard toClient else {
            reached.max(depth, ordering: .sequentiallyConsistent)
            return
        }
        counters.trips.max(depth, ordering: .sequentiallyConsistent)
        mayTurn.store(true, ordering: .sequentiallyConsistent)
    }
}

/// What clients send, a line for each one in the beginning of a piece: seconds, depth, connection, text. Readable without TLS only.
final class LineLog: Sendable {
    private let file: Int32

    init?(path: String) {
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        if file < 0 { return nil }
    }

    func write(depth: Int, connection: Int32, _ octets: UnsafeRawBufferPointer) {
        let seconds = Double(monotonicNow().components.attoseconds) / 1e18 + Double(monotonicNow().components.seconds)
        // Commands that leave in one piece are as many lines; of a message its header is enough.
        let text = octets.prefix(2048).split(separator: UInt8(ascii: "\n")).map { piece in
            let words = piece.prefix(160).prefix { $0 >= 0x20 && $0 < 0x7f }
            return "\(seconds) \(depth) \(connection) \(String(decoding: words, as: UTF8.self))\n"
        }
        let line = Array(text.joined().utf8)
        _ = line.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }
}

/// Of the clock that does not jump.
func monotonicNow() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
