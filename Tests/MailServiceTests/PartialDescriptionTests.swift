import IMAPValue
import Testing

@testable import MailService

@Suite("What is known of a message of which not all was told")
struct PartialDescriptionTests {
    private func bounded(_ text: String) -> String {
        Array(text.utf8).withUnsafeBytes { String(decoding: PartialDescription.bounded($0), as: UTF8.self) }
    }

    @Test("a short header stays as it came, of a long one the fields of a listing stay")
    func header() {
        let short = "Subject: one\r\nX-Other: two\r\n\r\n"
        #expect(bounded(short) == short)
        let long = "X-Other: \(String(repeating: "x", count: 5_000))\r\nSubject: one\r\nFrom: a@x\r\n\r\n"
        #expect(bounded(long) == "FROM: a@x\r\nSUBJECT: one\r\n\r\n")
    }

    @Test("of a field that does not end, the beginning stays")
    func field() {
        let cut = bounded("Subject: \(String(repeating: "s", count: 100_000))\r\n\r\n")
        #expect(cut == "SUBJECT: \(String(repeating: "s", count: 1_024))\r\n\r\n")
        #expect(cut.utf8.count <= PartialDescription.mostHeader)
    }

    @Test("flags, size and header are enough to list it")
    func complete() {
        var description = PartialDescription()
        #expect(!description.isComplete)
        description.flags = Flags()
        description.header = []
        #expect(!description.isComplete)
        description.size = 1
        #expect(description.isComplete)
        description.header = nil
        #expect(!description.isComplete)
    }
}
