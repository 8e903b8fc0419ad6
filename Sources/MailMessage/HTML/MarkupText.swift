/// The words of an HTML text, for an index.
public enum MarkupText {
    /// Tags are left out, and stand between words unless they only change how letters look; `script` and `style` go with what they
    /// hold. What stands in a picture's place is among the words, and so is the title; where links lead is behind them.
    public static func words(of html: String) -> String {
        var scanner = HTMLScanner(Array(html.utf8))
        var words = MarkupWords()
        scanner.scan(into: &words)
        return words.finished()
    }

    /// The charset of `<meta charset=...>` or `<meta content="...; charset=...">`.
    public static func charset(declaredIn html: [UInt8]) -> Charset? {
        let head = String(decoding: html.prefix(4096), as: UTF8.self).lowercased()
        guard head.contains("<meta"), let word = head.firstRange(of: "charset=") else { return nil }
        let name = head[word.upperBound...].drop { "\"' ".contains($0) }
            .prefix { $0.isLetter || $0.isNumber || "-_:.".contains($0) }
        return name.isEmpty ? nil : Charset(name: String(name))
    }
}

private struct MarkupWords: HTMLReader {
    private var words: [UInt8] = []
    private var links: [UInt8] = []
    private var lastLink: [UInt8] = []

    mutating func text(_ octets: ArraySlice<UInt8>) { words += octets }

    mutating func started(_ element: HTMLElement, _ attribute: [UInt8]?) {
        part(at: element)
        guard let attribute else { return }
        if element == .img {
            words += attribute
            part(at: element)
        } else if attribute != lastLink, HTMLElement.leadsOut(attribute) {
            lastLink = attribute
            links.append(0x0A)
            links += attribute
        }
    }

    mutating func ended(_ element: HTMLElement) {
        // The parting is told with the whole of those.
        if !element.isRaw { part(at: element) }
    }

    mutating func passed(_ element: HTMLElement, _ octets: ArraySlice<UInt8>) {
        part(at: element)
        if element == .title { words += HTMLEntity.decode(octets) + [0x20] }
    }

    private mutating func part(at element: HTMLElement) {
        if element != .letters, element != .a { words.append(0x20) }
    }

    func finished() -> String { String(decoding: words + links, as: UTF8.self) }
}
