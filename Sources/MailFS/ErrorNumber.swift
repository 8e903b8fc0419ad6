internal import Fuse
internal import MailService

extension Errno {
    /// The one table from errors to error numbers. What nobody foresaw is EIO.
    init(_ error: any Error) {
        switch error {
        case let error as Errno: self = error
        case let error as ServiceError: self.init(error)
        case is CancellationError: self = .interrupted
        default: self = .ioError
        }
    }

    private init(_ error: ServiceError) {
        switch error {
        case .offline: self = .hostUnreachable
        case .timedOut: self = .timedOut
        case .busy: self = .busy
        case .accessDenied: self = .accessDenied
        case .unavailable: self = .ioError
        case .gone: self = .stale
        case .tooLarge: self = .fileTooLarge
        case .noSuchFolder: self = .notFound
        // A full disk is the cache's trouble, never a reader's answer (INTERFACE section 5).
        case .noSpace: self = .ioError
        }
    }
}
