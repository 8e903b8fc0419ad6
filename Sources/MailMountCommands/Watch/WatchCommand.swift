internal import ArgumentParser
internal import CLinux
internal import Foundation
internal import Glibc

/// `mailmount watch MOUNTPOINT [FOLDER …] [--json] [--exec CMD]`.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Tell of each new message: a line, or a run of a command.",
        discussion: """
            It goes on until the mount ends. With --exec the command is run by sh for each message, one after the other: the path is $1, and \
            MAILMOUNT_PATH, MAILMOUNT_FOLDER, MAILMOUNT_SUBJECT and MAILMOUNT_FROM are set.
            """)

    @Argument(help: "Where it is mounted, or the account's name.")
    var mountpoint: String
    @Argument(help: "Folders by their path in the mount; all without any.")
    var folders: [String] = []
    @Flag(help: "A line of JSON for each message, with its attributes.")
    var json = false
    @Option(help: ArgumentHelp("Run for each message.", valueName: "cmd"))
    var exec: String?

    /// What is told of a message.

    func run() async throws {
        await reporting {
            let mountpoint = try MountSelection.mountpoint(mountpoint)
            let wanted = Set(folders.map { relative($0, to: mountpoint) })
            let socket = try Mounts.control(of: mountpoint)
            try socket.send(ControlRequest(operation: .watch))
            while let reply = try socket.receive(ControlReply.self) {
                switch reply {
                case .arrived(let arrival):
                    guard wanted.isEmpty || wanted.contains(arrival.folder) else { continue }
                    tell(arrival, mountpoint)
                case .failed(let message): throw Failure(message)
                default: continue
                }
            }
        }
    }

    private func relative(_ folder: String, to mountpoint: String) -> String {
        let absolute = Directories.absolute(folder)
        return absolute.hasPrefix(mountpoint + "/") ? String(absolute.dropFirst(mountpoint.count + 1)) : folder
    }

    private func tell(_ arrival: MailEvents.Arrival, _ mountpoint: String) {
        let path = mountpoint + "/" + arrival.path
        if json || exec != nil {
            let told = ToldMessage(path: path, folder: arrival.folder)
            if let exec { run(exec, told) }
            guard json else { return }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            if let data = try? encoder.encode(told) { print(String(decoding: data, as: UTF8.self)) }
        } else {
            print(path)
        }
        fflush(nil)
    }

    private func run(_ command: String, _ told: ToldMessage) {
        let environment = [
            "MAILMOUNT_PATH": told.path, "MAILMOUNT_FOLDER": told.folder ?? "", "MAILMOUNT_SUBJECT": told.subject ?? "",
            "MAILMOUNT_FROM": told.from ?? "",
        ]
        do {
            let (status, output) = try ChildProcess.run(
                "/bin/sh", ["-c", command, "mailmount", told.path], environment: environment)
            _ = output.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if status != 0 { StandardError.write("mailmount: \(command) ended with status \(status) for \(told.path)") }
        } catch {
            StandardError.write("mailmount: \(error)")
        }
    }
}
