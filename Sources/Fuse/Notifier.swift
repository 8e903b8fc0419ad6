internal import CFuse3
internal import Glibc
internal import Synchronization

/// Tells the kernel to drop what it has cached. Calls return at once and may be made from anywhere, also in a handler
/// and with locks held: a thread of its own sends them, in order. A notification equal to one that waits is merged with
/// it.
///
/// The kernel takes the directory's lock for names, and that lock is held while a lookup, listing, create or rename in
/// the directory waits for its answer; such a notification then waits too, and those behind it.
public final class Notifier: Sendable {
    private enum Phase { case idle, running, stopped }

    private struct State: ~Copyable {
        var queue: NotificationQueue
        var phase = Phase.idle
        /// While it runs.
        var link: KernelLink?
    }

    private let state: Mutex<State>
    private let wake = Semaphore()
    private let finished = Latch()
    private let report: @Sendable (String) -> Void
    private let sent: @Sendable (Notification) -> Void

    /// - Parameter sent: told of each that the kernel has had, on the thread that sends them.
    init(
        capacity: Int = 1 << 18, report: @escaping @Sendable (String) -> Void,
        sent: @escaping @Sendable (Notification) -> Void = { _ in }
    ) {
        self.sent = sent
        state = Mutex(State(queue: NotificationQueue(capacity: capacity)))
        self.report = report
    }

    /// Attributes and cached pages of a file, or the cached listing of a directory.
    /// - Parameters:
    ///   - offset: first byte; negative: attributes only.
    ///   - length: bytes; 0: to the end.
    public func invalidateInode(_ inode: Inode, offset: Int64 = 0, length: Int64 = 0) {
        enqueue(.inode(inode, offset: offset, length: length))
    }

    /// Attributes of a file, before this returns: the kernel takes no lock for them that a request holds, so a handler may ask for it
    /// before it answers.
    public func invalidateAttributesAtOnce(_ inode: Inode) {
        let refused = state.withLock { state in state.link?.send(.inode(inode, offset: -1, length: 0)) }
        if let refused, !Self.expected.contains(refused) {
            report("the kernel refused to drop inode \(inode): \(refused)")
        }
    }

    /// A name in a directory, be it known to the kernel as present or as absent.
    public func invalidateEntry(_ parent: Inode, _ name: [UInt8]) {
        enqueue(.entry(parent: parent, name: name))
    }

    /// `child` is gone from `parent`. Where it is not in use, the kernel drops it and tells watchers.
    public func deleted(_ parent: Inode, _ child: Inode, _ name: [UInt8]) {
        enqueue(.deleted(parent: parent, child: child, name: name))
    }

    /// Every name in every directory is looked up again before it is believed (kernels from 6.16 on).
    public func invalidateEveryEntry() { enqueue(.everyEntry) }

    /// Notifications not yet sent.
    public var waiting: Int { state.withLock { $0.queue.count } }

    private func enqueue(_ notification: Notification) {
        let accepted = state.withLock { state in
            if state.phase == .stopped { return false }
            state.queue.append(notification)
            return true
        }
        if accepted { wake.signal() }
    }

    /// Starts sending to the kernel.
    func start(_ link: KernelLink) throws {
        state.withLock { state in
            state.phase = .running
            state.link = link
        }
        try Thread.start(name: "fuse-notify") { self.send(to: link) }
    }

    /// Drops what waits. A notification on its way stays so until the kernel lets it go: requests must still be
    /// answered.
    /// - Returns: false when it was still on its way after `seconds`.
    func stop(within seconds: Double) -> Bool {
        let wasRunning = state.withLock { state in
            defer {
                state.phase = .stopped
                state.link = nil
            }
            state.queue.removeAll()
            return state.phase == .running
        }
        guard wasRunning else { return true }
        wake.signal()
        return finished.wait(seconds: seconds)
    }

    /// The kernel does not have it, still uses it, or is gone.
    private static let expected: Set<Errno> = [.notFound, .notEmpty, .busy, .noDevice, .notConnected, .notDirectory]

    private func send(to link: KernelLink) {
        while true {
            wake.wait()
            while true {
                let (next, stopped) = state.withLock { ($0.queue.removeFirst(), $0.phase == .stopped) }
                if stopped {
                    finished.open()
                    return
                }
                guard let next else { break }
                if let error = link.send(next), !Self.expected.contains(error) {
                    report("the kernel refused to drop \(next): \(error)")
                }
                sent(next)
            }
        }
    }
}
