internal import Glibc

/// Threads for work that waits for a disk: commits, fsync, files that are written or read.
///
/// Swift's own pool has as many threads as there are processors, and one that waits there is one less for everything else: with a slow
/// disk two commits would stop the whole program. Tasks that prefer this executor (SE-0417) run here with all that they call, actors
/// included; children inherit it, `Task { }` inside does not.
///
/// ```swift
/// Task(executorPreference: BlockingExecutor.disk) { try store.apply(batch) }
/// BlockingExecutor.disk.run { file.write(octets) }
/// ```
public final class BlockingExecutor: TaskExecutor {
    /// The one that the whole program shares.
    public static let disk = BlockingExecutor(threads: 16)

    private enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    /// Reached with `mutex` locked only.
    private struct Queue {
        /// In the order of arrival, from `first` on.
        var work: [Work] = []
        var first = 0
        var idle = 0
        var threads = 0

        mutating func take() -> Work? {
            guard first < work.count else { return nil }
            let next = work[first]
            first += 1
            if first == work.count {
                work.removeAll(keepingCapacity: work.count <= 1_024)
                first = 0
            }
            return next
        }

        var waiting: Int { work.count - first }
    }

    private let limit: Int
    // A condition needs the address of its mutex to stay; both live as long as the executor does.
    private nonisolated(unsafe) let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let queue = UnsafeMutablePointer<Queue>.allocate(capacity: 1)

    /// - Parameter threads: at most so many, at least one; each is made when all others are busy, and ends after a while without work.
    public init(threads: Int) {
        limit = max(1, threads)
        queue.initialize(to: Queue())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(arrived, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        // Threads hold the executor: there is none left.
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(mutex)
        queue.deinitialize(count: 1)
        queue.deallocate()
        arrived.deallocate()
        mutex.deallocate()
    }

    public func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    /// Runs `work` on one of the threads, after what was given before and beside what runs.
    public func run(_ work: @escaping @Sendable () -> Void) { add(.closure(work)) }

    private func add(_ work: Work) {
        pthread_mutex_lock(mutex)
        queue.pointee.work.append(work)
        let isThreadWanted = queue.pointee.idle < queue.pointee.waiting && queue.pointee.threads < limit
        if isThreadWanted { queue.pointee.threads += 1 }
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
        if isThreadWanted, !startThread() {
            pthread_mutex_lock(mutex)
            queue.pointee.threads -= 1
            let hasNone = queue.pointee.threads == 0
            pthread_mutex_unlock(mutex)
            // Where there can be no thread at all, whoever asks does the work.
            if hasNone { while let next = next(orWait: false) { perform(next) } }
        }
    }

    private func startThread() -> Bool {
        let this = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<BlockingExecutor>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            }, this.toOpaque())
        guard result == 0 else {
            this.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func serve() {
        while let next = next(orWait: true) { perform(next) }
    }

    private func perform(_ work: Work) {
        switch work {
        case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
        case .closure(let closure): closure()
        }
    }

    /// Seconds that a thread waits for work.
    private static let patience = 10

    /// - Returns: nil: there was none for a while, and the thread does not count any more.
    private func next(orWait waits: Bool) -> Work? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let work = queue.pointee.take() { return work }
        guard waits else { return nil }
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        end.tv_sec += Self.patience
        queue.pointee.idle += 1
        defer { queue.pointee.idle -= 1 }
        while true {
            let result = pthread_cond_timedwait(arrived, mutex, &end)
            if let work = queue.pointee.take() { return work }
            if result != 0 {
                queue.pointee.threads -= 1
                return nil
            }
        }
    }
}
