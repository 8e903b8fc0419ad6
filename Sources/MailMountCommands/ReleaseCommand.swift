internal import ArgumentParser

/// `mailmount release MOUNTPOINT [ID …]`.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Send deletions that --delete-limit holds back.",
        discussion: """
            mailmount status lists them with their numbers. To give one up instead: mailmount discard; to bring the messages back: \
            mailmount undelete.
            """)

    @Argument(help: "Where it is mounted, or the account's name.", completion: Completions.mounts)
    var mountpoint: String
    @Argument(help: "Numbers of deletions that are held; all without any.")
    var id: [Int64] = []

    func run() async throws {
        await reporting {
            let request = ControlRequest(operation: .release, changes: id)
            guard case .changes(let changes) = try Mounts.ask(try MountSelection.mountpoint(mountpoint), request) else {
                return
            }
            for change in changes { print("released: \(StatusText.describe(change))") }
        }
    }
}
