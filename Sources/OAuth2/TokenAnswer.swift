public import IMAPCodec

/// What the token endpoint answers (RFC 6749 section 5), as its JSON is decoded.
public struct TokenAnswer: Sendable, Decodable {
    public let accessToken: Secret
    /// Seconds from the answer on; nil where the server does not say.
    public let expiresIn: Int64?
    /// nil: the one that was used stays good (section 6).
    public let refreshToken: Secret?

    public init(accessToken: Secret, expiresIn: Int64?, refreshToken: Secret?) {
        self.accessToken = accessToken
        self.expiresIn = expiresIn
        self.refreshToken = refreshToken
    }

    private enum Key: String, CodingKey {
        case accessToken = "access_token"
        case expiresIn = "expires_in"
        case refreshToken = "refresh_token"
        case error
        case explanation = "error_description"
    }

    /// - Throws: `OAuth2Error` where the answer is one, `DecodingError` where it is neither.
    public init(from decoder: any Decoder) throws {
        let answer = try decoder.container(keyedBy: Key.self)
        if let error = try answer.decodeIfPresent(String.self, forKey: .error) {
            throw OAuth2Error(
                code: error, explanation: try? answer.decodeIfPresent(String.self, forKey: .explanation))
        }
        let token = try answer.decode(String.self, forKey: .accessToken)
        // It becomes part of a SASL message, in which control characters separate (RFC 7628 section 3.1).
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw OAuth2Error(code: "invalid_response", explanation: "the token has characters that no token has")
        }
        accessToken = Secret(Array(token.utf8))
        expiresIn = Seconds.decode(answer, .expiresIn)
        let refresh = try? answer.decodeIfPresent(String.self, forKey: .refreshToken)
        refreshToken = refresh.flatMap { $0.isEmpty ? nil : Secret(Array($0.utf8)) }
    }
}

/// A number of seconds, which some servers write as a text and some as a fraction.
enum Seconds {
    /// Clamped to 0 ... ten years; nil for anything else.
    static func decode<Key>(_ answer: KeyedDecodingContainer<Key>, _ key: Key) -> Int64? {
        if let number = try? answer.decode(Double.self, forKey: key), number.isFinite {
            return Int64(min(max(0, number), 315_360_000))
        }
        guard let text = try? answer.decode(String.self, forKey: key), let number = Int64(text) else { return nil }
        return min(max(0, number), 315_360_000)
    }
}
