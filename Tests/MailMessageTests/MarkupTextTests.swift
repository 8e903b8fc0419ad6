import Testing

@testable import MailMessage

/// The words of HTML, whatever it is.
@Suite("Markup text") struct MarkupTextTests {
    @Test(
        "has the words that are seen",
        arguments: [
            ("<p>a</p><p>b</p>", "a b"), ("<b>b</b>erth", "berth"), ("a<br>b", "a b"), ("<!-- x > -->a", "a"),
            ("<STYLE>x</STYLE>a", "a"), ("<script>if (a < b) </script>c", "c"), ("<script>never closed", ""),
            ("1 < 2 > 1", "1 < 2 > 1"),
            ("&lt;b&gt; &amp;amp; &#x4e09;&#19977; &unknown;", "<b> &amp; 三三 &unknown;"), ("a&nbsp;b", "a b"),
            ("<a href=\"x\">y</a>", "y"), ("<a href=https://x.org>y</a>", "y https://x.org"),
            ("<a HREF = 'mailto:a@b?x=1&amp;y'>c", "c mailto:a@b?x=1&y"), ("<img data-alt=q alt=\"a b\">", "a b"),
            ("<img alt='a > b'>c", "a > b c"), ("<img alt", ""), ("<img alt=", ""), ("<img alt=\"a", ""),
            ("Gr&ouml;&szlig;e &euro;&hellip; &Eacute;&there4;", "Größe €… É∴"),
            ("wo<code>rd</code>", "word"), ("wo<!-- x -->rd", "word"), ("wo<o:p>rd", "word"), ("<p>a</P>b", "a b"),
            ("<", "<"), ("<!--", ""), ("&#99999999;", "\u{FFFD}"), ("<p", ""), ("&", "&"), ("</", ""),
            ("<title>x &amp; y</title>a", "x & y a"), ("caf&eacute au", "café au"),
            ("<a href=HTTPS://x.org>y</a>", "y HTTPS://x.org"), ("<option>a<option>b<x-y>c", "a b c"),
        ])
    func words(_ html: String, _ wanted: String) {
        #expect(MarkupText.words(of: html).split(whereSeparator: \.isWhitespace).joined(separator: " ") == wanted)
    }

    @Test("ends with every beginning of every text") func cut() {
        let html = Array("<p class='x'>a &amp; b<script>y</script><!-- z --><b>c</b>&#x41;<style>".unicodeScalars)
        for end in 0...html.count {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: html[..<end])
            _ = MarkupText.words(of: String(text))
        }
    }

    @Test("ends that do not end a script are passed over, however many", .timeLimit(.minutes(1))) func manyEnds() {
        #expect(MarkupText.words(of: "a<script>" + String(repeating: "</x", count: 1_000_000)) == "a ")
        #expect(MarkupText.words(of: "a<script>" + String(repeating: "</x>", count: 100_000) + "</script>b") == "a b")
    }
}
