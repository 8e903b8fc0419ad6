import MailMessage
import Testing

@testable import MailText

/// What a person reads of a message.
@Suite("ReadableText") struct ReadableTextTests {
    private func text(_ message: String) -> String {
        String(decoding: ReadableText.text(of: Array(message.utf8)), as: UTF8.self)
    }

    @Test("headers and text are decoded") func plain() {
        #expect(
            text(
                """
                Subject: =?iso-8859-1?Q?Gr=FC=DFe?=
                From: =?utf-8?B?SsO2cmc=?= <j@example.org>
                Received: from nowhere
                Content-Type: text/plain; charset=iso-8859-1
                Content-Transfer-Encoding: quoted-printable

                Gr=F6=DFe\u{1B}[31m

                """) == "From: Jörg <j@example.org>\nSubject: Grüße\n\nGröße[31m\n")
    }

    @Test("encoded line ends begin no other line") func forged() {
        #expect(
            text(
                """
                From: a@example.org
                Subject: =?utf-8?Q?Hello=0AFrom:_boss@example.org=0D=0A=0D=0APay?=
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: application/pdf
                Content-Disposition: attachment; filename*=utf-8''a%0Ab%E2%80%A8c.pdf

                x
                --b--

                """)
                == "From: a@example.org\nSubject: Hello From: boss@example.org Pay\n\nAttachments:\n  a b c.pdf (application/pdf, 1 bytes)\n"
        )
    }

    @Test(
        "flowed lines are joined",
        arguments: [
            ("one \ntwo\n", "one two\n"), ("> a \n> b\nc\n", "> a b\nc\n"), ("-- \nname\n", "-- \nname\n"),
            (" >no quote\n", ">no quote\n"), ("a \n", "a \n"),
        ]) func flowed(body: String, plain: String)
    {
        #expect(text("Content-Type: text/plain; format=flowed\n\n" + body) == "\n" + plain)
    }

    @Test("of an alternative the plain text, else the HTML") func alternative() {
        func both(_ plain: String) -> String {
            text(
                """
                Content-Type: multipart/alternative; boundary=b

                --b
                Content-Type: text/plain

                \(plain)
                --b
                Content-Type: text/html

                <p>rich</p>
                --b--
                """)
        }
        #expect(both("plain") == "\nplain\n")
        #expect(both("  ") == "\nrich\n")
    }

    @Test("what is attached to the form that is not shown is listed") func attachedToAlternative() {
        #expect(
            text(
                """
                Content-Type: multipart/alternative; boundary=a

                --a

                plain
                --a
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: text/html

                <p>rich</p>
                --b
                Content-Type: image/png; name=a.png
                Content-Transfer-Encoding: base64

                AAAA
                --b--
                --a--
                """) == "\nplain\n\nAttachments:\n  a.png (image/png, 3 bytes)\n")
    }

    @Test("HTML is rendered, links are footnotes") func html() {
        let html =
            "<html><head><title>t</title><style>p{}</style></head><body><h1>Title</h1><p>One &amp; <a href=\"https://example.org/x\">two</a>"
            + "<br>three<ul><li>a<li>b</ul><script>no()</script><img alt=\"logo\" src=\"http://x\"></body></html>"
        #expect(
            HTMLText.render(Array(html.utf8), charset: nil)
                == "Title\n\nOne & two[1]\nthree\n\n* a\n* b\n\n[logo]\n\n[1] https://example.org/x\n")
    }

    @Test("HTML in the charset that it names") func charset() {
        let html = Array("<meta charset='koi8-r'><p>".utf8) + [0xF0, 0xD2, 0xC9]
        #expect(HTMLText.render(html, charset: nil) == "При\n")
    }

    @Test("attachments are listed with name and size") func attachments() {
        #expect(
            text(
                """
                Content-Type: multipart/mixed; boundary=b

                --b

                See below.
                --b
                Content-Type: application/pdf; name=plan.pdf
                Content-Transfer-Encoding: base64

                SGVsbG8=
                --b--
                """) == "\nSee below.\n\nAttachments:\n  plan.pdf (application/pdf, 5 bytes)\n")
    }

    @Test("what is left out is said") func cut() {
        let octets = Array(("Subject: long\n\n" + String(repeating: "größe\n", count: 500)).utf8)
        var writer = TextWriter(octets, longest: 1_000)
        writer.message(MIMEParser.parse(octets))
        let text = String(decoding: writer.output, as: UTF8.self)
        #expect(
            writer.output.count <= 1_000
                && text.hasSuffix("\n[The rest is left out: a text has no more octets than this.]\n"))
        #expect(!text.contains("\u{FFFD}"))
        let empty = String(repeating: "<i></i>", count: HTMLText.limit / 7 + 1)
        let html = "Content-Type: text/html\n\n<p>here" + empty + "<p>not here"
        #expect(self.text(html).hasSuffix("here\n\n[The rest of this part is left out: of HTML, 16 MiB are read.]\n"))
        #expect(!self.text("Content-Type: text/html\n\n<p>here").contains("left out"))
    }

    @Test("text is never longer than its bound") func longest() {
        let digest = "Content-Type: multipart/digest; boundary=b\n\n" + String(repeating: "--b\n\n", count: 20_000)
        let text = ReadableText.text(of: Array(digest.utf8))
        #expect(text.count > digest.utf8.count && text.count <= ReadableText.longest(of: UInt64(digest.utf8.count)))
        // Cut between characters.
        let greek =
            Array("Content-Type: text/plain; charset=iso-8859-7\n\n".utf8) + [UInt8](repeating: 0xE1, count: 100_000)
        #expect(String(validating: ReadableText.text(of: greek), as: UTF8.self)?.last == "\n")
    }

    @Test("alternatives inside of alternatives cost no more than their length") func nested() {
        var message = ""
        for level in 0..<90 {
            message += "Content-Type: multipart/alternative; boundary=b\(level)x\n\n--b\(level)x\n"
        }
        message += "\nThe text.\n" + String(repeating: String(repeating: " ", count: 99) + "\n", count: 10_000)
        let clock = ContinuousClock()
        let time = clock.measure { #expect(text(message).contains("The text.")) }
        #expect(time < .seconds(5))
    }
}
