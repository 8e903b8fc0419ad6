public import IMAPCodec

/// Why a session could not be opened.
public enum OpeningFailure: Error, Sendable, Hashable {
    /// Not IMAP, or not safe; the text says what happened.
    case violation(String)
    /// The credentials are wrong.
    case refused(StatusResponse)
    /// No way to log in that both sides accept.
    case impossible(String)
    /// The server ended the connection.
    case ended(String)
    /// The server wants to be left alone; seconds where it says how long.
    case throttled(seconds: Int?, String)
}

/// A session after login.
public struct OpenedSession: Sendable, Hashable {
    public var capabilities: Capabilities
    /// To be sent before anything else, in this order: what the server says of itself, and what is enabled. None need succeed, and
    /// whatever does not hang on an answer may be sent behind them at once.
    public var settling: [Command]

    public init(capabilities: Capabilities = .none, settling: [Command] = []) {
        self.capabilities = capabilities
        self.settling = settling
    }
}
