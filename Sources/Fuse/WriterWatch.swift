internal import CFuse3
internal import Glibc
internal import Synchronization

/// Finds out when nobody has a file of the mount open for writing any more, where the kernel opens and closes files
/// without telling the file system.
///
/// One thread of its own opens the files through the mount, as any program does, so nothing here may be waited for in a
/// handler.
public final class WriterWatch: Sendable {
    /// Where a watched file is now.
    public enum Place: Sendable {
        /// - Parameter mark: differs after each write.
        case path([UInt8], mark: UInt64)
        /// Nobody writes to it, and something else comes in its place when nobody has it open, for reading either.
        case whole([UInt8], mark: UInt64)
        /// It has no path for the moment.
        case hidden(mark: UInt64)
        /// It need not be watched any more.
        case gone
    }

    public struct Events: Sendable {
        var place: @Sendable (Inode) -> Place
        var closed: @Sendable (Inode, _ mark: UInt64, _ isUnused: Bool) -> Bool
        var seenOpen: @Sendable (Inode, _ nanoseconds: UInt64) -> Void

        /// All are called on the watch's thread, with nothing locked.
        /// - Parameters:
        ///   - place: asked before each look.
        ///   - closed: nobody writes to the file, nor did since `mark` was given. False: it was written to meanwhile,
        ///     and is to be watched on. Where `isUnused`, nobody has it open at all, nor opens it before this returns, or
        ///     that cannot be found out; else it is asked again for a file that is `whole` from then on.
        ///   - seenOpen: somebody has it open for writing, so long after the watch began.
        public init(
            place: @escaping @Sendable (Inode) -> Place,
            closed: @escaping @Sendable (Inode, _ mark: UInt64, _ isUnused: Bool) -> Bool,
            seenOpen: @escaping @Sendable (Inode, _ nanoseconds: UInt64) -> Void
        ) {
            self.place = place
            self.closed = closed
            self.seenOpen = seenOpen
        }
    }

    private struct Trial {
        var path: [UInt8]
        var inode: Inode
        var done: @Sendable (Bool) -> Void
    }

    private struct State {
        var schedule = WatchSchedule()
        var trials: [Trial] = []
        var waiting: [Latch] = []
        var isRunning = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wake = Semaphore()
    private let finished = Latch()
    private let events: Events
    private let test: Test

    /// - Parameter unused: called while nobody can open the file, where nobody has it open; nil where readers do not matter.
    typealias Test =
        @Sendable (
            _ path: [UInt8], Inode, _ device: inout UInt64?, _ unused: (() -> Void)?
        ) -> WriterTest.Outcome

    public convenience init(_ events: Events) {
        self.init(events) { WriterTest.run($0, inode: $1, device: &$2, unused: $3) }
    }

    init(_ events: Events, test: @escaping Test) {
        self.events = events
        self.test = test
    }

    /// - Throws: ``Errno`` where there can be no more threads.
    public func start() throws {
        WriterTest.prepare()
        let isFirst = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFirst { try Thread.start(name: "writer-watch") { self.run() } }
    }

    /// Ends the thread, unless a call on the mount holds it.
    public func stop() {
        let wasRunning = state.withLock { state in
            defer { state.isStopped = true }
            return state.isRunning
        }
        wake.signal()
        if wasRunning { _ = finished.wait(seconds: 1) }
    }

    /// Somebody may have this file open for writing from now on.
    public func add(_ inode: Inode) {
        let now = Self.now
        state.withLock { $0.schedule.add(inode, at: now) }
        wake.signal()
    }

    /// Whether this kernel can tell, tried out on a file that nobody writes to.
    public func tryOut(_ inode: Inode, path: [UInt8], done: @escaping @Sendable (Bool) -> Void) {
        state.withLock { $0.trials.append(Trial(path: path, inode: inode, done: done)) }
        wake.signal()
    }

    /// Looks at all watched files now, and again at those of which it could not be found out who writes to them.
    /// - Returns: false when that took longer than `seconds`. Blocks: not for handlers.
    @discardableResult
    public func checkAll(within seconds: Double) -> Bool {
        let latch = Latch()
        let isIdle = state.withLock { state in
            if !state.isRunning || state.isStopped || state.schedule.entries.isEmpty { return true }
            state.schedule.hurryAll()
            state.waiting.append(latch)
            return false
        }
        if isIdle { return true }
        wake.signal()
        return latch.wait(seconds: seconds)
    }

    /// As ``checkAll(within:)``, for tasks; false also where there can be no more threads.
    public func checkAll(within seconds: Double) async -> Bool {
        await withCheckedContinuation { continuation in
            do {
                try Thread.start(name: "writer-check") {
                    continuation.resume(returning: self.checkAll(within: seconds))
                }
            } catch {
                continuation.resume(returning: false)
            }
        }
    }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private func run() {
        var device: UInt64?
        // Of these nothing could be found out when they were looked at last, and those wait for that.
        var unknown: Set<Inode> = []
        var patient: [Latch] = []
        while true {
            let now = Self.now
            let (due, trials, waiting, next, isStopped) = state.withLock { state in
                defer {
                    state.trials = []
                    state.waiting = []
                }
                return (
                    state.schedule.due(at: now), state.trials, state.waiting, state.schedule.next, state.isStopped
                )
            }
            if !isStopped {
                for trial in trials {
                    trial.done(test(trial.path, trial.inode, &device, nil) == .nobodyWrites)
                }
                for inode in due {
                    if look(at: inode, &device) { unknown.remove(inode) } else { unknown.insert(inode) }
                }
            }
            patient += waiting
            if unknown.isEmpty || isStopped {
                for latch in patient { latch.open() }
                patient = []
            }
            if isStopped {
                finished.open()
                return
            }
            if !due.isEmpty || !trials.isEmpty { continue }
            if let next {
                _ = wake.wait(seconds: Double(next > now ? next - now : 0) / 1e9)
            } else {
                wake.wait()
            }
        }
    }

    /// - Returns: whether it could be found out who writes to it.
    private func look(at inode: Inode, _ device: inout UInt64?) -> Bool {
        let (path, mark): ([UInt8]?, UInt64)
        switch events.place(inode) {
        case .gone:
            state.withLock { $0.schedule.remove(inode) }
            return true
        case .hidden(let current): (path, mark) = (nil, current)
        case .path(let current, let currentMark): (path, mark) = (current, currentMark)
        case .whole(let current, let currentMark):
            replace(inode, current, currentMark, &device)
            return true
        }
        let outcome = path.map { test($0, inode, &device, nil) } ?? .elsewhere(.notFound)
        switch outcome {
        case .nobodyWrites:
            close(inode, mark, isUnused: false)
            // As a rule nobody reads it either.
            if case .whole(let path, let mark) = events.place(inode) {
                add(inode)
                replace(inode, path, mark, &device)
            }
        // However long that lasts, it says nothing about the file.
        case .unasked: state.withLock { _ = $0.schedule.postpone(inode, at: Self.now) }
        case .somebodyWrites:
            let time = state.withLock { $0.schedule.postpone(inode, at: Self.now) }
            events.seenOpen(inode, time)
        case .elsewhere, .unsupported:
            guard state.withLock({ $0.schedule.lose(inode, mark: mark, at: Self.now) }) else { break }
            close(inode, mark, isUnused: true)
            return true
        }
        return outcome.isKnown
    }

    /// Whoever has the file open reads the whole of what it was; whoever opens it afterwards, the whole of what comes in its place.
    private func replace(_ inode: Inode, _ path: [UInt8], _ mark: UInt64, _ device: inout UInt64?) {
        switch test(path, inode, &device, { self.close(inode, mark, isUnused: true) }) {
        case .nobodyWrites: break
        case .somebodyWrites, .unasked: state.withLock { _ = $0.schedule.postpone(inode, at: Self.now) }
        case .elsewhere, .unsupported:
            if state.withLock({ $0.schedule.lose(inode, mark: mark, at: Self.now) }) {
                close(inode, mark, isUnused: true)
            }
        }
    }

    /// Taken out before it is told, so that whoever writes to it from then on can have it watched again.
    private func close(_ inode: Inode, _ mark: UInt64, isUnused: Bool) {
        state.withLock { $0.schedule.remove(inode) }
        if !events.closed(inode, mark, isUnused) { add(inode) }
    }
}
