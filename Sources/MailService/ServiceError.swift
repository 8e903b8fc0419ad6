/// Why the account could not do what was asked. Each has one meaning for the caller, and one error number.
public enum ServiceError: Error, Hashable, Sendable {
    /// There is no connection, and the answer is not here.
    case offline
    /// The server said nothing for the timeout.
    case timedOut
    /// The server said to wait.
    case busy(String)
    /// More than the user wants to have in a day.
    case limitReached(String)
    /// The login was refused, or this folder is not for this user.
    case accessDenied(String)
    /// The server answers, but cannot give this message.
    case unavailable(String)
    /// The message or folder is no longer what was seen.
    case gone
    /// Longer than any message that is accepted, in octets; 0 where the limit is not known.
    case tooLarge(limit: UInt64)
    /// No folder of that name.
    case noSuchFolder(String)
    /// The disk has no room for what would be kept.
    case noSpace
    /// The disk fails: what would be kept is not, or what is kept cannot be read.
    case diskFailed(String)
    /// The mount or the folder cannot be changed.
    case readOnly
    /// Not meaningful for mail.
    case notPermitted(String)
    /// What was written cannot be a message.
    case notAMessage(String)
    /// The account has no room for it.
    case overQuota(String)
    /// The folder has messages or folders.
    case notEmpty
    /// There is one of that name.
    case exists
    /// Cannot be a name on the server.
    case badName(String)
    case nameTooLong
    /// INBOX, or a folder that something else needs as it is.
    case inUse(String)
    /// The server will not do it, for a reason that has no error of its own.
    case refused(String)
    /// No change of that number failed, or is held.
    case noSuchChange(Int64)
}

extension ServiceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .offline: "the server cannot be reached"
        case .timedOut: "the server does not answer"
        case .busy(let text): "the server asks to wait: \(text)"
        case .limitReached(let text): text
        case .accessDenied(let text): "access denied: \(text)"
        case .unavailable(let text): "not available: \(text)"
        case .gone: "it does not exist any more"
        case .tooLarge(let limit): limit == 0 ? "it is too large" : "it is larger than \(limit) octets"
        case .noSuchFolder(let name): "there is no folder \(name)"
        case .noSpace: "the disk is full"
        case .diskFailed(let text): "the disk fails: \(text)"
        case .readOnly: "it cannot be changed"
        case .notPermitted(let text): text
        case .notAMessage(let text): "not a message: \(text)"
        case .overQuota(let text): "over quota: \(text)"
        case .notEmpty: "the folder is not empty"
        case .exists: "there is one of that name already"
        case .badName(let text): "cannot be a name on the server: \(text)"
        case .nameTooLong: "the name is too long for the server"
        case .inUse(let text): "in use: \(text)"
        case .refused(let text): "the server refuses: \(text)"
        case .noSuchChange(let id): "no change \(id) has failed or is held"
        }
    }
}

extension ServiceError {
    /// The server cannot be asked anything else either.
    var isOfTheConnection: Bool { self == .timedOut || self == .offline }
}
