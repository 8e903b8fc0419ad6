internal import Foundation
internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import MailFS
internal import MailModel
internal import MailService
internal import MailStore
internal import MailSync
internal import MailTree

/// All that a mount needs to know, gathered from the command line, the configuration file and the environment, and checked.
struct AccountPlan: Sendable {
    let url: AccountURL
    /// In the configuration file; nil where the URL was given.
    let name: String?
    let settings: Settings
    let isReadOnly: Bool
    /// Each change waits for the server's answer.
    let waitsForServer: Bool
    let allowsOthers: Bool
    let ownership: Ownership
    let timeout: Duration
    /// What was typed on the terminal, by this process or by the one that started it.
    var typedPassword: [UInt8]?

    /// - Parameters:
    ///   - account: a name of the configuration file, or a URL.
    ///   - options: what the command line says.
    /// - Throws: `UsageError`, `Failure`.
    init(account: String, configuration: String?, options: Settings) throws {
        let found = try AccountName.find(account, configuration: configuration)
        var settings = found.settings
        settings.merge(options)
        try self.init(url: found.url, settings: settings, name: found.name)
    }

    /// - Throws: `UsageError`.
    init(url: AccountURL, settings: Settings, name: String?) throws {
        self.url = url
        self.name = name
        self.settings = settings
        isReadOnly = settings.isOn("read-only")
        waitsForServer = settings.isOn("sync-changes")
        allowsOthers = settings.isOn("allow-other")
        ownership = try Self.ownership(settings)
        if let text = settings["timeout"] {
            guard let value = Quantity.duration(text), value > .zero else {
                throw settings.error("timeout", "seconds are expected, such as 15")
            }
            timeout = value
        } else {
            timeout = .seconds(15)
        }
    }

    var cache: String { settings["cache"].map(Directories.absolute) ?? Directories.cache(url.account) }

    var state: String {
        settings["state"].map(Directories.absolute)
            ?? settings["cache"].map { Directories.absolute($0) + "/state" } ?? Directories.state(url.account)
    }

    /// Where it is to be mounted: what was said, else the account's `mountpoint`.
    ///
    /// - Throws: `UsageError` where neither is there.
    func place(_ said: String?) throws -> MountPlace {
        if let said { return MountPlace(path: Directories.absolute(said), isConfigured: false) }
        guard let configured = settings["mountpoint"] else {
            throw UsageError(
                "no mountpoint: write mailmount mount \(name ?? url.account) DIRECTORY"
                    + (name.map { ", or mountpoint = \"~/Mail/\($0)\" in the table of account \($0)" } ?? ""))
        }
        return MountPlace(path: Directories.absolute(configured), isConfigured: true)
    }

    /// A file that was named and is not there is a mistake also where the cache could do without it.
    ///
    /// - Throws: `Failure`.
    func checkFiles() throws {
        let isPasswordWanted = settings["token-command"] == nil && settings["password-command"] == nil
        if isPasswordWanted, let file = settings["password-file"] {
            try FileCheck.isReadable(Directories.absolute(file), option: "--password-file")
        }
        if let file = settings["ca-file"] {
            try FileCheck.isReadable(Directories.absolute(file), option: "--ca-file")
        }
    }

    /// Asks for the password on the terminal, where nothing else says it.
    mutating func prompt() {
        if !usesTokens { typedPassword = Password.prompt(settings, account: url.account) }
    }

    /// Whether the account logs in with tokens that this program gets itself.
    var usesTokens: Bool {
        settings["oauth2"] != nil && !Password.commands.contains { settings[$0] != nil }
    }

    /// - Throws: `UsageError`, `Failure`.
    func credentials(logger: Logger) throws -> any CredentialSource {
        if usesTokens { return TokenSource(try TokenAccount(settings, url: url, name: name), logger: logger) }
        return try Password(settings, account: url.account, typed: typedPassword)
    }

    /// - Throws: `UsageError`, `Failure`.
    func client(logger: Logger) throws -> ClientConfiguration {
        var endpoint = url.endpoint
        if let text = settings["tls"] {
            guard let security = Endpoint.Security(rawValue: text) else {
                throw settings.error("tls", "implicit, starttls or none is expected")
            }
            endpoint.security = security
        }
        let credentials = try credentials(logger: logger)
        return ClientConfiguration(
            endpoint: endpoint, user: url.user, credentials: credentials,
            caFile: settings["ca-file"].map(Directories.absolute), timeout: timeout,
            compress: settings.isOn("compress"), limits: Limits(), logger: logger)
    }

    /// - Throws: `UsageError`, `Failure`.
    func service(logger: Logger) throws -> ServiceConfiguration {
        var limits = StoreLimits()
        if let text = settings["cache-size"] {
            guard let size = Quantity.size(text) else {
                throw settings.error("cache-size", "a size is expected, such as 500M or 10G")
            }
            limits.bodies = size
        }
        var downloadLimit: UInt64?
        if let text = settings["download-limit"] {
            guard let size = Quantity.size(text) else {
                throw settings.error("download-limit", "a size is expected, such as 500M or 2G")
            }
            downloadLimit = size
        }
        var connections = 4
        if let text = settings["connections"] {
            guard let count = Int(text), (1...100).contains(count) else {
                throw settings.error("connections", "a number from 1 to 100 is expected")
            }
            connections = count
        }
        let style = try nameStyle
        var template = FileNameTemplate(style)
        if let text = settings["filename"] {
            do {
                template = try FileNameTemplate(text, style: style)
            } catch {
                throw settings.error("filename", "\(error)")
            }
        }
        var configuration = ServiceConfiguration(
            client: try client(logger: logger), account: url.account, cache: cache, state: state, limits: limits,
            connections: connections, folders: settings.list("folder").map(FolderPattern.init),
            excluded: settings.list("exclude").map(FolderPattern.init), naming: FileNaming(template: template),
            paths: { listed, given in
                FolderPaths.resolve(
                    listed.map { ($0.rawName, $0.separator, MailboxName.decode($0.rawName)) }, given: given)
            })
        configuration.isReadOnly = isReadOnly
        configuration.sharedMarks = Directories.marks
        configuration.allowed = try allowed
        configuration.deletion = try deletion
        configuration.expungeAfter = try expungeAfter
        configuration.deletionLimit = try deletionLimit
        configuration.downloadLimit = downloadLimit
        return configuration
    }

    /// - Throws: `UsageError`.
    private static func ownership(_ settings: Settings) throws -> Ownership {
        var ownership = Ownership()
        if let text = settings["umask"] {
            guard let bits = UInt16(text, radix: 8), bits <= 0o777 else {
                throw settings.error("umask", "an octal number up to 777 is expected, such as 022")
            }
            ownership.umask = bits
        }
        for (name, part) in [("uid", \Ownership.uid), ("gid", \Ownership.gid)] {
            guard let text = settings[name] else { continue }
            // The highest one means nobody to system calls.
            guard let number = UInt32(text), number < .max else {
                throw settings.error(name, "a number is expected, as id -\(name.prefix(1)) prints it")
            }
            ownership[keyPath: part] = number
        }
        return ownership
    }

    private var nameStyle: FileNameTemplate.Style {
        get throws {
            guard let text = settings["names"] else { return .shell }
            guard let style = FileNameTemplate.Style(rawValue: text) else {
                throw settings.error("names", "shell or plain is expected")
            }
            return style
        }
    }

    private var allowed: ChangeKinds {
        get throws {
            guard let text = settings["allow"] else { return .all }
            guard let kinds = ChangeKinds(names: text) else {
                let names = ChangeKinds.named.map(\.name)
                throw settings.error(
                    "allow", "some of \(names.joined(separator: ", ")) are expected, with commas between")
            }
            return kinds
        }
    }

    private var deletion: DeletionPolicy {
        get throws {
            guard let text = settings["delete"] else { return .expunge }
            guard let policy = DeletionPolicy(rawValue: text) else {
                throw settings.error("delete", "expunge, trash or mark is expected")
            }
            return policy
        }
    }

    private var deletionLimit: DeletionLimit.Rule {
        get throws {
            guard let text = settings["delete-limit"] else { return .standard }
            if ["off", "none"].contains(text) { return .off }
            guard text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), let most = Int(text) else {
                throw settings.error("delete-limit", "a number of messages is expected, such as 5000, or off")
            }
            return .messages(most)
        }
    }

    /// Seconds.
    private var expungeAfter: Int64 {
        get throws {
            guard let text = settings["expunge-after"] else { return 600 }
            guard let duration = Quantity.duration(text) else {
                throw settings.error("expunge-after", "a time is expected, such as 90s, 10m or 7d")
            }
            // A century: added to any date it stays a date.
            return min(duration.components.seconds, 3_155_760_000)
        }
    }
}
