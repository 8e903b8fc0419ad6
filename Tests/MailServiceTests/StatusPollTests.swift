import IMAPCodec
import Testing

@testable import MailService

@Suite("STATUS of what is not watched")
struct StatusPollTests {
    @Test("mod-sequences are asked for where the server has them")
    func items() {
        #expect(StatusPoll.items(for: .none) == [.messages, .uidNext, .uidValidity, .unseen])
        #expect(StatusPoll.items(for: Capabilities(["CONDSTORE"])).last == .highestModSeq)
    }

    @Test(
        "an answer belongs to the mailbox of its name, INBOX in any case",
        arguments: [
            ("Work", "Work", true), ("work", "Work", false), ("inbox", "INBOX", true), ("INBOX", "Inbox", true),
            ("INBOX/x", "INBOX", false), ("", "Work", false),
        ])
    func names(answered: String, asked: String, isAnswer: Bool) {
        let status = MailboxStatus(rawName: Array(answered.utf8))
        #expect(StatusPoll.isAnswer(status, to: Array(asked.utf8)) == isAnswer)
    }
}
