/// Why the account could not do what was asked. Each has one meaning for the caller, and one error number.
public enum ServiceError: Error, Hashable, Sendable {
    /// There is no connection, and the answer is not here.
    case offline
    /// The server said nothing for the timeout.
    case timedOut
    /// The server said to wait.
    case busy(String)
    /// The login was refused, or this folder is not for this user.
    case accessDenied(String)
    /// The server answers, but cannot give this message.
    case unavailable(String)
    /// The message or folder is no longer what was seen.
    case gone
    /// Longer than any message that is accepted, in octets.
    case tooLarge(limit: UInt64)
    /// No folder of that name.
    case noSuchFolder(String)
    /// The disk has no room for what would be kept.
    case noSpace
}

extension ServiceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .offline: "the server cannot be reached"
        case .timedOut: "the server does not answer"
        case .busy(let text): "the server asks to wait: \(text)"
        case .accessDenied(let text): "access denied: \(text)"
        case .unavailable(let text): "not available: \(text)"
        case .gone: "it does not exist any more"
        case .tooLarge(let limit): "it is larger than \(limit) octets"
        case .noSuchFolder(let name): "there is no folder \(name)"
        case .noSpace: "the disk is full"
        }
    }
}
