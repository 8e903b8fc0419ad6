internal import MailMessage

/// Writes tags and text as plain text.
struct HTMLTextWriter: HTMLReader {
    private var output: [UInt8] = []
    private var links: [[UInt8]] = []
    /// The footnote of the link that is open, where it leads anywhere.
    private var openLink: Int?
    /// Inside of templates, whose text nobody reads.
    private var hidden = 0
    private var preformatted = 0
    /// Ends at the next block, or with the one that it lies in.
    private var isInParagraph = false
    private var pendingLines = 0
    private var pendingBlank = false

    /// - Parameter attribute: the value of ``HTMLElement/attribute``.
    mutating func started(_ element: HTMLElement, _ attribute: [UInt8]?) {
        if element == .template { hidden += 1 }
        if element.lines > 0 || element.isCell { breakBlock(element) }
        if element == .p { isInParagraph = true }
        switch element {
        case .br: lineEnd()
        case .hr:
            text(Array("----".utf8)[...])
            breakLine(1)
        case .li: text(Array("* ".utf8)[...])
        case .td, .th: pendingBlank = true
        case .pre: preformatted += 1
        case .a:
            // Links do not lie in each other.
            endLink()
            openLink = attribute.flatMap { note($0) }
        case .img:
            if let attribute, !attribute.isEmpty { text((Array("[".utf8) + attribute + Array("]".utf8))[...]) }
        default: break
        }
    }

    mutating func ended(_ element: HTMLElement) {
        if element == .template { hidden = max(0, hidden - 1) }
        if element == .pre { preformatted = max(0, preformatted - 1) }
        if element == .a { endLink() }
        if element.lines > 0 || element.isCell { breakBlock(element) }
    }

    mutating func passed(_ element: HTMLElement, _ octets: ArraySlice<UInt8>) {}

    private mutating func breakBlock(_ element: HTMLElement) {
        let lines = isInParagraph ? max(HTMLElement.p.lines, element.lines) : element.lines
        isInParagraph = false
        if lines > 0 { breakLine(lines) }
    }

    private mutating func endLink() {
        if let number = openLink { text(Array("[\(number)]".utf8)[...]) }
        openLink = nil
    }

    private mutating func lineEnd() {
        guard hidden == 0 else { return }
        writePending()
        output.append(0x0A)
    }

    /// Runs of white space are one blank, and none at the ends of a line (CSS 2 section 16.6).
    mutating func text(_ bytes: ArraySlice<UInt8>) {
        guard hidden == 0 else { return }
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

    private mutating func breakLine(_ lines: Int) {
        pendingLines = max(pendingLines, lines)
        pendingBlank = false
    }

    /// What stands between what was written and what comes.
    private mutating func writePending() {
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
    private mutating func note(_ address: [UInt8]) -> Int? {
        guard hidden == 0, HTMLElement.leadsOut(address) else { return nil }
        if let known = links.last, known == address { return links.count }
        guard links.count < HTMLText.linkLimit else { return nil }
        links.append(Array(address.prefix(2048)))
        return links.count
    }

    mutating func finished() -> String {
        endLink()
        while output.last == 0x0A || output.last == 0x20 { output.removeLast() }
        output.append(0x0A)
        if !links.isEmpty {
            output.append(0x0A)
            for (place, link) in links.enumerated() { output += Array("[\(place + 1)] ".utf8) + link + [0x0A] }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
