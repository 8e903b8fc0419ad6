import Dispatch
import Glibc
import NIOCore
import Synchronization

/// An event loop without a thread: whoever drives it runs what was given to it, from any thread, and says when time has passed.
final class DrivenLoop: EventLoop {
    private struct Timer {
        let fire: @Sendable () -> Void
        let drop: @Sendable () -> Void
    }

    private struct State {
        var tasks: [@Sendable () -> Void] = []
        var timers: [Int: Timer] = [:]
        var lastTimer = 0
    }

    private let state = Mutex(State())
    private let owner = pthread_self()
    /// One for each task that was given.
    private let given = Given()

    var inEventLoop: Bool { pthread_equal(pthread_self(), owner) != 0 }

    // MARK: - Driving

    /// Runs what there is, and what that gives.
    func run() {
        while true {
            let tasks = state.withLock { state in
                defer { state.tasks = [] }
                return state.tasks
            }
            if tasks.isEmpty { return }
            for task in tasks { task() }
        }
    }

    /// Waits for another thread to give something; false where none does in these seconds.
    func wait(seconds: Int) -> Bool { given.wait(seconds: seconds) { self.state.withLock { !$0.tasks.isEmpty } } }

    /// Time has passed for each timer that was set by now.
    func passTime() {
        let due = state.withLock { state in
            defer { state.timers = [:] }
            return state.timers.sorted { $0.key < $1.key }.map(\.value)
        }
        for timer in due { timer.fire() }
    }

    func dropTimers() {
        let timers = state.withLock { state in
            defer { state.timers = [:] }
            return state.timers.values.map { $0 }
        }
        for timer in timers { timer.drop() }
    }

    // MARK: - EventLoop

    func execute(_ task: @escaping @Sendable () -> Void) {
        state.withLock { $0.tasks.append(task) }
        given.signal()
    }

    func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        let promise = makePromise(of: T.self)
        execute { promise.assumeIsolated().completeWith(Result { try task() }) }
        return promise.futureResult
    }

    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        let timer = Timer(
            fire: { promise.assumeIsolated().completeWith(Result { try task() }) },
            drop: { promise.fail(EventLoopError.cancelled) })
        let number = state.withLock { state in
            state.lastTimer += 1
            state.timers[state.lastTimer] = timer
            return state.lastTimer
        }
        return Scheduled(promise: promise) { [weak self] in
            _ = self?.state.withLock { $0.timers.removeValue(forKey: number) }
        }
    }

    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: .now() + delay, task)
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        callback(nil)
    }
}
