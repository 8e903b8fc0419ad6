internal import ArgumentParser
internal import Foundation

/// `mailmount status [MOUNTPOINT] [--json]`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show connection, folders and cache of a mount, or of all.")

    @Argument(
        help: "Where it is mounted, or the account's name; all your mounts without it.", completion: Completions.mounts)
    var mountpoint: String?
    @Flag(help: "For programs: one object, or a list of them without a mountpoint.")
    var json = false

    func run() async throws {
        await reporting {
            let mountpoints =
                try mountpoint.map { [try MountSelection.mountpoint($0)] } ?? Mounts.own().map(\.mountpoint)
            var statuses: [MountStatus] = []
            var failures: [any Error] = []
            for mountpoint in mountpoints {
                do {
                    statuses.append(try Self.status(of: mountpoint))
                } catch  where self.mountpoint == nil {
                    // One that has died does not hide the others.
                    failures.append(error)
                }
            }
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                let data =
                    mountpoint == nil ? try encoder.encode(statuses) : try statuses.first.map(encoder.encode) ?? Data()
                print(String(decoding: data, as: UTF8.self))
            } else if mountpoints.isEmpty {
                print("nothing is mounted")
            } else if !statuses.isEmpty {
                print(statuses.map(StatusText.describe).joined(separator: "\n\n"))
            }
            for failure in failures { StandardError.write("mailmount: \(failure)") }
            if !failures.isEmpty { throw ExitCode(1) }
        }
    }

    private static func status(of mountpoint: String) throws -> MountStatus {
        guard case .status(let status) = try Mounts.ask(mountpoint, ControlRequest(operation: .status)) else {
            throw Failure("\(mountpoint) gave no status")
        }
        return status
    }
}
