/// How the account stands with its server.
public enum ConnectionState: String, Hashable, Sendable {
    case online
    case offline
    /// The server refused the login: asked again when the credentials may be others, in long pauses, or when somebody says so.
    case refused
}
