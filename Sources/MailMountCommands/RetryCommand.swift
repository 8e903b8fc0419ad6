internal import ArgumentParser

/// `mailmount retry MOUNTPOINT [ID …]`.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Send changes again that the server refused.",
        discussion: "mailmount status lists them with their numbers. They show in the mount again.")

    @Argument(help: "Where it is mounted, or the account's name.", completion: Completions.mounts)
    var mountpoint: String
    @Argument(help: "Numbers of failed changes; all without any.")
    var id: [Int64] = []

    func run() async throws {
        await reporting {
            let request = ControlRequest(operation: .retry, changes: id)
            guard case .changes(let changes) = try Mounts.ask(try MountSelection.mountpoint(mountpoint), request) else {
                return
            }
            for change in changes { print("sent again: \(StatusText.describe(change))") }
        }
    }
}
