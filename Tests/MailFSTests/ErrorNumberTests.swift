import Fuse
import Glibc
import MailService
import Testing

@testable import MailFS

/// One meaning for each error, as the README's table has it.
@Suite struct ErrorNumberTests {
    @Test(
        arguments: [
            (.offline, EHOSTUNREACH), (.timedOut, ETIMEDOUT), (.busy("later"), EBUSY), (.accessDenied("no"), EACCES),
            (.unavailable("no text"), EIO), (.gone, ESTALE), (.tooLarge(limit: 1), EFBIG), (.noSuchFolder("x"), ENOENT),
            (.noSpace, ENOSPC), (.diskFailed("Input/output error"), EIO), (.readOnly, EROFS),
            (.notPermitted("no"), EPERM), (.notAMessage("NUL"), EINVAL),
            (.overQuota("full"), EDQUOT), (.notEmpty, ENOTEMPTY), (.exists, EEXIST), (.badName("x"), EILSEQ),
            (.nameTooLong, ENAMETOOLONG), (.inUse("INBOX"), EBUSY), (.refused("no"), EIO), (.noSuchChange(1), EINVAL),
        ] as [(ServiceError, Int32)])
    func isOneMeaningEach(_ error: ServiceError, _ number: Int32) {
        #expect(Errno(error).rawValue == number)
    }

    @Test func aFullCacheIsNeverTheReadersDisk() {
        #expect(Errno(reading: ServiceError.noSpace) == .ioError)
        #expect(Errno(reading: ServiceError.offline) == .hostUnreachable)
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
