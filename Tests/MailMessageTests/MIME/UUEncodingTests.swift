import MailMessage
import Testing

@Suite("uuencode") struct UUEncodingTests {
    private func decoded(_ body: String, encoding: String = "x-uuencode") -> String {
        let message = Array("Content-Transfer-Encoding: \(encoding)\n\n\(body)".utf8)
        return String(decoding: MIMEParser.parse(message).decoded(in: message), as: UTF8.self)
    }

    @Test(
        "what stands between begin and end is decoded",
        arguments: [
            ("begin 644 a\n#86)C\n`\nend\n", "abc"), ("begin 644 a\r\n#86)C\r\n`\r\nend\r\n", "abc"),
            ("Before.\nbegin 644 a b\n$86)C9```\n\nend\nBehind.\n", "abcd"), ("begin 644 a\n#86)C", "abc"),
            ("begin 644 a\n#86)\n`\nend\n", "ab"), ("begin 644 a\n#86)C\n#86~C\n#86)C\nend\n", "abca"),
            ("begin 644 a\nend\n", ""), ("no such line\n", "no such line\n"), ("", ""),
        ]) func decoding(body: String, content: String)
    {
        #expect(decoded(body) == content)
    }

    @Test("it has several names", arguments: ["uuencode", "X-UUEncode", "x-uue", "uue"]) func names(name: String) {
        #expect(decoded("begin 644 a\n#86)C\n`\nend\n", encoding: name) == "abc")
    }
}
