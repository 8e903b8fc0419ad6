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
    /// Names that the server confirmed as enabled, in upper case (RFC 5161).
    public var enabled: Set<String>
    public var serverID: [IDField]

    public init(capabilities: Capabilities = .none, enabled: Set<String> = [], serverID: [IDField] = []) {
        self.capabilities = capabilities
        self.enabled = enabled
        self.serverID = serverID
    }
}
