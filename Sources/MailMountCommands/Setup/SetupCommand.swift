internal import ArgumentParser

/// `mailmount setup [ADDRESS]`.
struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup", abstract: "Find an account's servers, log in, write the configuration, mount.",
        discussion: "Every question has an option that answers it; without a terminal they are the only way.")

    @Argument(help: "The mail address.")
    var address: String?
    @Option(help: ArgumentHelp("imap[s]://host[:port], in place of searching.", valueName: "url"))
    var server: String?
    @Option(help: ArgumentHelp("Who logs in, where that is not the address.", valueName: "user"))
    var user: String?
    @Option(help: ArgumentHelp("What the account is called in the configuration file.", valueName: "name"))
    var name: String?
    @Option(help: ArgumentHelp("Where it is to be mounted. Default: ~/Mail/NAME", valueName: "dir"))
    var mountpoint: String?
    @Option(help: ArgumentHelp("What rm does on the server: trash, expunge or mark.", valueName: "policy"))
    var delete: String?
    @Option(help: ArgumentHelp("Where the password is kept: secret-service, file or command.", valueName: "place"))
    var keep: String?
    @Option(help: ArgumentHelp("Prints the password; kept in the configuration.", valueName: "cmd"))
    var passwordCommand: String?
    @Option(help: ArgumentHelp("Holds the password in its first line; kept in the configuration.", valueName: "file"))
    var passwordFile: String?
    @Option(help: ArgumentHelp("OAuth2: google, microsoft, yahoo, fastmail or an issuer's URL.", valueName: "server"))
    var oauth2: String?
    @Option(help: ArgumentHelp("OAuth2: the client id that you registered.", valueName: "id"))
    var clientId: String?
    @Option(help: ArgumentHelp("OAuth2: its secret, where it has one.", valueName: "secret"))
    var clientSecret: String?
    @Option(help: ArgumentHelp("OAuth2: what is asked for, where the server's usual does not do.", valueName: "scope"))
    var oauth2Scope: String?
    @Flag(help: "OAuth2: show a code to type on another device.")
    var device = false
    @Flag(help: "OAuth2: open no browser, only print the address.")
    var noBrowser = false
    @Option(help: ArgumentHelp("A further trusted certificate authority, PEM.", valueName: "file"))
    var caFile: String?
    @Flag(help: "Write over an account of that name.")
    var replace = false
    @Flag(inversion: .prefixedNo, help: "Mount at each login, by a unit of systemd.")
    var unit: Bool?
    @Flag(inversion: .prefixedNo, help: "Mount when everything is written.")
    var mount = true
    @Flag(help: "Log in, but only print what would be written.")
    var dryRun = false
    @Option(help: ArgumentHelp("The configuration file to write.", valueName: "file"))
    var config: String?
    /// A network's own description of its servers; empty: none is asked for.
    @Option(help: .hidden) var autoconfig: String?
    /// In place of Mozilla's database.
    @Option(help: .hidden) var database: String?
    @Flag(help: .hidden) var noResolver = false

    func run() async throws {
        await reporting {
            CoreDumps.prevent()
            try await AccountSetup(options: self).run()
        }
    }

    /// - Throws: `UsageError` before anything is asked.
    func check() throws {
        if let delete, !["trash", "expunge", "mark"].contains(delete) {
            throw UsageError("--delete \(delete): trash, expunge or mark is expected")
        }
        if let keep, !PasswordPlace.words.contains(keep) {
            throw UsageError("--keep \(keep): \(PasswordPlace.words.joined(separator: ", ")) is expected")
        }
        if let server, !server.contains("://") || server.contains("@") {
            throw UsageError("--server \(server): imaps://host or imap://host[:port] is expected")
        }
        if let caFile { try FileCheck.isReadable(Directories.absolute(caFile), option: "--ca-file") }
        if passwordCommand == nil, let passwordFile {
            try FileCheck.isReadable(Directories.absolute(passwordFile), option: "--password-file")
        }
    }
}
