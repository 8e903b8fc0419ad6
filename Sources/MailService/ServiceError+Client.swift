internal import IMAPClient
internal import IMAPCodec
internal import MailStore
internal import PosixFile

extension ServiceError {
    /// What a failed connection means for somebody who waits for an answer.
    init(_ error: IMAPClientError) {
        switch error {
        case .unreachable, .untrusted, .disconnected: self = .offline
        case .protocolViolation(let text): self = .unavailable(text)
        case .silent: self = .timedOut
        case .throttled(_, let text): self = .busy(text)
        case .loginRefused(let status): self = .accessDenied(status?.text ?? "login refused")
        case .loginImpossible(let text): self = .accessDenied(text)
        }
    }

    /// What a refusal (NO, BAD) means (RFC 5530).
    init(refusal status: StatusResponse) {
        switch status.code {
        case .noPerm, .authorizationFailed, .authenticationFailed, .expired, .privacyRequired, .contactAdmin:
            self = .accessDenied(status.text)
        case .inUse, .limit, .unavailable, .overQuota: self = .busy(status.text)
        case .nonExistent, .tryCreate: self = .gone
        default: self = .unavailable(status.text)
        }
    }

    /// Any error of the layers below.
    init(_ error: any Error) {
        switch error {
        case let error as ServiceError: self = error
        case let error as IMAPClientError: self.init(error)
        case MailStoreError.noSpace: self = .noSpace
        case let error as FileError where error.isNoSpace: self = .noSpace
        case MailStoreError.io, MailStoreError.database, MailStoreError.damagedCache:
            self = .diskFailed(String(describing: error))
        case let error as FileError where !error.isShortage: self = .diskFailed(String(describing: error))
        case MailStoreError.noSuchFolder, MailStoreError.noSuchMessage: self = .gone
        case is CancellationError: self = .timedOut
        default: self = .unavailable(String(describing: error))
        }
    }
}
