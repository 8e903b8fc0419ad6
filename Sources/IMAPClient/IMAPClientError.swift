public import IMAPCodec

/// Why a connection could not be made or has ended. The texts are for people and never contain secrets.
public enum IMAPClientError: Error, Sendable, Hashable {
    /// The name has no address, nobody listens there, or the TCP or TLS handshake was broken off. Trying later may
    /// help.
    case unreachable(String)
    /// The server's certificate: chain, host name, dates; the text says what to do. Somebody has to change something.
    case untrusted(String)
    /// The peer does not speak IMAP, or not safely: octets injected before TLS, PREAUTH, limits exceeded.
    case protocolViolation(String)
    /// The credentials are wrong. Trying again with the same ones may lock the account.
    case loginRefused(StatusResponse?)
    /// There is no way to log in that both sides accept: no mechanism in common, LOGINDISABLED, no TLS.
    case loginImpossible(String)
    /// Not one octet came for that long while an answer was due.
    case silent(seconds: Int)
    /// The connection ended: BYE, end of stream, reset, or closed on this side.
    case disconnected(String)
    /// The server wants to be left alone, for `seconds` where it says how long (0 to 86,400).
    case throttled(seconds: Int?, String)
}

extension IMAPClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let text): "unreachable: \(text)"
        case .untrusted(let text): text
        case .protocolViolation(let text): "protocol violation: \(text)"
        case .loginRefused(let status): "login refused" + (status.map { ": \($0.text)" } ?? "")
        case .loginImpossible(let text): "login impossible: \(text)"
        case .silent(let seconds): "the server has sent nothing for \(seconds) s"
        case .disconnected(let text): "disconnected: \(text)"
        case .throttled(let seconds, let text):
            "the server asks to wait" + (seconds.map { " \($0) s" } ?? "") + ": \(text)"
        }
    }
}
