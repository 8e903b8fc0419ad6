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
    let settings: Settings
    let isReadOnly: Bool
    /// Each change waits for the server's answer.
    let waitsForServer: Bool
    let allowsOthers: Bool
    let timeout: Duration
    /// What was typed on the terminal, by this process or by the one that started it.
    var typedPassword: [UInt8]?

    /// - Parameters:
    ///   - account: a name of the configuration file, or a URL.
    ///   - options: what the command line says.
    /// - Throws: `UsageError`, `Failure`.
    init(account: String, configuration: String?, options: Settings) throws {
        var settings: Settings
        if account.contains("://") {
            settings = Settings()
            url = try AccountURL(account)
        } else {
            let found = try ConfigurationFile(path: configuration).account(account)
            settings = found.settings
            url = try AccountURL(found.url)
        }
        settings.merge(options)
        self.settings = settings
        isReadOnly = settings.isOn("read-only")
        waitsForServer = settings.isOn("sync-changes")
        allowsOthers = settings.isOn("allow-other")
        if let text = settings["timeout"] {
            guard let value = Quantity.duration(text), value > .zero else {
                throw UsageError("--timeout \(text): seconds are expected, such as 15")
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

    /// Asks for the password on the terminal, where nothing else says it.
    mutating func prompt() { typedPassword = Password.prompt(settings, account: url.account) }

    /// - Throws: `UsageError`, `Failure`.
    func client(logger: Logger) throws -> ClientConfiguration {
        var endpoint = url.endpoint
        if let text = settings["tls"] {
            guard let security = Endpoint.Security(rawValue: text) else {
                throw UsageError("--tls \(text): implicit, starttls or none is expected")
            }
            endpoint.security = security
        }
        let password = try Password(settings, account: url.account, typed: typedPassword)
        return ClientConfiguration(
            endpoint: endpoint, user: url.user, credentials: password,
            caFile: settings["ca-file"].map(Directories.absolute), timeout: timeout,
            compress: settings.isOn("compress"), limits: Limits(), logger: logger)
    }

    /// - Throws: `UsageError`, `Failure`.
    func service(logger: Logger) throws -> ServiceConfiguration {
        var limits = StoreLimits()
        if let text = settings["cache-size"] {
            guard let size = Quantity.size(text) else {
                throw UsageError("--cache-size \(text): a size is expected, such as 500M or 10G")
            }
            limits.bodies = size
        }
        var connections = 4
        if let text = settings["connections"] {
            guard let count = Int(text), (1...100).contains(count) else {
                throw UsageError("--connections \(text): a number from 1 to 100 is expected")
            }
            connections = count
        }
        var template = FileNameTemplate.standard
        if let text = settings["filename"] {
            do {
                template = try FileNameTemplate(text)
            } catch {
                throw UsageError("--filename \(text): \(error)")
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
        configuration.deletion = try deletion
        configuration.expungeAfter = try expungeAfter
        return configuration
    }

    private var deletion: DeletionPolicy {
        get throws {
            guard let text = settings["delete"] else { return .expunge }
            guard let policy = DeletionPolicy(rawValue: text) else {
                throw UsageError("--delete \(text): expunge, trash or mark is expected")
            }
            return policy
        }
    }

    /// Seconds.
    private var expungeAfter: Int64 {
        get throws {
            guard let text = settings["expunge-after"] else { return 600 }
            guard let duration = Quantity.duration(text) else {
                throw UsageError("--expunge-after \(text): a time is expected, such as 90s, 10m or 7d")
            }
            // A century: added to any date it stays a date.
            return min(duration.components.seconds, 3_155_760_000)
        }
    }
}
