internal import Glibc
internal import MailStore
internal import PosixFile
internal import Synchronization

/// The time by which deletions that can be taken back become final.
final class DeletionClock: Sendable {
    private let read: @Sendable () -> Int64
    private let write: @Sendable () throws -> Void
    private let kept = Mutex<Int64?>(nil)

    /// A clock that others turn.
    init(following now: @escaping @Sendable () -> Int64) {
        read = now
        write = {}
    }

    /// The machine's; what it has to remember is kept in the store.
    ///
    /// - Throws: `MailStoreError`.
    init(of store: MailStore, wall: Int64) throws {
        let time = SteadyTime(
            kept: try store.kept(Self.key), boot: Self.boot, uptime: Self.uptime, wall: wall)
        read = { time.seconds(at: Self.uptime) }
        write = { try store.keep(time.text(at: Self.uptime), as: Self.key) }
        try keep()
    }

    var now: Int64 { read() }

    /// Has the next boot go on from here.
    func keep() throws {
        kept.withLock { $0 = now }
        try write()
    }

    /// As `keep`, once a minute at most.
    func keepNow() throws {
        let now = now
        if kept.withLock({ $0.map { now - $0 < 60 } ?? false }) { return }
        try keep()
    }

    private static let key = "deletions.time"

    /// Suspended or not.
    private static var uptime: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }

    private static var boot: String {
        let path = "/proc/sys/kernel/random/boot_id"
        guard let octets = try? FileDescriptor(reading: path).contents() else { return "" }
        return String(decoding: octets, as: UTF8.self).filter { !$0.isWhitespace }
    }
}
