internal import ArgumentParser
internal import Glibc
internal import HTTPFetch
internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import OAuth2

/// `mailmount login ACCOUNT [--device]`.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Get OAuth2 tokens for an account; from then on they are renewed by themselves.",
        discussion: """
            The account needs client-id, and mostly oauth2, in its table of the configuration file: google, microsoft, yahoo, \
            fastmail, or the URL of an issuer.
            """)

    @Argument(help: "An account of the configuration file.")
    var account: String
    @Flag(help: "Show a code to type on another device, instead of opening a browser.")
    var device = false
    @Flag(help: "Open no browser, only print the address.")
    var noBrowser = false
    @Option(help: ArgumentHelp("TOML configuration.", valueName: "file"))
    var config: String?

    func run() async throws {
        await reporting {
            CoreDumps.prevent()
            let plan = try AccountPlan(account: account, configuration: config, options: Settings())
            try await Self.login(plan, device: device, opensBrowser: !noBrowser)
            print("\(plan.url.account): logged in; tokens are renewed by themselves from now on")
        }
    }

    /// Gets tokens, keeps them, and tries them on the mail server.
    ///
    /// - Throws: `Failure`, `UsageError`.
    static func login(_ plan: AccountPlan, device: Bool, opensBrowser: Bool) async throws {
        let account = try TokenAccount(plan.settings, url: plan.url, name: plan.name)
        let server = try await account.authorizationServer()
        let asked = Int64(time(nil))
        let answer: TokenAnswer
        do {
            answer =
                device
                ? try await DeviceLogin.run(account, server)
                : try await CodeLogin.run(account, server, opensBrowser: opensBrowser)
        } catch let error as OAuth2Error {
            throw Failure("\(account.server) gives no tokens: \(error)")
        } catch let error as HTTPError {
            throw Failure("\(account.server) gives no tokens: \(error)")
        }
        // The time that somebody took to agree is not the token's.
        let obtained = max(asked, Int64(time(nil)) - 5)
        let kept = TokenKeeper.Kept(
            tokens: TokenSet(answer, now: obtained), endpoint: server.tokenEndpoint, client: account.client.id)
        let keeper = TokenKeeper(account: account.account)
        try await keeper.locked { try keeper.save(kept, isNew: true) }
        if answer.refreshToken == nil {
            StandardError.write(
                "mailmount: \(account.server) gave no refresh token: when this one ends, log in again (oauth2-scope may have to say more)"
            )
        }
        try await verify(plan, server: server)
    }

    /// A token can be good and the mailbox closed: another address was chosen in the browser, or IMAP is switched off.
    private static func verify(_ plan: AccountPlan, server: AuthorizationServer) async throws {
        let logger = Logger(label: "mailmount") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try plan.client(logger: logger)
        do {
            let connection = try await IMAPConnection.open(configuration, unsolicited: { _ in }, closed: { _ in })
            await connection.logout()
        } catch IMAPClientError.loginRefused(let status) {
            throw Failure(
                "the tokens are kept, but \(plan.url.account) does not accept them"
                    + (status.map { ": \($0.text)" } ?? "")
                    + "; was another address chosen in the browser, or is IMAP switched off in the account's settings?")
        } catch {
            StandardError.write("mailmount: the tokens are kept, but were not tried: \(error)")
        }
    }
}
