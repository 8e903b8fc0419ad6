internal import Discovery
internal import IMAPClient
internal import OAuth2

/// An account that logs in with OAuth2: who asks, and whom.
struct TokenAccount: Sendable {
    /// In the configuration file; nil where the account has none.
    let name: String?
    /// `user@host:port`.
    let account: String
    /// The address, which the provider shows first.
    let user: String
    let client: ClientRegistration
    /// The key `oauth2`: the name of a known server, or an issuer's URL.
    let server: String
    let scope: String?

    /// - Throws: `UsageError` that says which key is missing.
    init(_ settings: Settings, url: AccountURL, name: String?) throws {
        self.name = name
        account = url.account
        user = url.user
        scope = settings["oauth2-scope"]
        let known = AuthorizationServer.known.map(\.name)
        guard let server = settings["oauth2"] ?? MailProvider.serving(host: url.endpoint.host)?.oauth2 else {
            throw UsageError(
                "it is not known where tokens for \(account) come from: write oauth2 = \"https://ISSUER\" in its table, or one of "
                    + known.joined(separator: ", "))
        }
        guard known.contains(server) || SafeURL.isSafe(server) else {
            throw settings.error("oauth2", "one of \(known.joined(separator: ", ")) or an https URL is expected")
        }
        self.server = server
        guard let id = settings["client-id"] else {
            throw UsageError(
                "\(name ?? account) has no client-id: \(server) gives tokens only to programs that are registered."
                    + " How to register one in a few steps is told in the page of your provider"
                    + " (Sources/MailMountCommands/MailMountCommands.docc); then write client-id = \"…\" in the account's table"
            )
        }
        client = ClientRegistration(id: id, secret: settings["client-secret"])
    }

    /// How the user gives consent anew.
    var loginCommand: String { "mailmount login \(name ?? account)" }

    /// The server as it is known by name, or as it tells of itself.
    ///
    /// - Throws: `Failure`.
    func authorizationServer() async throws -> AuthorizationServer {
        if var known = AuthorizationServer.known.first(where: { $0.name == server }) {
            if let scope { known.scope = scope }
            return known
        }
        return try await TokenEndpoint.discover(issuer: server, scope: scope)
    }
}
