internal import ArgumentParser
internal import Foundation
internal import Glibc

/// `mailmount unmount MOUNTPOINT`.
struct UnmountCommand: ParsableCommand, AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unmount", abstract: "Unmount an account.")

    @Argument(help: "Where it is mounted.")
    var mountpoint: String
    @Option(help: ArgumentHelp("How long to wait, seconds.", valueName: "seconds"))
    var timeout = "15"

    func run() async throws {
        await reporting {
            guard let limit = Quantity.duration(timeout) else { throw UsageError("--timeout \(timeout) is no time") }
            let mountpoint = Directories.absolute(mountpoint)
            guard Mounts.isMounted(mountpoint) else {
                throw Failure("\(mountpoint) is not a mount of mailmount")
            }
            let before = Mounts.all().count { $0 == mountpoint }
            do {
                let socket = try Mounts.control(of: mountpoint)
                _ = try Mounts.ask(socket, ControlRequest(operation: .unmount), of: mountpoint)
                // Until its program has ended, the cache cannot be mounted again.
                guard socket.waitForEnd(within: limit) else { throw Failure("\(mountpoint) is still in use") }
            } catch {
                // Nobody serves it any more: only the mount table is to be cleared.
                guard umount2(mountpoint, Int32(MNT_DETACH)) == 0 || Self.fusermount(mountpoint) else {
                    throw error
                }
            }
            let deadline = ContinuousClock.now + limit
            while Mounts.all().count(where: { $0 == mountpoint }) >= before {
                guard ContinuousClock.now < deadline else { throw Failure("\(mountpoint) is still mounted") }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private static func fusermount(_ mountpoint: String) -> Bool {
        (try? ChildProcess.run("fusermount3", ["-u", "-z", "--", mountpoint]))?.status == 0
    }
}
