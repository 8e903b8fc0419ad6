import MailMessage
import Testing

@Suite struct StoredFormTests {
    private func form(_ text: String) -> StoredForm { StoredForm(Array(text.utf8)) }
    private static let text =
        "Subject: a\r\nMessage-ID: <1@x>\r\nDate: Sat, 12 Oct 2024 06:32:00 +0000\r\n\r\none\r\ntwo\r\n"

    @Test(arguments: [
        text.replacing("\r\n", with: "\n"), String(text.dropLast()), text + "\r\n", "From a Sat Oct 12\n" + text,
        "\r\n" + text,
        text.replacing("Subject: a", with: "Status: RO\r\nSubject: a\r\nX-UID: 7"),
        text.replacing("Date: Sat, 12", with: "Date: Sat,\r\n\t12"), text.replacing("one", with: "one\r"),
    ])
    func knowsWhatServersMakeOfIt(_ stored: String) { #expect(form(stored) == form(Self.text)) }

    @Test func knowsOctetsThatServersReplace() {
        #expect(
            StoredForm(Array("Subject: ".utf8) + [0xC3, 0xB6] + Array("\n\n".utf8) + [0])
                == StoredForm(Array("Subject: XX\n\n".utf8) + [0x80]))
    }

    @Test(arguments: [
        text.replacing("two", with: "twö"), text.replacing("two", with: "two "), text.replacing("two\r\n", with: ""),
        text.replacing("Subject: a", with: "Subject: b"), text.replacing("one\r\n", with: "one\r\n\r\n"),
        text.replacing("Subject: a\r\n", with: ""), text.replacing("\r\n\r\n", with: "\r\n"),
    ])
    func anotherTextWithTheSameNameIsAnother(_ other: String) { #expect(form(other) != form(Self.text)) }

    @Test func fieldsMayBeAdded() {
        let own = form(Self.text)
        #expect(own.isKept(in: own))
        #expect(own.isKept(in: form("Received: by x\r\n" + Self.text)))
        #expect(own.isKept(in: form(Self.text.replacing("\r\n\r\n", with: "\r\nX-Id: 7\r\n\r\n"))))
        #expect(!own.isKept(in: form(Self.text.replacing("two", with: "three"))))
        #expect(!form("X-Id: 7\r\n" + Self.text).isKept(in: own))
        #expect(!own.isKept(in: form(Self.text.replacing("Subject: a", with: "Subject: b\r\nX-Id: 7"))))
    }

    @Test func anythingIsATextOfItsOwn() {
        for text in ["", "\r\n", "\n\n\n", ":", " folded first", "\u{0}"] { #expect(form(text) == form(text)) }
    }
}
