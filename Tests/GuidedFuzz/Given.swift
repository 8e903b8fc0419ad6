import Dispatch

/// Tells one thread that another has something for it.
struct Given: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func signal() { semaphore.signal() }

    /// False where the condition is not met after these seconds.
    func wait(seconds: Int, until condition: () -> Bool) -> Bool {
        let deadline = DispatchTime.now() + .seconds(seconds)
        while !condition() {
            if semaphore.wait(timeout: deadline) == .timedOut { return condition() }
        }
        return true
    }
}
