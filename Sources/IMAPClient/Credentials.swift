public import IMAPCodec

/// What an account logs in with.
public enum Credentials: Sendable, Hashable {
    case password(Secret)
    /// An OAuth 2.0 access token (RFC 7628, XOAUTH2).
    case token(Secret)

    /// A password as octets, mostly UTF-8.
    public static func password(octets: [UInt8]) -> Credentials { .password(Secret(octets)) }
    /// A token as octets.
    public static func token(octets: [UInt8]) -> Credentials { .token(Secret(octets)) }
}
