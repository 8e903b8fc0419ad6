import IMAPValue
import MailModel
import Testing

@testable import MailMountCommands

@Suite struct NewMailTests {
    private func message(
        _ id: Int64, date: Int64 = 1_000_000, uid: UInt32? = 7, standing: MessageSummary.Standing = .settled
    ) -> MessageSummary {
        MessageSummary(
            id: MessageID(rawValue: id), uid: uid.flatMap { UID($0) }, name: Array("m\(id).eml".utf8), size: 1,
            sizeIsProven: false, internalDate: date, flags: Flags(), flagsChanged: 0, isCached: false,
            standing: standing)
    }

    private func batch(_ messages: MessageSummary..., folder: Int64 = 1) -> AppliedBatch {
        AppliedBatch(folder: FolderID(rawValue: folder), arrived: messages)
    }

    @Test func whatWasDeliveredSinceIsNew() {
        var newMail = NewMail(since: 1_000_000)
        #expect(newMail.take(batch(message(1), message(2, date: 1_000_500))).map(\.id.rawValue) == [1, 2])
        #expect(newMail.take(batch(message(3, date: 1_000_000 - 121), message(4, date: 0))).isEmpty)
        #expect(newMail.take(batch(message(5, date: 1_000_000 - 120))).count == 1)
    }

    /// A message is told of once, wherever it goes.
    @Test func whatIsMovedIsNot() {
        var newMail = NewMail(since: 1_000_000)
        #expect(newMail.take(batch(message(1))).count == 1)
        #expect(newMail.take(batch(message(1), folder: 2)).isEmpty)
    }

    @Test func whatIsUploadedHereIsNot() {
        var newMail = NewMail(since: 1_000_000)
        #expect(newMail.take(batch(message(1, uid: nil, standing: .pending))).isEmpty)
        #expect(newMail.take(batch(message(1))).isEmpty)
        #expect(newMail.take(batch(message(2, uid: nil, standing: .scratch))).isEmpty)
    }
}
