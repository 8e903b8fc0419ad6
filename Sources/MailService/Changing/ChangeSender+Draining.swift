internal import MailModel
internal import MailSync
internal import Synchronization

extension ChangeSender {
    /// What waits for the end of a pause is sent now. What was sent is looked for when its pause is over.
    func endPauses() {
        let now = clock.elapsed
        for operation in journal.waitingToBeSent where fates[operation].isPaused(at: now) {
            fates.change(operation) { $0.hurried(at: now) }
        }
    }

    /// Returns when nothing waits any more, or at the deadline; without a deadline also when nothing can be sent now.
    ///
    /// - Returns: how many changes still wait.
    nonisolated func drain(until deadline: ServiceClock.Instant?) async -> Int {
        await attemptAnew()
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
