public import IMAPCodec

/// The tokens of an account, and what is to be done with them at a given time.
///
/// ```
/// tokens.step(now: seconds, refused: nil)       .use(token), .refresh(token) or .login
/// ```
public struct TokenSet: Sendable, Hashable {
    public enum Step: Sendable, Hashable {
        /// This access token is good as far as is known here.
        case use(Secret)
        /// Another one is wanted, with this refresh token.
        case refresh(Secret)
        /// Only the user can help.
        case login
    }

    public private(set) var accessToken: Secret
    /// Seconds since 1970; nil where the server did not say.
    public private(set) var expires: Int64?
    /// Seconds since 1970.
    public private(set) var obtained: Int64
    public private(set) var refreshToken: Secret?
    /// The server has said that the refresh token is not good any more.
    public private(set) var isWithdrawn = false

    /// - Parameter now: when the answer was asked for, in seconds since 1970.
    public init(_ answer: TokenAnswer, now: Int64) {
        accessToken = answer.accessToken
        obtained = now
        expires = answer.expiresIn.map { now + $0 }
        refreshToken = answer.refreshToken
    }

    /// How long before its end a token counts as ended: a login takes a moment, and clocks differ. Seconds.
    private var margin: Int64 { min(120, max(1, ((expires ?? obtained) - obtained) / 4)) }

    /// Whether the access token is good at that time, with a margin.
    public func isFresh(now: Int64) -> Bool {
        // A clock that was set back makes no token good for longer than it was made for.
        guard let expires else { return true }
        return now < expires - margin && now >= obtained - 86_400
    }

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - refused: the access token that a server has just refused.
    public func step(now: Int64, refused: Secret?) -> Step {
        if accessToken != refused, isFresh(now: now) { return .use(accessToken) }
        if let refreshToken, !isWithdrawn { return .refresh(refreshToken) }
        return isUsable(now: now, refused: refused) ? .use(accessToken) : .login
    }

    /// Whether the access token is better than none: it has not ended, though it may at any moment.
    public func isUsable(now: Int64, refused: Secret?) -> Bool {
        accessToken != refused && now < expires ?? .max
    }

    /// What a refresh brought.
    public mutating func refreshed(_ answer: TokenAnswer, now: Int64) {
        accessToken = answer.accessToken
        obtained = now
        expires = answer.expiresIn.map { now + $0 }
        if let rotated = answer.refreshToken { refreshToken = rotated }
        isWithdrawn = false
    }

    /// The server wants no more of the refresh token.
    public mutating func withdrawn() { isWithdrawn = true }
}

extension TokenSet: Codable {
    private enum Key: String, CodingKey {
        case accessToken = "access-token"
        case expires
        case obtained
        case refreshToken = "refresh-token"
        case isWithdrawn = "withdrawn"
    }

    public init(from decoder: any Decoder) throws {
        let kept = try decoder.container(keyedBy: Key.self)
        accessToken = Secret(Array(try kept.decode(String.self, forKey: .accessToken).utf8))
        expires = try kept.decodeIfPresent(Int64.self, forKey: .expires)
        obtained = try kept.decode(Int64.self, forKey: .obtained)
        refreshToken = try kept.decodeIfPresent(String.self, forKey: .refreshToken).map { Secret(Array($0.utf8)) }
        isWithdrawn = try kept.decodeIfPresent(Bool.self, forKey: .isWithdrawn) ?? false
    }

    public func encode(to encoder: any Encoder) throws {
        var kept = encoder.container(keyedBy: Key.self)
        try kept.encode(String(decoding: accessToken.reveal(), as: UTF8.self), forKey: .accessToken)
        try kept.encodeIfPresent(expires, forKey: .expires)
        try kept.encode(obtained, forKey: .obtained)
        try kept.encodeIfPresent(
            refreshToken.map { String(decoding: $0.reveal(), as: UTF8.self) }, forKey: .refreshToken)
        try kept.encode(isWithdrawn, forKey: .isWithdrawn)
    }
}
