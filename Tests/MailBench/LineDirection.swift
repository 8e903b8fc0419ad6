internal import CLinux
internal import Glibc

private let atOnce = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)

/// Octets on their way in one direction. What is read at one moment is handed on a fixed time later, however much more is read
/// meanwhile: the queue has no bound, so neither bandwidth nor pipelining suffers from the delay.
struct LineDirection {
    private struct Piece {
        var octets: [UInt8]
        var start = 0
        let due: Duration
        let depth: Int
    }

    private let connection: LineConnection
    private let toClient: Bool
    private let half: Duration
    /// Nothing arrives before the connection is established at the far end.
    private let earliest: Duration
    private var queue: [Piece] = []
    private var head = 0
    private var sourceHasEnded = false
    private var targetIsFull = false

    init(connection: LineConnection, toClient: Bool, delay: Duration) {
        self.connection = connection
        self.toClient = toClient
        half = delay / 2
        // Established at the client after one round trip, at the server when its ACK has come.
        earliest = connection.opened + delay + (toClient ? delay : delay / 2)
    }

    private var source: Int32 { toClient ? connection.server : connection.client }
    private var target: Int32 { toClient ? connection.client : connection.server }

    /// Returns when one side is gone and all that it sent has been handed on.
    mutating func run() {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { room.deallocate() }
        while handOn() {
            if sourceHasEnded && head == queue.count {
                shutdown(target, Int32(SHUT_WR))
                return
            }
            wait()
            if !read(room) { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
    }

    /// Writes what is due, as much as goes. false where the target is gone.
    private mutating func handOn() -> Bool {
        targetIsFull = false
        while head < queue.count, queue[head].due <= monotonicNow() {
            let piece = queue[head]
            // Before the octets go: an answer may come while this thread sleeps.
            connection.delivered(depth: piece.depth, toClient: toClient)
            let written = piece.octets.withUnsafeBytes { octets in
                let rest = UnsafeRawBufferPointer(rebasing: octets[piece.start...])
                return send(target, rest.baseAddress, rest.count, atOnce)
            }
            if written < 0 {
                targetIsFull = errno == EAGAIN || errno == EINTR
                return targetIsFull
            }
            if piece.start + written < piece.octets.count {
                queue[head].start += written
            } else {
                queue[head].octets = []
                head += 1
            }
        }
        if head == queue.count {
            queue.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024 {
            queue.removeFirst(head)
            head = 0
        }
        return true
    }

    /// Until something can be read, or something is due and can be written.
    private func wait() {
        var polled = [
            pollfd(fd: sourceHasEnded ? -1 : source, events: Int16(POLLIN), revents: 0),
            pollfd(fd: targetIsFull ? target : -1, events: Int16(POLLOUT), revents: 0),
        ]
        guard !targetIsFull, head < queue.count else {
            ppoll(&polled, 2, nil, nil)
            return
        }
        let left = max(.zero, queue[head].due - monotonicNow()).components
        var timeout = timespec(tv_sec: Int(left.seconds), tv_nsec: Int(left.attoseconds / 1_000_000_000))
        ppoll(&polled, 2, &timeout, nil)
    }

    /// false where the source is gone before its end.
    private mutating func read(_ room: UnsafeMutableRawBufferPointer) -> Bool {
        guard !sourceHasEnded else { return true }
        let count = recv(source, room.baseAddress, room.count, atOnce)
        guard count > 0 else {
            sourceHasEnded = count == 0
            return count == 0 || errno == EAGAIN || errno == EINTR
        }
        let octets = UnsafeRawBufferPointer(rebasing: room[..<count])
        let depth = toClient ? connection.answering(octets) : connection.sending(octets)
        var start = 0
        let now = monotonicNow()
        let due = max(now + half, earliest)
        if head == queue.count, due <= now {
            // Nothing is before it: no copy for what goes at once.
            connection.delivered(depth: depth, toClient: toClient)
            let sent = send(target, octets.baseAddress, count, atOnce)
            start = max(0, sent)
        }
        if start < count { queue.append(Piece(octets: Array(octets[start...]), due: due, depth: depth)) }
        return true
    }
}
