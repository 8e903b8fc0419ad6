public import ArgumentParser
internal import CVersion

/// `mailmount`: without a subcommand it mounts, which is how mount(8) and /etc/fstab call it.
public struct MailMountCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "mailmount",
        abstract: "Mount an IMAP account as a directory.",
        discussion: "Folders are directories, messages are .eml files.",
        version: version,
        subcommands: [
            MountCommand.self, UnmountCommand.self, StatusCommand.self, SyncCommand.self, CheckCommand.self,
            LoginCommand.self, SetupCommand.self, WatchCommand.self,
            RetryCommand.self, DiscardCommand.self, ReleaseCommand.self, UndeleteCommand.self, SearchCommand.self,
            DemoCommand.self,
        ],
        defaultSubcommand: MountCommand.self)

    public init() {}

    /// Runs what the command line says.
    public static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty { await reporting { print(StartText.text) } }
        let commands = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        let mistake = FirstWord.mistake(arguments, commands: commands) { word in
            // A file that cannot be read is told of by the command that needs it.
            (try? ConfigurationFile.ifPresent(nil))?.has(word) ?? false
        }
        if let mistake, !arguments.contains("--config") { await reporting { throw mistake } }
        await main(nil)
    }

    /// With the commit, where whoever built it said which.
    private static var version: String {
        let commit = String(cString: mailmount_commit())
        return commit.isEmpty ? "0.1.0" : "0.1.0 (\(commit))"
    }
}
