public import ArgumentParser

/// `mailmount`: without a subcommand it mounts, which is how mount(8) and /etc/fstab call it.
public struct MailMountCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "mailmount",
        abstract: "Mount an IMAP account as a directory.",
        discussion: "Folders are directories, messages are .eml files.",
        version: "0.1.0",
        subcommands: [
            MountCommand.self, UnmountCommand.self, StatusCommand.self, SyncCommand.self, CheckCommand.self,
            RetryCommand.self, DiscardCommand.self, UndeleteCommand.self, DemoCommand.self,
        ],
        defaultSubcommand: MountCommand.self)

    public init() {}
}
