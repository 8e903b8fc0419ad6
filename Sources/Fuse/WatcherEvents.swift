internal import CFuse3
internal import Glibc
internal import Synchronization

/// Lets those who watch a directory (inotify(7)) see what changed in it without a call.
///
/// The kernel tells watchers of calls only. So a thread of this process makes the calls: mknod(2) of a name that has appeared, unlink(2)
/// of one that is gone. They go through the mount as anybody's do, are known by the thread that makes them, and are answered here: the file
/// system, which has the change already, is not asked to do anything.
///
/// The thread may wait in the kernel for the lock of a directory, as long as a request there waits for its answer. It has no file
/// descriptors of the process: if it did, the device would stay open in it when the process is killed, and it would wait for an answer
/// for ever.
final class WatcherEvents: Sendable {
    /// Where a directory is, and what an inode is.
    struct Places: Sendable {
        /// Absolute; nil for what has none. Called on a thread without descriptors.
        var path: @Sendable (Inode) -> [UInt8]?
        var isDirectory: @Sendable (Inode) -> Bool
    }

    /// The call under way.
    struct Call {
        enum Kind: Hashable { case trial, appearing, gone(isDirectory: Bool) }
        var kind: Kind
        var parent: Inode
        var name: [UInt8]
    }

    private struct State {
        var names = WatchedNames(capacity: WatcherEvents.capacity)
        var call: Call?
        /// The trial reached us.
        var isKnown = false
        var isRunning = false
        var isStopped = false
    }

    private static let capacity = 1_000
    /// Nanoseconds between two calls: a mount that is in use cannot be unmounted, so it is not for most of the time.
    private static let pause = 2_000_000
    /// Inode numbers from here on name nothing: what is gone is found under one of them.
    private static let firstNobody: Inode = .max - 0xFFFF
    /// AT_REMOVEDIR, behind _GNU_SOURCE.
    private static let removesDirectory: Int32 = 0x200
    private static let trialName = Array(".mailmount-watched".utf8)

    private let state = Mutex(State())
    private let thread = Atomic<Int32>(0)
    private let nobody = Atomic<UInt64>(0)
    private let wake = Semaphore()
    private let finished = Latch()

    // MARK: - What happened

    func listed(_ directory: Inode) { state.withLock { $0.names.list(directory) } }

    func forgotten(_ inode: Inode) { state.withLock { $0.names.forget(inode) } }

    /// The kernel has dropped what it held.
    func sent(_ notification: Notification) {
        let isMore = state.withLock { state in
            state.isRunning && !state.isStopped && state.names.append(notification)
        }
        if isMore { wake.signal() }
    }

    // MARK: - Its calls, as they come back

    /// Whether it is this one's thread that asks.
    @inline(__always)
    func makes(_ caller: Caller) -> Bool { caller.pid != 0 && caller.pid == thread.load(ordering: .relaxed) }

    /// The call under way, if it concerns this name.
    func call(_ parent: Inode, _ name: UnsafeRawBufferPointer) -> Call? {
        state.withLock { state in
            guard let call = state.call, call.parent == parent, name.elementsEqual(call.name) else { return nil }
            if call.kind == .trial { state.isKnown = true }
            return call
        }
    }

    /// What is gone, for as long as it takes to remove it.
    func departed(isDirectory: Bool) -> Entry {
        let inode = Self.firstNobody + nobody.add(1, ordering: .relaxed).oldValue % 0xFFFF
        let attributes = Attributes(
            inode: inode, kind: isDirectory ? .directory : .regularFile, permissions: 0o600,
            linkCount: isDirectory ? 2 : 1, uid: geteuid(), gid: getegid())
        return Entry(inode: inode, attributes: attributes, attributeTimeout: 0, entryTimeout: 0)
    }

    static func isNobody(_ inode: Inode) -> Bool { inode >= firstNobody }

    // MARK: - The thread

    /// - Throws: ``Errno`` where there can be no more threads.
    func start(_ root: String, _ places: Places) throws {
        let isFirst = state.withLock { state in
            guard !state.isRunning, !state.isStopped else { return false }
            state.isRunning = true
            return true
        }
        guard isFirst else { return }
        do {
            try Thread.start(name: "fuse-watchers") { self.run(Array(root.utf8), places) }
        } catch {
            state.withLock { $0.isRunning = false }
            throw error
        }
    }

    /// Requests must still be answered.
    func stop(within seconds: Double) {
        let wasRunning = state.withLock { state in
            state.isStopped = true
            state.names.removeAll()
            return state.isRunning
        }
        wake.signal()
        if wasRunning { _ = finished.wait(seconds: seconds) }
    }

    private func run(_ root: [UInt8], _ places: Places) {
        defer {
            thread.store(0, ordering: .relaxed)
            state.withLock { $0.isRunning = false }
            finished.open()
        }
        guard mailmount_leave_descriptors() == 0 else { return }
        thread.store(mailmount_thread(), ordering: .relaxed)
        var device: UInt64?
        while true {
            wake.wait()
            while let name = state.withLock({ $0.names.removeFirst() }) {
                if device == nil {
                    device = tryOut(root)
                    // Where its calls are not known as its own it makes none.
                    if device == nil { return }
                }
                if let device, !tell(name, on: device, places) { return }
                var pause = timespec(tv_sec: 0, tv_nsec: Self.pause)
                nanosleep(&pause, nil)
            }
            if state.withLock({ $0.isStopped }) { return }
        }
    }

    /// - Returns: the mount's device; nil where a call of this thread is not seen here.
    private func tryOut(_ root: [UInt8]) -> UInt64? {
        guard let directory = HeldDirectory(root, .root, nil) else { return nil }
        defer { directory.close() }
        make(Call(kind: .trial, parent: .root, name: Self.trialName)) { name in
            faccessat(directory.descriptor, name, F_OK, 0)
        }
        return state.withLock { $0.isKnown } ? directory.device : nil
    }

    /// - Returns: false where nothing can be told, now or later.
    private func tell(_ name: WatchedNames.Name, on device: UInt64, _ places: Places) -> Bool {
        guard let path = places.path(name.parent), let directory = HeldDirectory(path, name.parent, device) else {
            return true
        }
        defer { directory.close() }
        let isDirectory = name.child.map(places.isDirectory) ?? false
        let kinds: [Call.Kind] =
            name.isGone
            ? [.gone(isDirectory: isDirectory), .appearing] : [.appearing, .gone(isDirectory: isDirectory)]
        // What is not as it is said to be is the other.
        for kind in kinds {
            var error = make(Call(kind: kind, parent: name.parent, name: name.name)) { text in
                switch kind {
                case .trial: -1
                case .appearing: mknodat(directory.descriptor, text, S_IFREG | 0o600, 0)
                case .gone(let isDirectory):
                    unlinkat(directory.descriptor, text, isDirectory ? Self.removesDirectory : 0)
                }
            }
            if kind == .appearing, error == .isDirectory {
                error = make(Call(kind: kind, parent: name.parent, name: name.name)) { text in
                    mkdirat(directory.descriptor, text, 0o700)
                }
            }
            if error == .readOnlyFileSystem { return false }
            if error != .notFound, error != .exists { return true }
        }
        return true
    }

    /// - Returns: nil where the call went well.
    @discardableResult
    private func make(_ call: Call, _ body: (UnsafePointer<CChar>) -> Int32) -> Errno? {
        state.withLock { $0.call = call }
        defer { state.withLock { $0.call = nil } }
        return (call.name.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { text in
            guard let name = text.baseAddress else { return .invalidArgument }
            return body(name) == 0 ? nil : .last
        }
    }
}
