extension ChangeSender {
    /// Returns when nothing waits any more, or at the deadline; without a deadline also when nothing can be sent now.
    ///
    /// - Returns: how many changes still wait.
    nonisolated func drain(until deadline: ServiceClock.Instant?) async -> Int {
        await wake()
        while journal.pendingChanges > 0, !Task.isCancelled {
            if let deadline, deadline <= clock.now { break }
            if deadline == nil, isAtRest { break }
            await journal.waiting.wait(until: deadline, by: clock) {
                journal.pendingChanges == 0 || (deadline == nil && isAtRest)
            }
        }
        return journal.pendingChanges
    }
}
