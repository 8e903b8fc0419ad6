internal import IMAPCodec
internal import MailModel

extension ChangeFailure {
    /// What a refusal (NO, BAD) of a change means (RFC 5530, RFC 9051 section 7.1).
    ///
    /// - Parameter isOfName: it is about a folder's name.
    init(_ status: StatusResponse, isOfName: Bool = false) {
        let kind: Kind =
            switch status.code {
            case .overQuota: .overQuota
            case .tooBig: .tooLarge
            case .cannot where isOfName: .badName
            case .noPerm, .cannot, .authorizationFailed: .accessDenied
            case .tryCreate, .nonExistent: .noSuchFolder
            case .alreadyExists: .exists
            case .readOnly: .readOnly
            case .hasChildren: .notEmpty
            default: .refused
            }
        self.init(kind: kind, text: status.text)
    }
}

extension StatusResponse {
    /// Whatever was asked of this folder will be refused, message by message too.
    var concernsAll: Bool {
        switch code {
        case .noPerm, .cannot, .tryCreate, .nonExistent, .readOnly: true
        default: false
        }
    }
}

extension ServiceError {
    /// What a change that was refused means for whoever waits for it.
    init(_ failure: ChangeFailure) {
        switch failure.kind {
        case .gone: self = .gone
        case .accessDenied: self = .accessDenied(failure.text)
        case .overQuota: self = .overQuota(failure.text)
        case .tooLarge: self = .tooLarge(limit: 0)
        case .readOnly: self = .readOnly
        case .notEmpty: self = .notEmpty
        case .exists: self = .exists
        case .noSuchFolder: self = .noSuchFolder(failure.text)
        case .badName: self = .badName(failure.text)
        case .notAMessage: self = .notAMessage(failure.text)
        case .busy: self = .busy(failure.text)
        case .refused, .interrupted: self = .refused(failure.text)
        }
    }
}
