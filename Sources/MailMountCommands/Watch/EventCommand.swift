internal import Foundation
internal import Logging
internal import MailPool
internal import MailService

/// Runs a command of the user's for what happens in a mount: new mail, a refused login, a change that failed.
///
/// It is run by `/bin/sh -c`, one after the other, with `MAILMOUNT_EVENT` (`new-mail`, `login-refused`, `change-failed`), `MAILMOUNT_ACCOUNT`,
/// `MAILMOUNT_PATH` where it is about a file, and `MAILMOUNT_TEXT`.
final class EventCommand: Sendable {
    private let command: String
    private let account: String
    private let mountpoint: String
    private let logger: Logger

    init(_ command: String, account: String, mountpoint: String, logger: Logger) {
        self.command = command
        self.account = account
        self.mountpoint = mountpoint
        self.logger = logger
    }

    /// Goes on until the task is cancelled.
    func follow(_ events: MailEvents, _ service: MailService) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await arrival in events.arrivals() {
                    await self.run("new-mail", path: self.mountpoint + "/" + arrival.path, text: arrival.path)
                }
            }
            group.addTask { await self.followTrouble(service) }
        }
    }

    /// Looked at now and then: nobody who waits for it is in a hurry.
    private func followTrouble(_ service: MailService) async {
        var isRefused = false
        var known = Set(service.failedChanges.map(\.id))
        while !Task.isCancelled {
            let (connection, reason) = await service.outcome(within: .zero)
            if connection == .refused, !isRefused { await run("login-refused", path: nil, text: reason ?? "") }
            isRefused = connection == .refused
            for change in service.failedChanges where known.insert(change.id).inserted {
                await run(
                    "change-failed", path: mountpoint + "/" + change.path,
                    text: StatusText.describe(MountStatus.Failed(change)) + ": " + change.error)
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    private func run(_ event: String, path: String?, text: String) async {
        var environment = ["MAILMOUNT_EVENT": event, "MAILMOUNT_ACCOUNT": account, "MAILMOUNT_TEXT": text]
        environment["MAILMOUNT_PATH"] = path
        let words = environment
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread { [command, logger] in
                do {
                    let (status, _) = try ChildProcess.run("/bin/sh", ["-c", command], environment: words)
                    if status != 0 { logger.notice("the command for \(event) ended with status \(status)") }
                } catch {
                    logger.notice("the command for \(event): \(error)")
                }
                continuation.resume()
            }
        }
    }
}
