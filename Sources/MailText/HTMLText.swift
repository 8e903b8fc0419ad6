internal import CXML2
public import MailMessage

/// HTML as plain text, by libxml2's parser. Nothing is fetched; links become footnotes.
public enum HTMLText {
    /// Octets that are looked at.
    public static let limit = 16 << 20
    /// Elements inside of elements; a document that goes deeper is read up to there.
    static let depthLimit = 512
    /// Links that get a footnote.
    static let linkLimit = 1000

    /// Which parser it is: that of the system on which the program runs.
    static let parser = "libxml2 " + (mailmount_xml_parser_version().map { String(cString: $0) } ?? "")

    /// - Parameter charset: what the part names; else what the document says of itself, else UTF-8 or windows-1252.
    public static func render(_ html: [UInt8], charset: Charset?) -> String {
        let html = Array(html.prefix(limit))
        let named = charset ?? declared(html)
        // NUL would end the parser's text.
        let text = Array((named ?? Charset(name: "us-ascii")).decode(html).utf8.filter { $0 != 0 })
        let state = HTMLTextWriter()
        var handler = htmlSAXHandler()
        handler.startElement = { context, name, attributes in HTMLTextWriter.of(context)?.started(name, attributes) }
        handler.endElement = { context, name in HTMLTextWriter.of(context)?.ended(name) }
        handler.characters = { context, text, count in HTMLTextWriter.of(context)?.take(text, count) }
        handler.ignorableWhitespace = { context, text, count in HTMLTextWriter.of(context)?.take(text, count) }
        handler.cdataBlock = { context, text, count in HTMLTextWriter.of(context)?.take(text, count) }
        withExtendedLifetime(state) {
            let context = Unmanaged.passUnretained(state).toOpaque()
            guard let parser = htmlCreatePushParserCtxt(&handler, context, nil, 0, nil, XML_CHAR_ENCODING_UTF8) else {
                return
            }
            defer { htmlFreeParserCtxt(parser) }
            let options =
                HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
                | HTML_PARSE_NONET.rawValue | HTML_PARSE_IGNORE_ENC.rawValue
            _ = htmlCtxtUseOptions(parser, Int32(bitPattern: UInt32(options)))
            text.withUnsafeBytes { bytes in
                let bytes = bytes.bindMemory(to: CChar.self)
                var start = 0
                while start < bytes.count, !state.isTooDeep {
                    let count = min(65_536, bytes.count - start)
                    _ = htmlParseChunk(parser, bytes.baseAddress.map { $0 + start }, Int32(count), 0)
                    start += count
                }
            }
            _ = htmlParseChunk(parser, nil, 0, 1)
        }
        return state.finished()
    }

    /// The charset of `<meta charset=...>` or `<meta content="...; charset=...">`.
    private static func declared(_ html: [UInt8]) -> Charset? {
        let head = String(decoding: html.prefix(4096), as: UTF8.self).lowercased()
        guard head.contains("<meta"), let word = head.firstRange(of: "charset=") else { return nil }
        let name = head[word.upperBound...].drop { "\"' ".contains($0) }
            .prefix { $0.isLetter || $0.isNumber || "-_:.".contains($0) }
        return name.isEmpty ? nil : Charset(name: String(name))
    }
}
