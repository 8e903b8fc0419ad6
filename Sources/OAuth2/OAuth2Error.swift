/// What an authorization server answers in place of a token (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5).
public struct OAuth2Error: Error, Sendable, Hashable, CustomStringConvertible {
    /// Such as `invalid_grant`.
    public let code: String
    /// In the server's words, cut to one line.
    public let explanation: String?

    public init(code: String, explanation: String? = nil) {
        self.code = Self.printable(code, limit: 80)
        self.explanation = explanation.map { Self.printable($0, limit: 300) }
    }

    public var description: String { code + (explanation.map { ": \($0)" } ?? "") }

    /// The grant is no longer good: only the user can give another one.
    public var needsLogin: Bool { ["invalid_grant", "access_denied", "expired_token"].contains(code) }

    /// Asking later may help.
    public var mayPass: Bool { ["temporarily_unavailable", "server_error", "slow_down"].contains(code) }

    /// A server's words go to terminals and logs.
    private static func printable(_ text: String, limit: Int) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            let isPrintable: Bool
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                isPrintable = false
            default: isPrintable = true
            }
            result.unicodeScalars.append(isPrintable ? scalar : " ")
        }
        return result
    }
}
