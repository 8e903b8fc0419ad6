internal import MailModel
internal import Synchronization

/// A moment in the life of a change, for tests that end the program there.
enum ChangeStep: Hashable, Sendable {
    /// The journal was written.
    case journal
    /// The journal says that a batch is sent; not an octet of it is.
    case beforeSend
    /// The server has answered; nothing of it is stored.
    case answered
    /// What the server answered is stored.
    case settled
}

extension MailService {
    /// Tells of a step.
    ///
    /// - Throws: `ServiceError.offline` where the service ends here.
    func passed(_ step: ChangeStep) throws {
        guard let asked = probe.withLock({ $0 }) else { return }
        guard asked(step) else { return }
        state.withLock { $0.isStopped = true }
        if let pool = running?.pool { Task { await pool.stop() } }
        throw ServiceError.offline
    }
}
