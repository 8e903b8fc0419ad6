internal import ArgumentParser

/// `mailmount undelete MOUNTPOINT [PATTERN]`.
struct UndeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Bring back messages that were deleted here and are not yet expunged.",
        discussion:
            "The paths that are back are printed, once the server has answered. What it has still to hear of is named on standard error, and sent as soon as it can be reached."
    )

    @Argument(help: "Where it is mounted, or the account's name.", completion: Completions.mounts)
    var mountpoint: String
    @Argument(
        help: "Shell wildcards over the path in the mount ('INBOX/*.eml') or over the name alone; all without one.")
    var pattern: String?

    func run() async throws {
        await reporting {
            let mountpoint = try MountSelection.mountpoint(mountpoint)
            let request = ControlRequest(
                operation: .undelete, pattern: pattern.map { Self.relative($0, to: mountpoint) })
            guard case .restored(let paths, let waiting, let lost) = try Mounts.ask(mountpoint, request) else { return }
            for path in paths { print(path) }
            let obstacles = StatusText.obstacles(waiting: waiting ?? [], lost: lost ?? [], on: mountpoint)
            for text in obstacles.dropLast() { StandardError.write("mailmount: \(text)") }
            if let last = obstacles.last { throw Failure(last) }
            guard !paths.isEmpty else {
                throw Failure(
                    pattern.map { "nothing that was deleted here and can be brought back is called \($0)" }
                        ?? "nothing was deleted here that can be brought back")
            }
        }
    }

    /// A path below the mountpoint may be given as it was before the message was deleted.
    static func relative(_ pattern: String, to mountpoint: String) -> String {
        pattern.hasPrefix(mountpoint + "/") ? String(pattern.dropFirst(mountpoint.count + 1)) : pattern
    }
}
