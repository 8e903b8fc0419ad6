internal import CFuse3
internal import Glibc
internal import Synchronization

/// Sends the answers of a file system. The user data of libfuse's session points here.
final class Dispatcher: Sendable {
    let fileSystem: any FileSystem
    let options: MountOptions
    let report: @Sendable (String) -> Void
    /// What waits runs here; nil: on Swift's own pool.
    private let executor: (any TaskExecutor)?
    let negotiation = Negotiation()
    let watchers = WatcherEvents()
    private let pending = PendingRequests()
    /// Tasks that are about to answer.
    private let answering = Atomic(0)

    init(
        fileSystem: any FileSystem, options: MountOptions, executor: (any TaskExecutor)?,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.executor = executor
        self.fileSystem = fileSystem
        self.options = options
        self.report = report
    }

    /// Sends what the handler said, or starts what will.
    func reply<R: Reply>(_ request: Request, _ reply: R, _ answer: Answer<R.Value>) {
        switch answer {
        case .now(let value): send(value, reply, to: request)
        case .failed(let error): request.fail(error)
        case .later(let operation):
            start(operation, for: request, interruptible: true) { self.finish($0, reply, $1) }
        case .uninterruptible(let operation):
            start(operation, for: request, interruptible: false) { self.finish($0, reply, $1) }
        case .waiting(let operation, let then):
            start(operation, for: request, interruptible: true) { self.goOn($0, reply, $1, then) }
        }
    }

    private func send<R: Reply>(_ value: R.Value, _ reply: R, to request: Request) {
        if reply.send(value, to: request) != 0 { reply.takeBack(value, from: fileSystem) }
    }

    private func start<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value, for request: Request, interruptible: Bool,
        finish: @escaping @Sendable (UInt, Result<Value, Errno>) -> Void
    ) {
        guard let number = pending.add(request, interruptible: interruptible) else {
            request.fail(.interrupted)
            return
        }
        if interruptible {
            // Before the task exists: a task that has answered has freed the request. An interrupt that is here already
            // is delivered inside this call, which goes on using the request and so must not see it answered.
            let number = UnsafeMutableRawPointer(bitPattern: number)
            fuse_req_interrupt_func(request.pointer, Dispatcher.interrupted, number)
        }
        if let claimed = pending.ready(number) {
            settle(claimed)
            claimed.request.fail(.interrupted)
            return
        }
        let task = Task.detached(executorPreference: executor) {
            do {
                finish(number, .success(try await operation()))
            } catch {
                finish(number, .failure(self.number(of: error)))
            }
        }
        if !pending.attach(task, to: number), interruptible { task.cancel() }
    }

    private func finish<R: Reply>(_ number: UInt, _ reply: R, _ outcome: Result<R.Value, Errno>) {
        answering.add(1, ordering: .sequentiallyConsistent)
        defer { answering.subtract(1, ordering: .sequentiallyConsistent) }
        guard let claimed = pending.claim(number) else {
            if case .success(let value) = outcome { reply.takeBack(value, from: fileSystem) }
            return
        }
        settle(claimed)
        switch outcome {
        case .success(let value): send(value, reply, to: claimed.request)
        case .failure(let error): claimed.request.fail(error)
        }
    }

    /// The wait of a request is over.
    private func goOn<R: Reply>(
        _ number: UInt, _ reply: R, _ outcome: Result<Void, Errno>, _ then: () -> Answer<R.Value>
    ) {
        answering.add(1, ordering: .sequentiallyConsistent)
        defer { answering.subtract(1, ordering: .sequentiallyConsistent) }
        guard let claimed = pending.claim(number) else { return }
        settle(claimed)
        switch outcome {
        case .success: self.reply(claimed.request, reply, then())
        case .failure(let error): claimed.request.fail(error)
        }
    }

    private func number(of error: any Error) -> Errno {
        if let error = error as? Errno { return error }
        if error is CancellationError { return .interrupted }
        report("an operation failed with an error that has no number: \(error)")
        return .ioError
    }

    /// libfuse calls the interrupt function with the request's lock held, which this takes: afterwards no call is under
    /// way and none will come.
    private func settle(_ claimed: PendingRequests.Pending) {
        if claimed.interruptible { fuse_req_interrupt_func(claimed.request.pointer, nil, nil) }
    }

    private static let interrupted: fuse_interrupt_func_t = { request, number in
        guard let request, let userdata = fuse_req_userdata(request) else { return }
        Unmanaged<Dispatcher>.fromOpaque(userdata).takeUnretainedValue().interrupt(UInt(bitPattern: number))
    }

    private func interrupt(_ number: UInt) {
        guard let claimed = pending.interrupt(number) else { return }
        claimed.request.fail(.interrupted)
        claimed.task?.cancel()
    }

    /// Whether a task may be about to answer a request that it has claimed: after `endWaiting` no other is.
    var isAnswering: Bool { answering.load(ordering: .sequentiallyConsistent) > 0 }

    /// Answers EINTR to all that wait, and to all that would have to.
    func endWaiting() {
        for claimed in pending.end() {
            settle(claimed)
            claimed.request.fail(.interrupted)
            if claimed.interruptible { claimed.task?.cancel() }
        }
    }
}
