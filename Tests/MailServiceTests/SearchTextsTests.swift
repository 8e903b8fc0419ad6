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

    @Test("words that delsp=yes parts at the ends of lines are whole (RFC 3676)", arguments: [false, true])
    func flowed(deletesBlanks: Bool) {
        let found = texts(
            "Content-Type: text/plain; format=flowed" + (deletesBlanks ? "; DelSp=YES" : ""), "", "Hafen", "> Donau ",
            "> dampf ", ">> schiff", "ende")
        #expect(words(found).joined(separator: " ").contains("Donaudampf") == deletesBlanks)
        #expect(words(found).contains("Hafen") && words(found).contains("schiff") && words(found).contains("ende"))
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

    @Test("all of a long text, however long") func long() {
        let found = texts(
            "Content-Type: text/plain", "", String(repeating: "a line of text\r\n", count: 200_000), "farend")
        #expect(words(found).last == "farend")
    }

    @Test("each text by the charset that a person reads it in: what it names, what HTML says of itself, else a guess")
    func charsets() {
        func body(_ header: String, _ octets: [UInt8]) -> [String] {
            words(SearchTexts(message: Array("Content-Type: \(header)\r\n\r\n".utf8) + octets))
        }
        let size: [UInt8] = [0x47, 0x72, 0xF6, 0xDF, 0x65]
        #expect(body("text/plain", size) == ["Größe"])
        #expect(body("text/plain; charset=us-ascii", size) == ["Größe"])
        #expect(body("text/plain; charset=unknown-8bit", size) == ["Größe"])
        #expect(body("text/plain", Array("Größe".utf8)) == ["Größe"])
        #expect(body("text/html", Array("<p>".utf8) + size) == ["Größe"])
        let russian: [UInt8] = [0xF0, 0xD2, 0xC9]
        #expect(body("text/html", Array("<meta charset=koi8-r><p>".utf8) + russian) == ["При"])
    }

    @Test("what HTML shows in pictures' places, and where its links lead") func attributes() {
        let found = texts(
            "Content-Type: text/html", "",
            "<p>a <IMG src=x alt=\"two &lt; words\"> b <img alt=one><a class=c href='https://example.org/deep?x=1'>c</a>"
        )
        for word in ["two", "<", "words", "one", "c"] { #expect(words(found).contains(word), "\(word)") }
        #expect(words(found).contains("https://example.org/deep?x=1"))
        #expect(!words(found).contains("x"))
    }

    @Test("the fields of a message inside, and what is told of a delivery") func inside() {
        let found = texts(
            "Subject: outer", "Content-Type: multipart/report; boundary=b", "", "--b",
            "Content-Type: message/delivery-status", "",
            "Final-Recipient: rfc822; bob@example.net", "", "--b", "Content-Type: message/rfc822", "",
            "Subject: =?utf-8?Q?inn=C3=A9r?=", "From: carol@example.org", "", "third", "--b--")
        for word in ["bob@example.net", "innér", "carol@example.org", "third"] {
            #expect(words(found).contains(word), "\(word)")
        }
    }
}
