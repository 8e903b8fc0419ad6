internal import ArgumentParser
internal import IMAPClient
internal import IMAPCodec
internal import Logging

/// `mailmount check ACCOUNT`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Connect and log in; print what the server offers and what will not work.")

    @Argument(
        help: "An account of the configuration file, or imap[s]://user@host[:port].", completion: Completions.accounts)
    var account: String
    @OptionGroup var options: MountOptionGroup

    func run() async throws {
        await reporting {
            var plan = try AccountPlan(account: account, configuration: options.config, options: try options.settings())
            plan.prompt()
            var logger = Logger(label: "mailmount") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = options.log.flatMap(Logger.Level.init(rawValue:)) ?? .error
            let configuration = try plan.client(logger: logger)
            let connection: IMAPConnection
            do {
                connection = try await IMAPConnection.open(configuration, unsolicited: { _ in }, closed: { _ in })
                await connection.settled()
            } catch {
                for line in Self.notes(plan) { print(line) }
                let isRefused = if case IMAPClientError.loginRefused = error { true } else { false }
                throw Failure("\(plan.url.account): \(error)" + (isRefused ? LoginAdvice.advice(plan) : ""))
            }
            for line in CapabilityReport.lines(for: connection, account: plan.url.account) { print(line) }
            for line in Self.notes(plan) { print(line) }
            for line in await ClockReport.lines(connection, plan) { print(line) }
            let wanted = plan.settings["connections"].flatMap { Int($0) } ?? 4
            print(await ConnectionLimit.line(configuration, first: connection, wanted: min(wanted, 16)))
            await connection.logout()
        }
    }
    /// What slows connections down.
    private static func notes(_ plan: AccountPlan) -> [String] {
        AddressReport.lines(host: plan.url.endpoint.host, port: plan.url.endpoint.port)
    }
}
