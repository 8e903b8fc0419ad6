internal import CFuse3
internal import Glibc

/// Threads of the session. They take no signal but the one that wakes them.
enum Thread {
    private final class Start {
        let body: @Sendable () -> Void
        let name: String
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Interrupts a system call of a session thread. Not used by libraries: the second last real-time signal.
    static var wakeSignal: Int32 { __libc_current_sigrtmax() - 1 }

    /// The signal does nothing but make the call return EINTR.
    static func prepareWakeSignal() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigemptyset(&action.sa_mask)
        sigaction(wakeSignal, &action, nil)
    }

    /// - Throws: ``Errno`` where there can be no more threads.
    @discardableResult
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws -> pthread_t {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        sigdelset(&all, wakeSignal)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, threadMain, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw Errno(result)
        }
        pthread_detach(thread)
        return thread
    }

    private static let threadMain: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        mailmount_name_thread(start.name)
        start.body()
        return nil
    }
}
