internal import CFuse3
internal import Glibc
internal import Synchronization

/// A mounted file system.
///
/// ```swift
/// let session = try Session(mountpoint: "/home/me/Mail", options: MountOptions(), fileSystem: mail)
/// session.run()  // until somebody unmounts, or unmount() is called
/// ```
///
/// It installs no signal handlers, except an empty one for the second last real-time signal.
public final class Session: Sendable {
    /// How ``run()`` ended.
    public enum End: Sendable, Hashable {
        /// Unmounted from outside: nobody had a file open any more.
        case unmounted
        /// Aborted from outside, with whatever was open.
        case aborted
        /// By ``unmount()``.
        case requested
        /// The device failed.
        case failed(Errno)
    }

    struct State {
        var phase = Phase.mounted
        var end: End?
        var workers: [UInt: pthread_t] = [:]
        /// Threads made, whether or not they are in `workers` yet.
        var workersAlive = 0
        var detached = false
    }

    enum Phase {
        /// Nobody serves yet. Next: serving, ended.
        case mounted
        /// Next: ending.
        case serving
        /// Requests are still answered, but none may wait. Next: ended.
        case ending
        /// libfuse's session is gone.
        case ended
    }

    /// Tells the kernel to drop what it has cached.
    public let notifier: Notifier
    /// Absolute, without symbolic links.
    public var mountpoint: String { place.path }

    let place: Mountpoint
    let options: MountOptions
    let dispatcher: Dispatcher
    let link: KernelLink
    /// The device. Kept beside `link`, which ends before the session does.
    let descriptor: Int32
    /// What the mount table says of the mount, to know it again; nil where it says nothing.
    let mount: MountTable.Mount?
    let state = Mutex(State())
    /// Opened when serving is to end.
    let ending = Latch()
    let ended = Latch()
    let workerLeft = Semaphore()

    /// Mounts. Calls on the mount wait until ``run()`` serves them.
    /// - Parameters:
    ///   - mountpoint: an existing directory; it need not be empty.
    ///   - executor: where answers that wait for something are made; nil: on Swift's own pool.
    ///   - log: is told what nobody else sees: errors without a number, notifications refused. Called on any thread.
    /// - Throws: ``FuseError``.
    public init(
        mountpoint: String, options: MountOptions, fileSystem: any FileSystem, executor: (any TaskExecutor)? = nil,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        try Session.checkDevice()
        place = try Mountpoint(checking: mountpoint, options: options)
        self.options = options
        dispatcher = Dispatcher(fileSystem: fileSystem, options: options, executor: executor, report: log)
        notifier = Notifier(report: log, sent: dispatcher.watchers.sent)
        LibraryLog.install()
        _ = LibraryLog.take()
        link = try Session.makeLink(options, dispatcher)
        guard fuse_session_mount(link.session, place.path) == 0 else {
            let reason = LibraryLog.take()
            fuse_session_destroy(link.session)
            throw FuseError.refused(reason.isEmpty ? "libfuse gives no reason" : reason)
        }
        descriptor = link.descriptor
        var functions = Negotiation.functions()
        if fuse_session_custom_io(link.session, &functions, link.descriptor) != 0 {
            log("libfuse keeps the device to itself: \(LibraryLog.take())")
        }
        mount = MountTable.current().top(at: place.path)
    }

    deinit { unmount() }

    /// From now on those who watch a directory (inotify(7)) hear of names that the notifier was told of: a thread makes calls on the mount.
    /// Only in directories that were listed; not of thousands at a time; not where the mount is read-only.
    ///
    /// - Parameters:
    ///   - path: of a directory, absolute; nil for one in which nothing is to be told. Called on a thread without descriptors: it must not
    ///     read or write anything.
    ///   - isDirectory: whether an inode is one; it may be gone.
    /// - Throws: ``Errno`` where there can be no more threads.
    public func tellWatchers(
        path: @escaping @Sendable (Inode) -> [UInt8]?, isDirectory: @escaping @Sendable (Inode) -> Bool
    ) throws {
        try dispatcher.watchers.start(place.path, WatcherEvents.Places(path: path, isDirectory: isDirectory))
    }

    private static func makeLink(_ options: MountOptions, _ dispatcher: Dispatcher) throws -> KernelLink {
        let words: [String] = ["mailmount", "-o", options.argument]
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        argv.append(nil)
        defer { argv.forEach { free($0) } }
        var arguments = fuse_args()
        let count = Int32(words.count)
        var table = Operations.table()
        let session = argv.withUnsafeMutableBufferPointer { buffer in
            arguments.argc = count
            arguments.argv = buffer.baseAddress
            arguments.allocated = 0
            return fuse_session_new(
                &arguments, &table, MemoryLayout<fuse_lowlevel_ops>.size,
                Unmanaged.passUnretained(dispatcher).toOpaque())
        }
        // libfuse replaces the list by one of its own when it takes options out.
        if arguments.allocated != 0 { fuse_opt_free_args(&arguments) }
        guard let session else { throw FuseError.refused(LibraryLog.take()) }
        return KernelLink(session: session)
    }

    private static func checkDevice() throws(FuseError) {
        if access("/dev/fuse", F_OK) != 0 { throw .deviceMissing }
        if access("/dev/fuse", R_OK | W_OK) != 0 { throw .deviceNotPermitted }
        if geteuid() != 0, Program.find("fusermount3") == nil { throw .fusermountMissing }
    }
}
