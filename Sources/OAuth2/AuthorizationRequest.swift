/// A request for the user's consent, which a browser carries (RFC 6749 section 4.1.1).
public struct AuthorizationRequest: Sendable {
    public var server: AuthorizationServer
    public var client: ClientRegistration
    public var redirectURI: String
    /// Comes back with the answer: nobody else's answer is taken for ours (section 10.12).
    public var state: String
    public var key: ProofKey
    /// Which account is meant: the address.
    public var loginHint: String?

    public init(
        server: AuthorizationServer, client: ClientRegistration, redirectURI: String, state: String, key: ProofKey,
        loginHint: String? = nil
    ) {
        self.server = server
        self.client = client
        self.redirectURI = redirectURI
        self.state = state
        self.key = key
        self.loginHint = loginHint
    }

    /// The address to open in a browser.
    public var url: String {
        var fields: [(name: String, value: String)] = [
            ("response_type", "code"), ("client_id", client.id), ("redirect_uri", redirectURI),
            ("scope", server.scope), ("state", state), ("code_challenge", key.challenge),
            ("code_challenge_method", "S256"),
        ]
        if let loginHint { fields.append(("login_hint", loginHint)) }
        for (name, value) in server.further.sorted(by: { $0.key < $1.key }) { fields.append((name, value)) }
        return server.authorizationEndpoint + (server.authorizationEndpoint.contains("?") ? "&" : "?")
            + FormText.encode(fields)
    }

    /// What the browser brought back to the redirect URI.
    ///
    /// - Parameter query: without the question mark.
    /// - Returns: the code; nil where this is no answer to this request.
    /// - Throws: `OAuth2Error` where the answer is a refusal.
    public func code(fromQuery query: String) throws(OAuth2Error) -> String? {
        let fields = FormText.decode(query)
        // A field that is there twice means nothing (RFC 6749 section 3.1).
        func field(_ name: String) -> String? {
            let found = fields.filter { $0.name == name }
            return found.count == 1 ? found[0].value : nil
        }
        guard field("state") == state else { return nil }
        // Another server's answer (RFC 9207).
        if let issuer = server.issuer, let told = field("iss"), told != issuer { return nil }
        if let error = field("error") {
            throw OAuth2Error(code: error, explanation: field("error_description"))
        }
        guard let code = field("code"), !code.isEmpty else { return nil }
        return code
    }
}
