internal import ArgumentParser
internal import Foundation
internal import Logging

/// `mailmount mount ACCOUNT MOUNTPOINT`.
struct MountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mount", abstract: "Mount an account: a name of the configuration file, or imaps://user@host.")

    @Argument(help: "An account of the configuration file, or imap[s]://user@host[:port].")
    var account: String
    @Argument(help: "An existing directory.")
    var mountpoint: String
    @OptionGroup var options: MountOptionGroup
    /// Set by the process that detaches: where to say that the mount answers.
    @Option(help: .hidden) var readyDescriptor: Int32?
    /// Set by the process that detaches: where the password that was typed is to be read.
    @Option(help: .hidden) var passwordDescriptor: Int32?
    /// A private server's directory: the server is stopped and the directory removed after the unmount.
    @Option(help: .hidden) var demoDirectory: String?

    func run() async throws {
        await reporting {
            var plan = try AccountPlan(account: account, configuration: options.config, options: try options.settings())
            let mountpoint = Directories.absolute(mountpoint)
            try Self.check(mountpoint, against: plan)
            if let passwordDescriptor {
                plan.typedPassword = Detachment.password(from: passwordDescriptor)
            }
            if plan.settings.isOn("foreground") || readyDescriptor != nil {
                let level = try Self.level(options.log)
                if readyDescriptor == nil { plan.prompt() }
                try await MountedAccount(
                    plan: plan, mountpoint: mountpoint, ready: readyDescriptor, logLevel: level,
                    demoDirectory: demoDirectory
                ).run()
            } else {
                _ = try Self.level(options.log)
                plan.prompt()
                _ = try plan.service(logger: Logger(label: "mailmount"))
                try Detachment.run(password: plan.typedPassword)
            }
        }
    }

    /// A mount inside its own cache, or the other way round, would wait for itself (HAZARD 127).
    private static func check(_ mountpoint: String, against plan: AccountPlan) throws {
        for directory in [plan.cache, plan.state]
        where (directory + "/").hasPrefix(mountpoint + "/") || (mountpoint + "/").hasPrefix(directory + "/") {
            throw UsageError("\(mountpoint) and \(directory) lie in each other: choose another mountpoint or --cache")
        }
    }

    private static func level(_ text: String?) throws -> Logger.Level {
        guard let text else { return .notice }
        guard let level = Logger.Level(rawValue: text) else { throw UsageError("--log \(text) is no level") }
        return level
    }
}
