internal import ArgumentParser
internal import Foundation
internal import Glibc

/// `mailmount status [MOUNTPOINT] [--json] [--watch]`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show connection, folders and cache of a mount, or of all.",
        discussion: """
            Exit status: 0 where all is well or only offline, 2 where somebody has to do something (a refused login, failed changes), \
            1 where a mount does not answer or is none. With --json 0 where there is an answer.
            """)

    @Argument(
        help: "Where it is mounted, or the account's name; all your mounts without it.", completion: Completions.mounts)
    var mountpoint: String?
    @Flag(help: "For programs: one object, or a list of them without a mountpoint.")
    var json = false
    @Flag(help: "Go on showing it until the mounts are gone.")
    var watch = false

    func run() async throws {
        await reporting {
            if watch {
                guard !json else { throw UsageError("--watch is for people: with --json call status again") }
                try await watchAll()
                return
            }
            let (statuses, failures) = try current()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                let data =
                    mountpoint == nil ? try encoder.encode(statuses) : try statuses.first.map(encoder.encode) ?? Data()
                print(String(decoding: data, as: UTF8.self))
            } else if statuses.isEmpty, failures.isEmpty {
                print("nothing is mounted")
            } else if !statuses.isEmpty {
                print(statuses.map { StatusText.describe($0) }.joined(separator: "\n\n"))
            }
            for failure in failures { StandardError.write("mailmount: \(failure)") }
            if !failures.isEmpty { throw ExitCode(1) }
            if !json, statuses.contains(where: \.needsSomebody) { throw ExitCode(2) }
        }
    }

    /// - Throws: where the one that was asked for does not answer. One of several that has died does not hide the others.
    private func current() throws -> (statuses: [MountStatus], failures: [any Error]) {
        let mountpoints = try mountpoint.map { [try MountSelection.mountpoint($0)] } ?? Mounts.own().map(\.mountpoint)
        var statuses: [MountStatus] = []
        var failures: [any Error] = []
        for one in mountpoints {
            do {
                statuses.append(try Self.status(of: one))
            } catch  where mountpoint == nil {
                failures.append(error)
            }
        }
        return (statuses, failures)
    }

    private func watchAll() async throws {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let start = ContinuousClock.now
        var progress: [String: TimeLeft] = [:]
        var shown = ""
        while true {
            let (statuses, failures) = try current()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let texts = statuses.map { status in
                StatusText.describe(status) { folder, done, total in
                    progress["\(status.mountpoint)\n\(folder)", default: TimeLeft()].saw(done, at: seconds)
                    return progress["\(status.mountpoint)\n\(folder)"]?.describe(total: total) ?? ""
                }
            }
            let text = (texts + failures.map { "\($0)" }).joined(separator: "\n\n")
            if text != shown {
                print(isTerminal ? "\u{1B}[H\u{1B}[J\(text)" : text + "\n")
                fflush(nil)
                shown = text
            }
            guard !statuses.isEmpty else { return }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private static func status(of mountpoint: String) throws -> MountStatus {
        guard case .status(let status) = try Mounts.ask(mountpoint, ControlRequest(operation: .status)) else {
            throw Failure("\(mountpoint) gave no status")
        }
        return status
    }
}
