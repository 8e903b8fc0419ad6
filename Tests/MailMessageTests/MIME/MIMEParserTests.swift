import MailMessage
import Testing

/// Messages taken apart.
@Suite("MIMEParser") struct MIMEParserTests {
    private func lines(_ text: String, end: String = "\r\n") -> [UInt8] {
        Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end).utf8)
    }

    private let mixed = """
        Content-Type: multipart/mixed; boundary="b 1"

        preamble
        --b 1
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Gr=C3=B6=
        sse
        --b 1
        Content-Type: application/pdf; name="=?utf-8?Q?Pl=C3=A4ne.pdf?="
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment; filename*0*=utf-8''Pl%C3%A4; filename*1=ne.pdf

        SGVs
        bG8=
        --b 1--
        epilogue
        """

    @Test("parts are decoded, whatever the line ends", arguments: ["\r\n", "\n", "\r"]) func mixed(end: String) throws {
        let message = lines(mixed, end: end)
        let root = MIMEParser.parse(message)
        try #require(root.children.count == 2)
        #expect(root.children[0].decoded(in: message) == Array("Grösse".utf8))
        #expect(root.children[1].decoded(in: message) == Array("Hello".utf8))
        #expect(root.children[1].fileName(in: message) == "Pläne.pdf")
        #expect(root.children[1].isAttachment(in: message))
        #expect(root.children[1].type.name == "application/pdf")
    }

    @Test("a boundary that is missing costs its part only") func unfinished() throws {
        let message = lines(
            """
            Content-Type: multipart/mixed; boundary=outer

            --outer
            Content-Type: multipart/alternative; boundary=inner

            --inner

            one
            --outer

            two
            """)
        let root = MIMEParser.parse(message)
        try #require(root.children.count == 2)
        try #require(root.children[0].children.count == 1)
        #expect(root.children[0].children[0].decoded(in: message) == Array("one".utf8))
        #expect(root.children[1].decoded(in: message) == Array("two".utf8))
    }

    @Test("a boundary that is used twice is that of the outer one") func sameBoundary() throws {
        let message = lines(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntwo\n--b--\n"
        )
        let root = MIMEParser.parse(message)
        #expect(root.children.map { $0.decoded(in: message) } == [[], Array("two".utf8)])
    }

    @Test("what has no boundary is one piece") func withoutBoundary() {
        let message = lines("Content-Type: multipart/mixed\n\nText\n")
        let root = MIMEParser.parse(message)
        #expect(!root.isContainer && root.decoded(in: message) == Array("Text\r\n".utf8))
        let lost = lines("Content-Type: multipart/mixed; boundary=x\n\nText\n")
        #expect(MIMEParser.parse(lost).decoded(in: lost) == Array("Text\r\n".utf8))
    }

    @Test("an attached message has its own parts") func attached() throws {
        let message = lines(
            "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: inside\n\ntext\n--b--\n")
        let inner = try #require(MIMEParser.parse(message).children.first?.children.first)
        #expect(inner.fields(in: message).value(of: "Subject") == Array("inside".utf8))
        #expect(inner.decoded(in: message) == Array("text".utf8))
    }

    @Test("nesting and number are bounded") func bombs() {
        var deep = ""
        for level in 0..<300 { deep += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" }
        var depth = 0
        var part = MIMEParser.parse(Array(deep.utf8))
        while let child = part.children.first {
            part = child
            depth += 1
        }
        #expect(depth == MIMEParser.depthLimit)
        // Lines that may be boundaries, inside of as many as there can be.
        deep = ""
        for level in 0..<99 { deep += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" }
        let hyphens = Array((deep + "\n" + String(repeating: "--b\n", count: 100_000)).utf8)
        #expect(ContinuousClock().measure { _ = MIMEParser.parse(hyphens) } < .seconds(5))
        let wide = "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\n\nx\n", count: 100_000)
        #expect(MIMEParser.parse(Array(wide.utf8)).children.count == MIMEParser.countLimit - 1)
    }

    @Test("of more parts than are told apart the last one has all that is left", arguments: [false, true])
    func rest(isNested: Bool) {
        let count = 12_000
        let parts = (1...count).map { "--b\n\nnumber \($0)\n" }.joined()
        var text = "Content-Type: multipart/mixed; boundary=b\n\n\(parts)--b--\n"
        if isNested { text = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\(text)--a\n\nbehind it\n--a--\n" }
        let message = Array(text.utf8)
        var found: [MIMEPart] = []
        func take(_ part: MIMEPart) {
            if part.children.isEmpty { found.append(part) }
            for child in part.children { take(child) }
        }
        take(MIMEParser.parse(message))
        let last = found.last.map { String(decoding: message[$0.body], as: UTF8.self) } ?? ""
        #expect(last.hasPrefix("--b\n\nnumber \(found.count)\n"))
        #expect(last.contains("number \(count)\n"))
        #expect(!isNested || last.contains("behind it"))
        #expect(found.count <= MIMEParser.countLimit)
    }

    @Test(
        "base64 as mailers write it",
        arguments: [
            ("SGVsbG8=", "Hello"), ("SGVs\r\nbG8=\r\n", "Hello"), ("SGVsbG8", "Hello"), ("SGVsbG8=SGVs", "Hello"),
            ("S!G V-s_bG8=", "Hello"), ("", ""), ("=", ""),
        ]) func base64(text: String, plain: String)
    {
        let message = Array("Content-Transfer-Encoding: Base64 (comment)\n\n\(text)".utf8)
        #expect(MIMEParser.parse(message).decoded(in: message) == Array(plain.utf8))
    }

    @Test(
        "quoted-printable as mailers write it",
        arguments: [
            ("a=3Db", "a=b"), ("a=\r\nb", "ab"), ("a=\nb", "ab"), ("a=zb", "a=zb"), ("a==3D", "a=3D"), ("a=", "a"),
            ("a=3", "a=3"), ("a_b", "a_b"),
        ]) func quotedPrintable(text: String, plain: String)
    {
        let message = Array("Content-Transfer-Encoding: quoted-printable\n\n\(text)".utf8)
        #expect(MIMEParser.parse(message).decoded(in: message) == Array(plain.utf8))
    }
}
