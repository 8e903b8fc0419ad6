import Fuse
import Glibc
import MailService
import Testing

@testable import MailFS

/// The table of INTERFACE section 5, as far as reading goes.
@Suite struct ErrorNumberTests {
    @Test(
        arguments: [
            (.offline, EHOSTUNREACH), (.timedOut, ETIMEDOUT), (.busy("later"), EBUSY), (.accessDenied("no"), EACCES),
            (.unavailable("no text"), EIO), (.gone, ESTALE), (.tooLarge(limit: 1), EFBIG), (.noSuchFolder("x"), ENOENT),
        ] as [(ServiceError, Int32)])
    func isOneMeaningEach(_ error: ServiceError, _ number: Int32) {
        #expect(Errno(error).rawValue == number)
    }

    @Test func aFullCacheIsNeverTheReadersDisk() {
        #expect(Errno(ServiceError.noSpace) != .noSpace)
    }

    @Test func whatIsANumberStaysSo() {
        #expect(Errno(Errno.notFound as any Error) == .notFound)
    }

    @Test func aWaitThatWasGivenUpIsAnInterruption() {
        #expect(Errno(CancellationError()) == .interrupted)
    }

    private struct Unforeseen: Error {}

    @Test func whatNobodyForesawIsEIO() {
        #expect(Errno(Unforeseen()) == .ioError)
    }
}
