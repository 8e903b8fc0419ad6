import IMAPClient
import IMAPCodec
import IMAPValue
import MailSync
import Testing

@testable import MailService

@Suite("What SELECT tells")
struct SelectionTests {
    private func status(_ code: ResponseCode) -> Untagged { .status(StatusResponse(kind: .ok, code: code)) }

    @Test("is collected, and the rest is left to others")
    func collected() throws {
        let (validity, next) = (try #require(UIDValidity(7)), try #require(UID(12)))
        var mailbox = SelectedMailbox()
        var taken: [Taken] = []
        for response in [
            .exists(3), .recent(0), .flags(Flags()), status(.uidValidity(validity)), status(.uidNext(next)),
            status(.uidNotSticky), .vanished(UIDSet(next), earlier: true),
        ] as [Untagged] {
            taken.append(mailbox.take(response))
        }
        #expect(taken.allSatisfy { $0 == .taken })
        #expect(mailbox.exists == 3 && mailbox.uidValidity == validity && mailbox.uidNext == next)
        #expect(!mailbox.uidsAreSticky && mailbox.vanished == UIDSet(next))
        for response in [.expunge(1), .vanished(UIDSet(next), earlier: false), status(.alert)] as [Untagged] {
            taken.append(mailbox.take(response))
        }
        #expect(taken.suffix(3).allSatisfy { $0 == .passed })
    }

    @Test("what was said before CLOSED is of the mailbox before")
    func closed() throws {
        var mailbox = SelectedMailbox()
        _ = mailbox.take(.exists(3))
        _ = mailbox.take(status(.uidValidity(try #require(UIDValidity(7)))))
        let taken = mailbox.take(status(.closed))
        #expect(taken == .taken && mailbox == SelectedMailbox())
    }
}
