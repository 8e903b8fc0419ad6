internal import CFuse3
internal import Glibc
internal import Synchronization

extension Session {
    /// Serves requests until the file system is unmounted. Blocks: call it on a thread that is free for that, not in a
    /// task.
    ///
    /// At the end all requests that still wait are answered EINTR. A second call returns at once.
    /// - Returns: how it ended.
    @discardableResult
    public func run() -> End {
        let mayServe = state.withLock { state in
            guard state.phase == .mounted else { return false }
            state.phase = .serving
            return true
        }
        guard mayServe else {
            ended.wait()
            return state.withLock { $0.end } ?? .requested
        }
        Thread.prepareWakeSignal()
        do {
            try notifier.start(link)
            for _ in 0..<max(options.threads, 1) { try startWorker() }
        } catch {
            end(.failed(error as? Errno ?? .tryAgain))
        }
        ending.wait()
        return finish()
    }

    private func startWorker() throws {
        state.withLock { $0.workersAlive += 1 }
        do {
            try Thread.start(name: "fuse") { self.work() }
        } catch {
            state.withLock { $0.workersAlive -= 1 }
            throw error
        }
    }

    private func work() {
        let number = UInt(pthread_self())
        state.withLock { $0.workers[number] = pthread_self() }
        TransferBuffer.prepareThread()
        serve()
        state.withLock { state in
            state.workers[number] = nil
            state.workersAlive -= 1
        }
        workerLeft.signal()
    }

    private func serve() {
        var buffer = fuse_buf()
        defer { free(buffer.mem) }
        while true {
            let result = fuse_session_receive_buf(link.session, &buffer)
            if result > 0 {
                fuse_session_process_buf(link.session, &buffer)
                continue
            }
            if fuse_session_exited(link.session) != 0 || result == 0 {
                end(isMounted ? .aborted : .unmounted)
                return
            }
            let error = Errno(-result)
            if error == .interrupted || error == .tryAgain { continue }
            end(error == .connectionAborted ? .aborted : .failed(error))
            return
        }
    }

    /// A forced unmount ends the connection also where the mount stays.
    private var isMounted: Bool { mount.map { MountTable.current().top(at: place.path) == $0 } ?? false }

    func end(_ reason: End) {
        if claimEnd(reason) { ending.open() }
    }

    /// The first reason counts; who gave it opens ``ending``.
    func claimEnd(_ reason: End) -> Bool {
        state.withLock { state in
            guard state.end == nil else { return false }
            state.end = reason
            if state.phase == .serving { state.phase = .ending }
            return true
        }
    }

    /// Workers serve while the notifier stops: a notification may wait for a lock that the kernel holds for a request.
    private func finish() -> End {
        dispatcher.endWaiting()
        let notifierStopped = notifier.stop(within: 2)
        dispatcher.watchers.stop(within: 2)
        fuse_session_exit(link.session)
        let workersLeft = stopWorkers(within: 2)
        let isAnswered = awaitAnswers(within: 2)
        let end = state.withLock { $0.end } ?? .requested
        if case .failed = end { detach() }
        if notifierStopped, workersLeft, isAnswered {
            fuse_session_destroy(link.session)
        } else {
            dispatcher.report("a thread is held by the kernel or a handler: its session stays until the process ends")
        }
        state.withLock { $0.phase = .ended }
        ended.open()
        return end
    }

    /// Whoever has claimed a request answers it by the session.
    private func awaitAnswers(within seconds: Double) -> Bool {
        for _ in 0..<Int(seconds * 100) {
            if !dispatcher.isAnswering { return true }
            _ = workerLeft.wait(seconds: 0.01)
        }
        return !dispatcher.isAnswering
    }

    /// A signal may come before the call it is to interrupt, so it is sent until nobody is left.
    private func stopWorkers(within seconds: Double) -> Bool {
        let wakeSignal = Thread.wakeSignal
        for _ in 0..<Int(seconds * 100) {
            let left = state.withLock { state in
                for thread in state.workers.values { pthread_kill(thread, wakeSignal) }
                return state.workersAlive == 0
            }
            if left { return true }
            _ = workerLeft.wait(seconds: 0.01)
        }
        return false
    }
}
