internal import IMAPClient
internal import MailPool

extension PoolFailure {
    /// Why a connection could not be made, and what somebody has to do about it.
    ///
    /// - Parameter remedy: of a refused login.
    init(_ error: any Error, remedy: String) {
        switch error {
        case let error as IMAPClientError: self.init(error, remedy: remedy)
        case let error as CredentialFailure:
            self.init(error.isFinal ? .refused : .unreachable, error.isFinal ? "\(error); \(remedy)" : "\(error)")
        default: self.init(.unreachable, "\(IMAPClientError.unreachable(String(describing: error)))")
        }
    }

    private init(_ error: IMAPClientError, remedy: String) {
        let text = "\(error)"
        switch error {
        case .loginRefused: self.init(.refused, "\(text); \(remedy)")
        case .loginImpossible: self.init(.impossible, text)
        case .throttled(let seconds, _): self.init(.throttled(seconds: seconds), text)
        case .silent: self.init(.silent, text)
        case .protocolViolation: self.init(.violation, text)
        case .unreachable, .untrusted, .disconnected: self.init(.unreachable, text)
        }
    }
}

extension ServiceError {
    /// What it means for somebody who asked for a connection.
    init(_ obstacle: PoolObstacle) {
        switch obstacle {
        case .offline: self = .offline
        case .failed(let failure):
            switch failure.kind {
            case .refused, .impossible: self = .accessDenied(failure.text)
            case .throttled: self = .busy(failure.text)
            case .silent: self = .timedOut
            case .violation: self = .unavailable(failure.text)
            case .unreachable: self = .offline
            }
        }
    }
}
