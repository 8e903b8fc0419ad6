/// A code that the user types on another device (RFC 8628 section 3.2), as its JSON is decoded.
public struct DeviceAuthorization: Sendable, Decodable {
    public let deviceCode: String
    public let userCode: String
    /// Where the user types it.
    public let verificationURI: String
    /// Seconds.
    public let expiresIn: Int64
    /// Seconds between two questions.
    public let interval: Int64

    /// The body of the request for one, a form (section 3.1).
    public static func requestBody(_ server: AuthorizationServer, _ client: ClientRegistration) -> String {
        FormText.encode([("client_id", client.id), ("scope", server.scope)])
    }

    private enum Key: String, CodingKey {
        case deviceCode = "device_code"
        case userCode = "user_code"
        case verificationURI = "verification_uri"
        /// As Google writes it.
        case verificationURL = "verification_url"
        case expiresIn = "expires_in"
        case interval
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
        deviceCode = try answer.decode(String.self, forKey: .deviceCode)
        userCode = try answer.decode(String.self, forKey: .userCode)
        verificationURI =
            try answer.decodeIfPresent(String.self, forKey: .verificationURI)
            ?? answer.decode(String.self, forKey: .verificationURL)
        // Both are shown on a terminal.
        guard (userCode + verificationURI).unicodeScalars.allSatisfy({ $0.value > 0x1F && $0.value != 0x7F }),
            verificationURI.hasPrefix("https://") || verificationURI.hasPrefix("http://127.0.0.1:")
                || verificationURI.hasPrefix("http://localhost:")
        else { throw OAuth2Error(code: "invalid_response", explanation: "the device code cannot be shown") }
        expiresIn = Seconds.decode(answer, .expiresIn) ?? 600
        interval = max(1, Seconds.decode(answer, .interval) ?? 5)
    }
}

/// Asking again and again whether the user has typed the code (RFC 8628 section 3.5).
public struct DevicePolling: Sendable {
    public enum Step: Sendable, Equatable {
        /// Seconds.
        case wait(Int64)
        case failed(OAuth2Error)
    }

    public let code: String
    private let deadline: Int64
    private var interval: Int64

    /// - Parameter now: seconds since some moment, the same in all calls.
    public init(_ authorization: DeviceAuthorization, now: Int64) {
        code = authorization.deviceCode
        interval = min(authorization.interval, 60)
        deadline = now + min(authorization.expiresIn, 3_600)
    }

    /// The pause before the first question.
    public var first: Int64 { interval }

    /// What to do after an answer that is no token.
    ///
    /// - Parameter error: nil where no answer came, which counts as being asked to slow down.
    public mutating func next(after error: OAuth2Error?, now: Int64) -> Step {
        switch error?.code {
        case "authorization_pending": break
        case nil, "slow_down": interval = min(interval + 5, 60)
        default:
            if let error { return .failed(error) }
        }
        guard now + interval < deadline else {
            return .failed(OAuth2Error(code: "expired_token", explanation: "nobody typed the code in time"))
        }
        return .wait(interval)
    }
}
