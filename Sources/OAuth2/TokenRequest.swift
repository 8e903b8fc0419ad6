public import IMAPCodec

/// What is posted to the token endpoint (RFC 6749 sections 4.1.3 and 6, RFC 8628 section 3.4).
public enum TokenRequest: Sendable {
    case code(String, redirectURI: String, verifier: String)
    case refresh(Secret)
    case device(code: String)

    /// The body, a form.
    ///
    /// - Parameter identifies: it says who asks; else that stands in the header (`ClientRegistration.header`).
    public func body(for client: ClientRegistration, identifies: Bool = true) -> String {
        let fields: [(name: String, value: String)] =
            switch self {
            case .code(let code, let redirectURI, let verifier):
                [
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
                    ("code_verifier", verifier),
                ]
            case .refresh(let token):
                [("grant_type", "refresh_token"), ("refresh_token", String(decoding: token.reveal(), as: UTF8.self))]
            case .device(let code):
                [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code)]
            }
        return FormText.encode(identifies ? fields + client.fields : fields)
    }
}
