import MailText
import Testing

/// HTML as text: what is shown, and that its length alone counts.
@Suite("HTMLText") struct HTMLTextTests {
    private func text(_ html: String) -> String { HTMLText.render(Array(html.utf8), charset: nil) }

    @Test(
        "what stands behind the end of the document is shown",
        arguments: [
            (
                "<html><body><p>a</p></body></html>\n<p>b <a href=https://x.org/>c</a></p>",
                "a\n\nb c[1]\n\n[1] https://x.org/\n"
            ),
            (
                "<html><body><p>a</p></body></html><html><head><title>t</title></head><body><p>b</p></body></html>",
                "a\n\nb\n"
            ),
            ("<html><body><p>a</p></body></html>\n-- \nb", "a\n\n-- b\n"), ("<p>a</html><div>b</div>", "a\n\nb\n"),
            ("<body><p>a</p></body><p>b", "a\n\nb\n"), ("<table><tr><td><p>a<td>b</table>c", "a\n\nb\n\nc\n"),
            ("</html><p>a</p>", "a\n"), ("</body></html>a", "a\n"),
        ]) func behindTheEnd(html: String, plain: String)
    { #expect(text(html) == plain) }

    @Test(
        "elements in elements are shown, however deep, and what follows them",
        arguments: [
            ("<div>", "</div>"), ("<blockquote>", "</blockquote>"), ("<table><tr><td>", "</td></tr></table>"),
            ("<ul><li>", "</li></ul>"), ("<font size=2>", ""), ("<b><i><span><a href=x>", ""), ("<p>", ""),
            ("<pre>", ""),
            ("<x-y>", "</x-y>"),
        ])
    func deep(start: String, end: String) {
        let depth = 20_000
        let html =
            "<p>before" + String(repeating: start, count: depth) + "inside" + String(repeating: end, count: depth)
            + "<p>after"
        let text = text(html)
        #expect(["before", "inside", "after"].allSatisfy { text.contains($0) })
    }

    private static let shapes: [(name: String, html: String)] = [
        ("attributes", "<p " + (0..<200_000).map { "a\($0)=1" }.joined(separator: " ") + ">"),
        ("one attribute", "<p a='" + String(repeating: "&amp;=", count: 200_000) + "'>"),
        ("attributes of one name", "<a " + String(repeating: "href=x ", count: 200_000) + ">"),
        ("starts", String(repeating: "<", count: 500_000)), ("ends", String(repeating: "</", count: 300_000) + ">"),
        ("tags in scripts", "<script>" + String(repeating: "</scrip<", count: 100_000) + "</script>"),
        ("titles without end", String(repeating: "<title>", count: 100_000)),
        ("comments", String(repeating: "<!--", count: 200_000) + "-->"),
        ("dashes", "<!" + String(repeating: "-", count: 500_000) + ">"),
        ("declarations", String(repeating: "<!x", count: 200_000) + ">"),
        ("entities", String(repeating: "&", count: 500_000)),
        ("numbers", "&#" + String(repeating: "9", count: 500_000)),
        ("links", String(repeating: "<a href=https://example.org/>", count: 50_000)),
        ("other links", (0..<20_000).map { "<a href=https://example.org/\($0)>x</a>" }.joined()),
        ("lines", String(repeating: "<br>", count: 200_000)),
        ("templates", String(repeating: "<template></template>", count: 30_000)),
        ("quotes", String(repeating: "<a b=\"", count: 100_000) + "\">"),
    ]

    @Test("what is made to take long takes as long as any text", .timeLimit(.minutes(1)), arguments: shapes.indices)
    func hostile(shape: Int) {
        #expect(text(Self.shapes[shape].html + "<p>word").contains("word"), "\(Self.shapes[shape].name)")
    }

    @Test(
        "markup is told from text",
        arguments: [
            ("a < b << c", "a < b << c"), ("1<2", "1<2"), ("a<!-- <p>x --> b", "a b"), ("a<!-->b", "ab"),
            ("a<!--->b", "ab"),
            ("a<!---->b", "ab"), ("a<!-- x --!>b", "ab"), ("a<!-- x -- y ->b", "a"), ("a<?php x ?>b", "ab"),
            ("a</>b", "ab"),
            ("a</ x>b", "ab"), ("a<![if !mso]>b<![endif]>", "ab"), ("a<o:p>b</o:p>", "ab"), ("a<p b='>'>c", "a\n\nc"),
            ("a<p b=\"x>y", "a"), ("a<BR/>b", "a\nb"), ("a<hr>b", "a\n----\nb"),
            ("<img src=x ALT = 'c&lt;d'>", "[c<d]"), ("<img alt=a alt=b>", "[a]"),
            ("<img/alt=a>", "[a]"), ("<img alt>x", "x"), ("<img alt=''>x", "x"), ("<img alt= >x", "x"), ("a<p", "a"),
            ("a<", "a<"),
            ("a<p b", "a"), ("a<p b=", "a"), ("a<p b='", "a"), ("a</p", "a"), ("a<!", "a"), ("a<!-", "a"),
            ("a<!--", "a"), ("a&", "a&"),
        ]) func markup(html: String, plain: String)
    { #expect(text(html) == plain + "\n") }

    @Test(
        "scripts, styles, titles and templates are not shown",
        arguments: [
            ("a<script>if (1<2) '<p>' </scripty></SCRIPT >b", "ab"), ("a<style>p{}</style>b", "ab"), ("a<style>b", "a"),
            ("<title>a<b></title>c", "c"), ("<title>a<p>b", "a\n\nb"),
            ("a<template>b<template>c</template>d</template>e", "ae"),
            ("a<script/>b", "ab"), ("a<title/>b", "ab"), ("<head>a<p>b", "a\n\nb"), ("a</script>b", "ab"),
        ]) func unread(html: String, plain: String)
    { #expect(text(html) == plain + "\n") }

    @Test(
        "character references",
        arguments: [
            ("&lt;p&gt;", "<p>"), ("&auml;&Auml;&euro;&apos;&quot;", "äÄ€'\""), ("&amp;lt;", "&lt;"),
            ("&copy 1&copy;", "© 1©"),
            ("&euro 1", "&euro 1"), ("&nbsp;x", "\u{A0}x"), ("&unknown; &;", "&unknown; &;"),
            ("&#65;&#x42;&#X43&#68 ", "ABCD"),
            ("&#150;&#x80;", "–€"), ("&#xD800;&#x110000;&#0;&#99999999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ("&#;&#x;", "&#;&#x;"),
            ("&thetasym;&lt", "ϑ<"), ("&ltx", "&ltx"),
        ]) func references(html: String, plain: String)
    { #expect(text(html) == plain + "\n") }

    @Test("addresses of links") func links() {
        #expect(
            text(
                "<a href='https://x.org/?a=1&copy=2&amp;b=3&lt;'>x</a> <a href=https://x.org/>y<a HREF=\"mailto:a@b\n\">z"
            )
                == "x[1] y[2]z[3]\n\n[1] https://x.org/?a=1&copy=2&b=3<\n[2] https://x.org/\n[3] mailto:a@b\n")
        #expect(text("<a name=x>a</a><a href=#x>b</a><a href=javascript:x>c</a>") == "abc\n")
        let many = text(String(repeating: "<a href='https://example.org/'>x</a> ", count: 50_000))
        #expect(many.hasSuffix("\n\n[1] https://example.org/\n"))
    }
}
