import MailMessage
import Testing

@testable import MailService

@Suite("A body is known again by its header")
struct BodyHeaderTests {
    private func content(_ text: String) -> ReceivedBody.Content { .bytes(Array(text.utf8)) }

    private static let listed = "Message-ID: <1@x>\r\nSubject: one\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\n"

    @Test(
        "by Message-ID, Subject and Date, whatever else is there",
        arguments: [
            (listed + "text", true),
            (
                "Received: from y\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nSubject: one\r\nMessage-ID: <1@x>\r\n\r\n",
                true
            ),
            (listed.replacing("<1@x>", with: "<2@x>"), false), (listed.replacing("one", with: "two"), false),
            (listed.replacing("2024", with: "2025"), false), (listed.replacing("Subject: one\r\n", with: ""), false),
            ("", false),
        ])
    func fields(text: String, isAlike: Bool) {
        let header = Header(Array(Self.listed.utf8))
        #expect(BodyHeader.agrees(content(text), with: header) == isAlike)
        #expect((BodyHeader.mark(content(text)) == BodyHeader.Mark(header)) == isAlike)
    }

    @Test("a very long header has another mark, and agrees when it is looked at again")
    func long() {
        let padding = (0..<1_000).map { "X-\($0): \(String(repeating: "x", count: 60))\r\n" }.joined()
        let header = Header(Array(Self.listed.utf8))
        #expect(BodyHeader.mark(content(padding + Self.listed)) != BodyHeader.Mark(header))
        #expect(BodyHeader.agrees(content(padding + Self.listed), with: header))
    }
}
