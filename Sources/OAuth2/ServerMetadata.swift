/// What an authorization server says of itself (RFC 8414 section 2), as its JSON is decoded.
public struct ServerMetadata: Sendable, Decodable {
    public let issuer: String
    public let authorizationEndpoint: String
    public let tokenEndpoint: String
    public let deviceEndpoint: String?
    public let scopes: [String]

    private enum CodingKeys: String, CodingKey {
        case issuer
        case authorizationEndpoint = "authorization_endpoint"
        case tokenEndpoint = "token_endpoint"
        case deviceEndpoint = "device_authorization_endpoint"
        case scopes = "scopes_supported"
    }

    public init(from decoder: any Decoder) throws {
        let answer = try decoder.container(keyedBy: CodingKeys.self)
        issuer = try answer.decode(String.self, forKey: .issuer)
        authorizationEndpoint = try answer.decode(String.self, forKey: .authorizationEndpoint)
        tokenEndpoint = try answer.decode(String.self, forKey: .tokenEndpoint)
        deviceEndpoint = try? answer.decodeIfPresent(String.self, forKey: .deviceEndpoint)
        scopes = (try? answer.decodeIfPresent([String].self, forKey: .scopes)) ?? []
    }

    /// Where an issuer's metadata may lie (RFC 8414 section 3, OpenID Connect Discovery section 4); empty: it is no issuer.
    ///
    /// - Parameter issuer: an https URL; http is taken for loopback addresses only.
    public static func addresses(ofIssuer issuer: String) -> [String] {
        guard SafeURL.isSafe(issuer) else { return [] }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let scheme = base.firstRange(of: "://") else { return [] }
        let rest = base[scheme.upperBound...]
        let path = rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
        let origin = base.dropLast(path.count)
        return [
            "\(origin)/.well-known/oauth-authorization-server\(path)", "\(base)/.well-known/openid-configuration",
        ]
    }

    /// The server as it is to be used.
    ///
    /// - Throws: `OAuth2Error` where it claims to be another one (section 3.3), or sends us where anybody can listen.
    public func server(for issuer: String, scope: String?) throws(OAuth2Error) -> AuthorizationServer {
        func bare(_ text: String) -> Substring { text.hasSuffix("/") ? text.dropLast() : text[...] }
        guard bare(self.issuer) == bare(issuer) else {
            throw OAuth2Error(code: "invalid_issuer", explanation: "\(issuer) says that it is \(self.issuer)")
        }
        for endpoint in [authorizationEndpoint, tokenEndpoint, deviceEndpoint].compactMap({ $0 })
        where !SafeURL.isSafe(endpoint) {
            throw OAuth2Error(code: "invalid_issuer", explanation: "\(endpoint) is not https")
        }
        let usual = ["openid", "offline_access"].filter(scopes.contains)
        return AuthorizationServer(
            name: issuer, issuer: self.issuer, authorizationEndpoint: authorizationEndpoint,
            tokenEndpoint: tokenEndpoint, deviceEndpoint: deviceEndpoint,
            scope: scope ?? usual.joined(separator: " "))
    }
}

/// Addresses that secrets may be sent to.
public enum SafeURL {
    /// https with a host; http only for loopback addresses, where nobody listens on the way.
    public static func isSafe(_ url: String) -> Bool {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        if url.hasPrefix("https://") { return url.count > 8 && !url.hasPrefix("https:///") }
        guard url.hasPrefix("http://") else { return false }
        let authority = url.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "[::1]"].contains(String(host)) && !authority.contains("@")
    }
}
