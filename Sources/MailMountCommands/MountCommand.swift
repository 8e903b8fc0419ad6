internal import ArgumentParser
internal import Foundation
internal import Logging

/// `mailmount mount ACCOUNT [MOUNTPOINT]`, `mailmount mount --all`.
struct MountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mount", abstract: "Mount an account: a name of the configuration file, or imaps://user@host.")

    @Argument(
        help: "An account of the configuration file, or imap[s]://user@host[:port].", completion: Completions.accounts)
    var account: String?
    @Argument(
        help: "An existing directory; the account's key mountpoint without it.", completion: .directory)
    var mountpoint: String?
    @Flag(help: "Every account of the configuration file that has a mountpoint.")
    var all = false
    @OptionGroup var options: MountOptionGroup
    /// Set by the process that detaches: where to say that the mount answers.
    @Option(help: .hidden) var readyDescriptor: Int32?
    /// Set by the process that detaches: where the password that was typed is to be read.
    @Option(help: .hidden) var passwordDescriptor: Int32?
    /// A private server's directory: the server is stopped and the directory removed after the unmount.
    @Option(help: .hidden) var demoDirectory: String?

    func run() async throws {
        await reporting {
            if all {
                guard account == nil else { throw UsageError("--all mounts every account: name none beside it") }
                try MountAll.run(options, arguments: Array(CommandLine.arguments.dropFirst()))
                return
            }
            guard let account else {
                throw UsageError(
                    "mount what? An account of the configuration file, or imaps://user@host; or --all; see mailmount mount --help"
                )
            }
            // Read again later, when the working directory may be another.
            let (file, said) = (options.config.map(Directories.absolute), try options.settings())
            var plan = try AccountPlan(account: account, configuration: file, options: said)
            let place = try plan.place(mountpoint)
            try Self.check(place, against: plan)
            if let passwordDescriptor {
                plan.typedPassword = Detachment.password(from: passwordDescriptor)
            }
            let level = try Self.level(options.log)
            if readyDescriptor == nil {
                try place.prepare()
                try plan.checkFiles()
            }
            if plan.settings.isOn("foreground") || readyDescriptor != nil {
                if readyDescriptor == nil { plan.prompt() }
                try await MountedAccount(
                    plan: plan, mountpoint: place.path, ready: readyDescriptor, logLevel: level,
                    demoDirectory: demoDirectory,
                    reread: { try AccountPlan(account: account, configuration: file, options: said) }
                ).run()
            } else {
                try Self.detach(&plan, Array(CommandLine.arguments.dropFirst()))
            }
        }
    }

    /// Mounts in a process of its own, after asking for the password where nothing else says it.
    static func detach(_ plan: inout AccountPlan, _ arguments: [String]) throws {
        plan.prompt()
        _ = try plan.service(logger: Logger(label: "mailmount"))
        try Detachment.run(arguments, password: plan.typedPassword)
    }

    /// A mount inside its own cache, or the other way round, would wait for itself (HAZARD 127).
    static func check(_ mountpoint: MountPlace, against plan: AccountPlan) throws {
        for directory in [plan.cache, plan.state]
        where (directory + "/").hasPrefix(mountpoint.path + "/") || (mountpoint.path + "/").hasPrefix(directory + "/") {
            throw UsageError(
                "\(mountpoint.path) and \(directory) lie in each other: choose another mountpoint or --cache")
        }
    }

    private static func level(_ text: String?) throws -> Logger.Level {
        guard let text else { return .notice }
        guard let level = Logger.Level(rawValue: text) else {
            throw UsageError(
                "--log \(text) is no level" + NearestWord.question(text, in: Logger.Level.allCases.map(\.rawValue)))
        }
        return level
    }
}
