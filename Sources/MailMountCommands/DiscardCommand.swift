internal import ArgumentParser

/// `mailmount discard MOUNTPOINT ID …`.
struct DiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Give up changes that the server refused, and deletions that are held.",
        discussion:
            """
            mailmount status lists them with their numbers. A message that could not be uploaded is lost with its change; one whose \
            deletion is given up is back.
            """
    )

    @Argument(help: "Where it is mounted, or the account's name.", completion: Completions.mounts)
    var mountpoint: String
    @Argument(help: "Numbers of failed changes, or of deletions that are held.")
    var id: [Int64]

    func run() async throws {
        await reporting {
            let request = ControlRequest(operation: .discard, changes: id)
            guard case .changes(let changes) = try Mounts.ask(try MountSelection.mountpoint(mountpoint), request) else {
                return
            }
            for change in changes { print("given up: \(StatusText.describe(change))") }
        }
    }
}
