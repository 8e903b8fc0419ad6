internal import CFuse3
internal import Glibc

/// A counting semaphore of the system.
final class Semaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0, errno == EINTR {} }

    /// - Returns: false when nothing came in time.
    func wait(seconds: Double) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let limit = Timeout(Double(now.tv_nsec) / 1e9 + seconds)
        var until = timespec(tv_sec: now.tv_sec &+ Int(clamping: limit.seconds), tv_nsec: Int(limit.nanoseconds))
        while sem_timedwait(semaphore, &until) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}

/// A gate that opens once and lets everybody through from then on.
final class Latch: Sendable {
    private let semaphore = Semaphore()

    func open() { semaphore.signal() }

    /// - Returns: false when it was still closed after `seconds`.
    func wait(seconds: Double) -> Bool {
        guard semaphore.wait(seconds: seconds) else { return false }
        semaphore.signal()
        return true
    }

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}
