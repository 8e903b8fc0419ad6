internal import Digest
internal import Glibc
internal import OAuth2

/// Consent in a browser, which brings a code back to a loopback address (RFC 8252), bound to this process by a proof key (RFC 7636).
enum CodeLogin {
    /// - Parameters:
    ///   - opensBrowser: where there is a screen; the address is printed in any case.
    ///   - limit: how long to wait for the browser's answer.
    /// - Throws: `OAuth2Error` where consent was not given, `Failure` and `HTTPError`.
    static func run(
        _ account: TokenAccount, _ server: AuthorizationServer, opensBrowser: Bool, limit: Duration = .seconds(600)
    ) async throws -> TokenAnswer {
        guard let random = RandomBytes.make(32), let mark = RandomBytes.make(16) else {
            throw Failure("the system gives no random numbers")
        }
        let receiver = try LoopbackReceiver()
        let request = AuthorizationRequest(
            server: server, client: account.client,
            redirectURI: "http://\(server.redirectHost):\(receiver.port)/", state: Base64URL.encode(mark),
            key: ProofKey(random: random, sha256: SHA256.hash), loginHint: account.user)
        print("Open this address in a browser and agree:\n\n  \(request.url)\n")
        let isTerminal = isatty(STDIN_FILENO) == 1
        if isTerminal { print("Where the browser runs on another machine, paste the address it ends at here.") }
        fflush(nil)
        if opensBrowser { Browser.open(request.url) }
        let code = try receiver.wait(limit, isPasted: isTerminal) { try request.code(fromQuery: $0) }
        return try await TokenEndpoint.ask(
            server.tokenEndpoint,
            .code(code, redirectURI: request.redirectURI, verifier: request.key.verifier), client: account.client)
    }
}
