internal import ArgumentParser
internal import Glibc

/// `mailmount sync MOUNTPOINT [FOLDER …] [--bodies]`.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Send what was changed and bring a mount up to date now.",
        discussion:
            "It returns when the server has answered; deletions that --delete-limit holds are not sent. --bodies downloads messages for offline use."
    )

    @Argument(help: "Where it is mounted, or the account's name.", completion: Completions.mounts)
    var mountpoint: String
    @Argument(help: "Folders by their path in the mount; all without any.")
    var folders: [String] = []
    @Flag(help: "Download every message too.")
    var bodies = false

    func run() async throws {
        await reporting {
            let mountpoint = try MountSelection.mountpoint(mountpoint)
            let isTerminal = StandardError.isTerminal
            let start = ContinuousClock.now
            var progress = TimeLeft()
            // A folder may be given as a path below the mountpoint.
            let relative = folders.map { folder in
                let absolute = Directories.absolute(folder)
                return absolute.hasPrefix(mountpoint + "/") ? String(absolute.dropFirst(mountpoint.count + 1)) : folder
            }
            let request = ControlRequest(operation: .sync, folders: relative, bodies: bodies)
            let reply = try Mounts.ask(mountpoint, request) { done, total in
                guard isTerminal else { return }
                progress.saw(done, at: (ContinuousClock.now - start) / .seconds(1))
                let left = progress.describe(total: total)
                let line = Array(
                    "\r\(StatusText.bar(done, total))\(left.isEmpty ? "" : ", \(left)")\u{1B}[K".utf8)
                _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
                if done == total { StandardError.write("") }
            }
            guard
                case .synchronised(let waiting, let blocked, let refused, let failed, let interrupted, let held) = reply
            else { return }
            if let refused, refused > 0 {
                StandardError.write("mailmount: \(StatusText.refused(refused, on: mountpoint))")
            }
            let obstacles = StatusText.obstacles(
                waiting: waiting, blocked: blocked ?? 0, failed: failed, interrupted: interrupted ?? 0, held: held ?? 0,
                on: mountpoint)
            for text in obstacles.dropLast() { StandardError.write("mailmount: \(text)") }
            if let last = obstacles.last { throw Failure(last) }
        }
    }
}
