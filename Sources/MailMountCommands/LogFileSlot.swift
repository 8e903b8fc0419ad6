internal import Synchronization

/// Where the log goes, which is known only after the first lines of it.
final class LogFileSlot: Sendable {
    private let file = Mutex<LogFile?>(nil)

    var current: LogFile? { file.withLock { $0 } }

    func set(_ new: LogFile?) { file.withLock { $0 = new } }
}
