internal import CLinux
internal import Foundation
internal import Glibc
internal import Synchronization

/// SIGTERM, SIGINT and SIGHUP, handled on a thread of their own.
///
/// They are caught rather than blocked: the main thread waits in sigsuspend(2) with nothing blocked, whatever masks the others
/// have.
final class TerminationSignals: Sendable {
    /// What a signal leaves here, a thread takes out again.
    private static let pipe: (reading: Int32, writing: Int32) = {
        var ends: [Int32] = [-1, -1]
        pipe2(&ends, O_CLOEXEC)
        return (ends[0], ends[1])
    }()

    private let handler: Mutex<@Sendable (Int32) -> Void>

    /// Calls `handler` for each signal from now on.
    init(_ handler: @escaping @Sendable (Int32) -> Void) {
        self.handler = Mutex(handler)
        let reading = Self.pipe.reading
        var action = sigaction()
        action.sa_flags = SA_RESTART
        action.__sigaction_handler.sa_handler = { number in
            let before = errno
            var octet = UInt8(truncatingIfNeeded: number)
            write(TerminationSignals.pipe.writing, &octet, 1)
            errno = before
        }
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaction(number, &action, nil) }
        signal(SIGPIPE, SIG_IGN)
        Thread.detachNewThread { [self] in
            var octet: UInt8 = 0
            while true {
                let count = read(reading, &octet, 1)
                if count == 1 { self.handler.withLock { $0 }(Int32(octet)) }
                if count == 0 || (count < 0 && errno != EINTR) { return }
            }
        }
    }

    /// From now on `handler` is called instead.
    func replace(_ handler: @escaping @Sendable (Int32) -> Void) {
        self.handler.withLock { $0 = handler }
    }
}
