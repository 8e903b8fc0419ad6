public import MailMessage

/// HTML as plain text. Nothing is fetched; links become footnotes.
public enum HTMLText {
    /// Octets that are looked at.
    public static let limit = 16 << 20
    /// Links that get a footnote.
    static let linkLimit = 1000

    /// - Parameter charset: what the part names; else what the document says of itself, else UTF-8 or windows-1252.
    public static func render(_ html: [UInt8], charset: Charset?) -> String {
        let html = read(of: html)
        let named = charset ?? MarkupText.charset(declaredIn: html)
        var scanner = HTMLScanner(Array((named ?? Charset(name: "us-ascii")).decode(html).utf8.filter { $0 != 0 }))
        var writer = HTMLTextWriter()
        scanner.scan(into: &writer)
        return writer.finished()
    }

    /// Up to the limit, without a tag that would be cut.
    private static func read(of html: [UInt8]) -> [UInt8] {
        guard html.count > limit else { return html }
        let read = html.prefix(limit)
        guard let tag = read.lastIndex(of: UInt8(ascii: "<")), !read[tag...].contains(UInt8(ascii: ">")) else {
            return Array(read)
        }
        return Array(read[..<tag])
    }
}
