/// What an authorization server knows this program by (RFC 6749 section 2.2). The user brings it.
public struct ClientRegistration: Sendable, Hashable {
    public var id: String
    /// Of a program on a user's machine no secret at all, but some providers ask for what they call one.
    public var secret: String?

    public init(id: String, secret: String? = nil) {
        self.id = id
        self.secret = secret
    }

    /// Name and password for HTTP's Basic authentication, which some servers want in place of the fields; nil without a secret (section 2.3.1).
    public var header: (name: String, password: String)? {
        secret.map { (FormText.escape(id), FormText.escape($0)) }
    }

    /// The fields that say who asks (section 2.3.1).
    var fields: [(name: String, value: String)] {
        [("client_id", id)] + (secret.map { [("client_secret", $0)] } ?? [])
    }
}
