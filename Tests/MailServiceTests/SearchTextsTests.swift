import MailQuery
import Testing

@testable import MailService

/// What of a message can be looked for.
@Suite("Search texts") struct SearchTextsTests {
    private func texts(_ lines: String...) -> SearchTexts {
        SearchTexts(message: Array(lines.joined(separator: "\r\n").utf8))
    }

    private func words(_ texts: SearchTexts) -> [String] {
        (texts.fields[.body] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    @Test("the text is decoded, fields too") func decoded() {
        let found = texts(
            "Subject: =?utf-8?Q?Gr=C3=B6=C3=9Fe?=", "To: a@example.org", "List-Id: <x.example.org>",
            "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable", "", "Gr=F6=",
            "=DFe")
        #expect(words(found) == ["Größe"])
        #expect(found.fields[.subject] == "Größe")
        #expect(found.fields[.to] == "a@example.org" && found.fields[.list] == "<x.example.org>")
        #expect(!found.hasAttachment)
    }

    @Test("HTML without its tags and its style") func html() {
        let found = texts(
            "Content-Type: text/html", "",
            "<style>p { color: red }</style><p>The <b>b</b>erth&nbsp;&amp;</p><p>1 < 2</p><script>x</script>end")
        #expect(words(found) == ["The", "berth", "&", "1", "<", "2", "end"])
    }

    @Test("what comes along by its name; a picture in the text is none of it") func attachments() {
        let found = texts(
            "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "first", "--b",
            "Content-Disposition: attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.csv", "Content-Type: text/csv", "",
            "1;2", "--b",
            "Content-Type: message/rfc822", "", "Subject: inner", "", "third", "--b--")
        #expect(found.hasAttachment)
        #expect(words(found).contains("größe.csv") && words(found).contains("first") && words(found).contains("third"))
        let picture = texts(
            "Content-Type: multipart/related; boundary=c", "", "--c", "", "see", "--c", "Content-Type: image/png", "",
            "x", "--c--")
        #expect(!picture.hasAttachment)
        #expect(words(picture) == ["see"])
    }
}
