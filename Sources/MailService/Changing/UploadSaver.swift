internal import BlockingWork
internal import Logging

/// Has uploads on the disk within seconds, whether they can be sent or not: what is deleted elsewhere waits for that no longer than it
/// has to.
actor UploadSaver {
    private let journal: Journal
    private let clock: ServiceClock
    private var runner: Task<Void, Never>?
    private var isStopped = false

    private static let pause = Duration.seconds(1)

    init(journal: Journal, clock: ServiceClock) {
        self.journal = journal
        self.clock = clock
    }

    /// There are some.
    func wake() {
        guard runner == nil, !isStopped else { return }
        runner = Task { await withTaskExecutorPreference(BlockingExecutor.disk) { await run() } }
    }

    func stop() {
        isStopped = true
        runner?.cancel()
    }

    private func run() async {
        var isDone = false
        while !isDone, !isStopped {
            try? await clock.sleep(for: Self.pause)
            if isStopped { break }
            do {
                isDone = try journal.synchroniseUploads()
            } catch {
                journal.logger.warning("uploads cannot be written to the disk: \(error)")
                try? await clock.sleep(for: Self.pause * 10)
            }
        }
        runner = nil
    }
}
