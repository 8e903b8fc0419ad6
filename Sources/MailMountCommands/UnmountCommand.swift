internal import ArgumentParser
internal import Foundation
internal import Glibc

/// `mailmount unmount MOUNTPOINT`, `mailmount unmount --all`.
struct UnmountCommand: ParsableCommand, AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmount", abstract: "Send what was changed, then unmount.")

    @Argument(help: "Where it is mounted, or the account's name.", completion: Completions.mounts)
    var mountpoint: String?
    @Flag(help: "Every mount of yours.")
    var all = false
    @Option(
        help: ArgumentHelp(
            "How long to wait for changes that the server does not have yet. Default: 15", valueName: "seconds"))
    var timeout = "15"

    func run() async throws {
        await reporting {
            guard let limit = Quantity.duration(timeout) else { throw UsageError("--timeout \(timeout) is no time") }
            if all {
                guard mountpoint == nil else { throw UsageError("--all unmounts every mount: name none beside it") }
                try await unmountAll(limit)
                return
            }
            guard let mountpoint else { throw UsageError("unmount what? A mountpoint, an account's name, or --all") }
            try await unmount(try MountSelection.mountpoint(mountpoint), limit)
        }
    }

    /// - Throws: `Failure` where one could not be unmounted, or has changes that wait still, after all were tried.
    private func unmountAll(_ limit: Duration) async throws {
        var failed: [String] = []
        for entry in Mounts.own() {
            do {
                try await unmount(entry.mountpoint, limit)
            } catch {
                failed.append("\(entry.mountpoint): \(error)")
            }
        }
        guard failed.isEmpty else { throw Failure(failed.joined(separator: "\nmailmount: ")) }
    }

    private func unmount(_ mountpoint: String, _ limit: Duration) async throws {
        guard Mounts.isMounted(mountpoint) else { throw Failure("\(mountpoint) is not a mount of mailmount") }
        var waiting = 0
        var (blocked, held) = (0, 0)
        let before = Mounts.all().count { $0 == mountpoint }
        do {
            let socket = try Mounts.control(of: mountpoint)
            let request = ControlRequest(operation: .unmount, patience: limit.components.seconds)
            if case .unmounting(let count, let later, let kept) = try Mounts.ask(socket, request, of: mountpoint) {
                (waiting, blocked, held) = (count, later ?? 0, kept ?? 0)
            }
            // Until its program has ended, the cache cannot be mounted again.
            guard socket.waitForEnd(within: Self.ending) else { throw Failure("\(mountpoint) is still in use") }
        } catch {
            // Nobody serves it any more: only the mount table is to be cleared.
            guard umount2(mountpoint, Int32(MNT_DETACH)) == 0 || Self.fusermount(mountpoint) else {
                throw error
            }
        }
        let deadline = ContinuousClock.now + Self.ending
        while Mounts.all().count(where: { $0 == mountpoint }) >= before {
            guard ContinuousClock.now < deadline else { throw Failure("\(mountpoint) is still mounted") }
            try await Task.sleep(for: .milliseconds(10))
        }
        var left: [String] = []
        if waiting > 0 {
            left.append(
                "\(StatusText.changes(waiting)) had no answer of the server yet: kept, and sent when the account is mounted again"
            )
        }
        if blocked > 0 {
            left.append("kept for when the account is mounted again: " + StatusText.blocked(blocked))
        }
        if held > 0 {
            left.append("kept for when the account is mounted again: " + StatusText.held(held, on: mountpoint))
        }
        if !left.isEmpty { throw Failure("unmounted; " + left.joined(separator: "; ")) }
    }

    /// How long a mount may take to end when nothing is waited for any more.
    private static let ending = Duration.seconds(15)

    private static func fusermount(_ mountpoint: String) -> Bool {
        (try? ChildProcess.run("fusermount3", ["-u", "-z", "--", mountpoint]))?.status == 0
    }
}
