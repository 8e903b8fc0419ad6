internal import CXML2
internal import Glibc

/// Takes what the parser finds, and writes it as text.
final class HTMLTextWriter {
    private var output: [UInt8] = []
    private var links: [[UInt8]] = []
    /// Links of the elements that are open; nil for those that lead nowhere.
    private var openLinks: [Int?] = []
    private var depth = 0
    /// Inside of elements whose text nobody reads.
    private var hidden = 0
    private var preformatted = 0
    private var pendingLines = 0
    private var pendingBlank = false

    private(set) var isTooDeep = false

    static func of(_ context: UnsafeMutableRawPointer?) -> HTMLTextWriter? {
        context.map { Unmanaged<HTMLTextWriter>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let blocks: Set<String> = [
        "p", "div", "table", "tr", "ul", "ol", "dl", "dt", "dd", "blockquote", "section", "article", "header", "footer",
        "form", "center",
        "address", "figure", "fieldset", "main", "nav", "aside", "body", "pre",
        "h1", "h2", "h3", "h4", "h5", "h6", "li", "hr",
    ]
    private static let paragraphs: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "pre",
    ]
    private static let unread: Set<String> = ["script", "style", "head", "title", "template"]

    func started(_ name: UnsafePointer<UInt8>?, _ attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?) {
        guard let name else { return }
        depth += 1
        if depth > HTMLText.depthLimit { isTooDeep = true }
        let element = String(cString: name).lowercased()
        if Self.unread.contains(element) { hidden += 1 }
        if Self.blocks.contains(element) { breakLine(Self.paragraphs.contains(element) ? 2 : 1) }
        switch element {
        case "br":
            writePending()
            output.append(0x0A)
        case "hr": text(Array("----".utf8))
        case "li": text(Array("* ".utf8))
        case "td", "th": pendingBlank = true
        case "pre": preformatted += 1
        case "a": openLinks.append(Self.attribute("href", attributes).flatMap(note))
        case "img":
            if let alternative = Self.attribute("alt", attributes), !alternative.isEmpty {
                text(Array("[".utf8) + alternative + Array("]".utf8))
            }
        default: break
        }
    }

    func ended(_ name: UnsafePointer<UInt8>?) {
        guard let name else { return }
        depth -= 1
        let element = String(cString: name).lowercased()
        if Self.unread.contains(element) { hidden = max(0, hidden - 1) }
        if element == "pre" { preformatted = max(0, preformatted - 1) }
        if element == "a", let number = openLinks.popLast() ?? nil { text(Array("[\(number)]".utf8)) }
        if Self.blocks.contains(element) { breakLine(Self.paragraphs.contains(element) ? 2 : 1) }
    }

    func take(_ bytes: UnsafePointer<UInt8>?, _ count: Int32) {
        guard let bytes, count > 0 else { return }
        text(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    /// Runs of white space are one blank, and none at the ends of a line (CSS 2 section 16.6).
    private func text(_ bytes: some Collection<UInt8>) {
        guard hidden == 0, !isTooDeep else { return }
        if preformatted > 0 {
            writePending()
            output.append(contentsOf: bytes)
            return
        }
        for byte in bytes {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                pendingBlank = true
            } else {
                writePending()
                output.append(byte)
            }
        }
    }

    private func breakLine(_ lines: Int) {
        pendingLines = max(pendingLines, lines)
        pendingBlank = false
    }

    /// What stands between what was written and what comes.
    private func writePending() {
        guard pendingLines > 0 || pendingBlank else { return }
        let lines = pendingLines
        pendingLines = 0
        let isBlank = pendingBlank
        pendingBlank = false
        guard let last = output.last else { return }
        if lines > 0 {
            let there = output.suffix(2).reversed().prefix { $0 == 0x0A }.count
            for _ in 0..<max(0, lines - there) { output.append(0x0A) }
        } else if isBlank, last != 0x0A, last != 0x20 {
            output.append(0x20)
        }
    }

    // MARK: - Links

    /// - Returns: the footnote of a link that leads out of the message.
    private func note(_ address: [UInt8]) -> Int? {
        guard hidden == 0, ["http:", "https:", "mailto:", "ftp:"].contains(where: { address.starts(with: $0.utf8) })
        else {
            return nil
        }
        if let known = links.last, known == address { return links.count }
        guard links.count < HTMLText.linkLimit else { return nil }
        links.append(Array(address.prefix(2048)))
        return links.count
    }

    private static func attribute(
        _ name: String, _ attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    ) -> [UInt8]? {
        guard var pair = attributes else { return nil }
        while let key = pair[0] {
            if String(cString: key).lowercased() == name, let value = pair[1] {
                return Array(
                    UnsafeBufferPointer(
                        start: value, count: strlen(UnsafeRawPointer(value).assumingMemoryBound(to: CChar.self)))
                )
                .filter { $0 >= 0x20 }
            }
            pair += 2
        }
        return nil
    }

    func finished() -> String {
        while output.last == 0x0A || output.last == 0x20 { output.removeLast() }
        output.append(0x0A)
        if !links.isEmpty {
            output.append(0x0A)
            for (place, link) in links.enumerated() { output += Array("[\(place + 1)] ".utf8) + link + [0x0A] }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
