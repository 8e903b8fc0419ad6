internal import Logging
internal import Synchronization

/// Reads the configuration of a mounted account again and takes over what can be.
final class ConfigurationReader: Sendable {
    private let plan: Mutex<AccountPlan>
    private let read: @Sendable () throws -> AccountPlan
    private let credentials: ReplaceableCredentials
    private let follow: @Sendable (AccountPlan) -> Task<Void, Never>?
    private let following: Mutex<Task<Void, Never>?>
    private let logger: Logger

    /// - Parameters:
    ///   - plan: by which the account is mounted.
    ///   - read: what the configuration says now, and the command line as before.
    ///   - follow: begins to run the command for events; nil where there is none.
    init(
        _ plan: AccountPlan, read: @escaping @Sendable () throws -> AccountPlan, credentials: ReplaceableCredentials,
        logger: Logger, follow: @escaping @Sendable (AccountPlan) -> Task<Void, Never>?
    ) {
        self.plan = Mutex(plan)
        self.read = read
        self.credentials = credentials
        self.follow = follow
        self.logger = logger
        following = Mutex(follow(plan))
    }

    /// What is wrong is logged, and everything stays as it was.
    func readAgain() {
        do {
            let old = plan.withLock { $0 }
            var new = try read()
            new.typedPassword = old.typedPassword
            try new.checkFiles()
            var changes = Rereading(from: old.settings, to: new.settings)
            if new.url != old.url {
                changes.later.append("url")
                // Of another server, perhaps: not for this one.
                changes.changesCredentials = false
            }
            if changes.changesCredentials { credentials.replace(by: try new.credentials(logger: logger)) }
            if changes.changesCommand {
                following.withLock { following in
                    following?.cancel()
                    following = follow(new)
                }
            }
            plan.withLock { $0 = new }
            logger.notice("\(changes.summary)")
        } catch {
            logger.error("the configuration could not be read again: \(error)")
        }
    }

    func stop() { following.withLock { $0 }?.cancel() }
}
