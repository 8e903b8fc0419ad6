/// How the account stands with its server.
public enum ConnectionState: String, Hashable, Sendable {
    case online
    case offline
    /// The server refused the login; asked again only when somebody says so.
    case refused
}
