internal import Fuse
internal import Glibc
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import Synchronization

// Whether fast mode may begin.
extension MailFileSystem {
    /// How far the kernel was tried.
    enum Trial {
        static let none = 0
        static let underWay = 1
        static let passed = 2
        static let failed = 3
        /// Attempts before it is given up.
        static let limit = 8
    }

    /// `exact`, or `fast` where files are opened without asking.
    public var mode: String { access.name }

    var access: any AccessMode { files.hasHandles ? ExactMode(account: self) : FastMode(account: self) }

    /// Asked at each open: whether this one, and all that follow, are to be made without asking.
    func becomesFast() -> Bool {
        guard !waitsForServer, trial.load(ordering: .acquiring) == Trial.passed, service.sizeClaimsAreBelieved else {
            return false
        }
        guard files.becomeFast() else { return false }
        logger.notice("the sizes of this server are right: files are opened without asking from now on")
        return true
    }

    /// A message is opened whose body is here: an occasion to find out whether this kernel can tell when a file is closed.
    func tryOut(_ message: MessageSummary, _ inode: Inode, _ caller: Caller) {
        guard !waitsForServer, trial.load(ordering: .relaxed) == Trial.none,
            kernelMayOpen.load(ordering: .acquiring), service.sizeClaimsAreBelieved,
            message.standing == .settled, caller.pid != getpid(), let path = path(of: inode)
        else { return }
        // Who writes nothing has nothing to close.
        if isReadOnly { return trial.store(Trial.passed, ordering: .releasing) }
        guard trial.compareExchange(expected: Trial.none, desired: Trial.underWay, ordering: .relaxed).exchanged else {
            return
        }
        do {
            try watch.start()
        } catch {
            return trial.store(Trial.failed, ordering: .relaxed)
        }
        watch.tryOut(inode, path: path) { [weak self] isAble in
            guard let self else { return }
            let attempts = self.attempts.add(1, ordering: .relaxed).newValue
            let next = isAble ? Trial.passed : attempts < Trial.limit ? Trial.none : Trial.failed
            self.trial.store(next, ordering: .releasing)
            if next == Trial.failed {
                self.logger.info("this kernel does not tell who writes to a file: every open is asked for")
            }
        }
    }
}
