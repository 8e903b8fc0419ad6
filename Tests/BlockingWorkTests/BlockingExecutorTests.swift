import Glibc
import Synchronization
import Testing

@testable import BlockingWork

/// What waits there stops nothing else.
@Suite("Blocking executor") struct BlockingExecutorTests {
    /// A door that threads wait at.
    private final class Door: @unchecked Sendable {
        private var semaphore = sem_t()
        init() { sem_init(&semaphore, 0, 0) }
        func wait() { while sem_wait(&semaphore) != 0 {} }
        func open() { sem_post(&semaphore) }
    }

    private final class Count: Sendable {
        let value = Mutex(0)
        func add() { value.withLock { $0 += 1 } }
    }

    private actor Shelf {
        var count = 0
        func put(_ door: Door) {
            door.wait()
            count += 1
        }
    }

    @Test("tasks, their children and the actors that they call wait without holding up Swift's own pool")
    func theOwnPoolGoesOn() async {
        let executor = BlockingExecutor(threads: 64)
        let door = Door()
        let begun = Count()
        let waiting = (0..<32).map { _ in
            Task(executorPreference: executor) {
                begun.add()
                await withTaskGroup(of: Void.self) { group in group.addTask { door.wait() } }
                await Shelf().put(door)
            }
        }
        // More than there are processors; each of these needs a thread of Swift's pool.
        while begun.value.withLock({ $0 }) < 32 { await Task.yield() }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { await Task.yield() } }
        }
        for _ in 0..<64 { door.open() }
        for task in waiting { await task.value }
    }

    @Test("everything that is given is done, by no more threads than allowed", arguments: [1, 3])
    func everythingIsDone(threads: Int) async {
        let executor = BlockingExecutor(threads: threads)
        let done = Mutex(0)
        let running = Mutex(0)
        let most = Mutex(0)
        await withCheckedContinuation { continuation in
            for _ in 0..<1_000 {
                executor.run {
                    let now = running.withLock { running in
                        running += 1
                        return running
                    }
                    most.withLock { $0 = max($0, now) }
                    sched_yield()
                    running.withLock { $0 -= 1 }
                    let count = done.withLock { count in
                        count += 1
                        return count
                    }
                    if count == 1_000 { continuation.resume() }
                }
            }
        }
        #expect(most.withLock { $0 } <= threads)
    }

    @Test("one thread keeps the order") func order() async {
        let executor = BlockingExecutor(threads: 1)
        let seen = Mutex<[Int]>([])
        await withCheckedContinuation { continuation in
            for number in 0..<100 {
                executor.run {
                    seen.withLock { $0.append(number) }
                    if number == 99 { continuation.resume() }
                }
            }
        }
        #expect(seen.withLock { $0 } == Array(0..<100))
    }

    private actor Desk {
        private var count = 0

        /// Whether it runs on this thread.
        func isServed(by thread: pthread_t) -> Bool {
            count += 1
            return pthread_equal(pthread_self(), thread) != 0
        }
    }

    /// While others are in the actor whoever is there may serve those who wait as well, on its own thread.
    @Test("an actor runs on the executor for those who prefer it")
    func actorsRunThere() async {
        let executor = BlockingExecutor(threads: 1)
        let thread = await withCheckedContinuation { continuation in
            executor.run { continuation.resume(returning: UInt(pthread_self())) }
        }
        let desk = Desk()
        let served = Task {
            await withTaskExecutorPreference(executor) {
                var count = 0
                for _ in 0..<500 where await desk.isServed(by: pthread_t(thread)) { count += 1 }
                return count
            }
        }
        #expect(await served.value == 500)
    }
}
