internal import Fuse
internal import Glibc
internal import MailService
internal import PosixFile

extension Errno {
    /// The one table from errors to error numbers. What nobody foresaw is EIO.
    init(_ error: any Error) {
        switch error {
        case let error as Errno: self = error
        case let error as ServiceError: self.init(error)
        case is CancellationError: self = .interrupted
        case let error as FileError where error.isNoSpace || error.isOfSize: self = Errno(error.code)
        case let error as FileError where error.isShortage: self = Errno(error.code == ENOMEM ? ENOMEM : ENFILE)
        default: self = .ioError
        }
    }

    /// As `init(_:)` for somebody who reads: a full disk is not theirs.
    init(reading error: any Error) {
        let number = Errno(error)
        self = number == .noSpace ? .ioError : number
    }

    private init(_ error: ServiceError) {
        switch error {
        case .offline: self = .hostUnreachable
        case .timedOut: self = .timedOut
        case .busy, .limitReached: self = .busy
        case .accessDenied: self = .accessDenied
        case .unavailable: self = .ioError
        case .gone: self = .stale
        case .tooLarge: self = .fileTooLarge
        case .noSuchFolder: self = .notFound
        case .noSpace: self = .noSpace
        case .diskFailed: self = .ioError
        case .readOnly: self = .readOnlyFileSystem
        case .notPermitted: self = .notPermitted
        case .notAMessage: self = .invalidArgument
        case .overQuota: self = .quotaExceeded
        case .notEmpty: self = .notEmpty
        case .exists: self = .exists
        case .badName: self = .illegalByteSequence
        case .nameTooLong: self = .nameTooLong
        case .inUse: self = .busy
        case .refused: self = .ioError
        case .noSuchChange: self = .invalidArgument
        }
    }
}
