import MailMessage
import Testing

@testable import MailViews

/// What parts are called.
@Suite("PartName") struct PartNameTests {
    private func names(_ headers: [String]) -> [String] {
        let message = Array(
            ("Content-Type: multipart/mixed; boundary=b\n\n" + headers.map { "--b\n\($0)\n\nx\n" }.joined() + "--b--\n")
                .utf8)
        return PartName.all(of: MIMEParser.parse(message).children, in: message).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test(
        "a name is made safe",
        arguments: [
            ("plan.pdf", "plan.pdf"), ("Pläne für März.pdf", "Pläne für März.pdf"), ("../plan.pdf", "_plan.pdf"),
            ("/etc/passwd", "_etc_passwd"), ("C:\\Windows\\x.exe", "C:_Windows_x.exe"), (".bashrc", "bashrc"),
            ("..", ""), (" . .", ""), ("a\u{0}b", "a_b"), ("a\n\u{1B}[31m", "a__[31m"),
            ("x\u{202E}fdp.exe", "x_fdp.exe"),
            ("a\u{85}\u{2028}b", "a__b"), ("  spaces  ", "spaces"), ("", ""), ("-rf", "-rf"),
        ]) func safe(given: String, name: String)
    {
        #expect(PartName.safe(given) == Array(name.utf8))
    }

    @Test("a long one keeps its ending and is cut between characters", arguments: ["a", "é", "花", "😀"])
    func long(character: String) {
        let name = PartName.safe(String(repeating: character, count: 300) + ".tar.gz")
        #expect(name.count <= PartName.limit && name.count > PartName.limit - 4)
        #expect(String(validating: name, as: UTF8.self)?.hasSuffix(".gz") == true)
    }

    @Test("parts of one name are numbered, also where a number is a name") func numbered() {
        let headers = ["a.txt", "a.txt", "a-2.txt", "a.txt", "b", "b"].map {
            "Content-Disposition: attachment; filename=\"\($0)\""
        }
        #expect(names(headers) == ["a.txt", "a-2.txt", "a-2-2.txt", "a-3.txt", "b", "b-2"])
    }

    @Test("what has no name is called by its place and type") func nameless() {
        #expect(
            names([
                "", "Content-Type: text/html", "Content-Type: image/jpeg", "Content-Type: x-odd/thing",
                "Content-Type: message/rfc822", "Content-Type: message/delivery-status",
                "Content-Disposition: attachment; filename=\"..\"",
            ]) == [
                "part-1.txt", "part-2.html", "part-3.jpg", "part-4.bin", "part-5.eml", "part-6.txt", "part-7.txt",
            ])
    }

    @Test("continuations, charsets and encoded words are decoded (RFC 2231, RFC 2047)") func encoded() {
        #expect(
            names([
                "Content-Disposition: attachment; filename*0*=utf-8''Gr%C3%B6; filename*1=\"sse.txt\"",
                "Content-Type: text/plain; name=\"=?iso-8859-1?Q?Gr=FC=DFe.txt?=\"",
                "Content-Disposition: attachment; filename*=iso-8859-1'de'%2e%2e%2fevil%00.sh",
            ]) == ["Grösse.txt", "Grüße.txt", "_evil_.sh"])
    }

    @Test("ten thousand parts of one name cost no more than their number") func many() {
        let clock = ContinuousClock()
        let headers = [String](repeating: "Content-Type: text/plain; name=a.txt", count: 9_000)
        var found: [String] = []
        let time = clock.measure { found = names(headers) }
        #expect(Set(found).count == 9_000 && found.last == "a-9000.txt" && time < .seconds(20))
    }
}
