/// Takes HTML apart into tags and text, as the tokenizer of the HTML standard does (section 13.2.5), in one pass: each octet is looked at a
/// bounded number of times, and nothing is kept of what was passed.
///
/// No tree is built: how deep elements lie in each other, which are closed, and what stands behind `</html>` makes no difference.
public struct HTMLScanner {
    private let source: [UInt8]
    private var index = 0
    /// Elements without an end behind here, though it was looked for.
    private var endless: Set<HTMLElement> = []

    /// - Parameter source: UTF-8.
    public init(_ source: [UInt8]) { self.source = source }

    public mutating func scan(into reader: inout some HTMLReader) {
        while index < source.count {
            let start = index
            while index < source.count, source[index] != UInt8(ascii: "<"), source[index] != UInt8(ascii: "&") {
                index += 1
            }
            if start < index { reader.text(source[start..<index]) }
            guard index < source.count else { return }
            if source[index] == UInt8(ascii: "&") {
                let (text, end) = HTMLEntity.read(source, at: index, isAttribute: false)
                reader.text(text[...])
                index = end
            } else {
                markup(&reader)
            }
        }
    }

    private func octet(_ distance: Int) -> UInt8? {
        index + distance < source.count ? source[index + distance] : nil
    }

    private static func isLetter(_ octet: UInt8?) -> Bool {
        guard let octet else { return false }
        return (octet | 0x20) >= UInt8(ascii: "a") && (octet | 0x20) <= UInt8(ascii: "z")
    }

    private static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || (0x09...0x0D).contains(octet) }

    /// At a `<`.
    private mutating func markup(_ reader: inout some HTMLReader) {
        switch octet(1) {
        case let next where Self.isLetter(next): startTag(&reader)
        case UInt8(ascii: "/") where Self.isLetter(octet(2)):
            index += 2
            reader.ended(tag().element)
        case UInt8(ascii: "!") where octet(2) == UInt8(ascii: "-") && octet(3) == UInt8(ascii: "-"): comment()
        case UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: "/"): pass(to: UInt8(ascii: ">"))
        default:
            reader.text(source[index...index])
            index += 1
        }
    }

    /// Behind the next one, or to the end.
    private mutating func pass(to octet: UInt8) {
        while index < source.count, source[index] != octet { index += 1 }
        index = min(index + 1, source.count)
    }

    /// `<!-->` and `<!--->` are whole ones.
    private mutating func comment() {
        index += 4
        if octet(0) == UInt8(ascii: ">") {
            index += 1
            return
        }
        index -= 1
        while index < source.count {
            pass(to: UInt8(ascii: "-"))
            guard octet(0) == UInt8(ascii: "-") else { continue }
            let isLong = octet(1) == UInt8(ascii: "!")
            if octet(isLong ? 2 : 1) == UInt8(ascii: ">") {
                index += isLong ? 3 : 2
                return
            }
        }
    }

    private mutating func startTag(_ reader: inout some HTMLReader) {
        index += 1
        let (element, tag) = tag()
        // Of a tag that the text ends in nothing is told.
        guard let tag else { return }
        if element.isRaw {
            if !tag.isEmpty { passRaw(element, &reader) }
            return
        }
        reader.started(element, tag.attribute)
        if tag.isEmpty { reader.ended(element) }
    }

    private struct Tag {
        /// What is told of it: where it leads, or what stands for it.
        var attribute: [UInt8]?
        /// `<x/>`.
        var isEmpty = false
    }

    /// At the name; goes behind the tag.
    ///
    /// - Returns: no tag where the text ends in it.
    private mutating func tag() -> (element: HTMLElement, tag: Tag?) {
        let start = index
        while index < source.count, !isEndOfName(source[index]) { index += 1 }
        let element = HTMLElement(name: source[start..<index])
        var tag = Tag()
        while index < source.count {
            let octet = source[index]
            if octet == UInt8(ascii: ">") {
                index += 1
                return (element, tag)
            }
            if octet == UInt8(ascii: "/") || Self.isBlank(octet) {
                tag.isEmpty = octet == UInt8(ascii: "/")
                index += 1
                continue
            }
            tag.isEmpty = false
            attribute(wanted: tag.attribute == nil ? element.attribute : nil, &tag)
        }
        return (element, nil)
    }

    private func isEndOfName(_ octet: UInt8) -> Bool {
        Self.isBlank(octet) || octet == UInt8(ascii: "/") || octet == UInt8(ascii: ">")
    }

    /// - Parameter wanted: the name of the one whose value is kept, of which the first counts.
    private mutating func attribute(wanted: String?, _ tag: inout Tag) {
        let start = index
        // A name may begin with `=`.
        index += 1
        while index < source.count, !isEndOfName(source[index]), source[index] != UInt8(ascii: "=") { index += 1 }
        let name = start..<index
        passBlanks()
        var value = index..<index
        if octet(0) == UInt8(ascii: "=") {
            index += 1
            passBlanks()
            value = self.value()
        }
        guard let wanted, source[name].lazy.map({ $0 | 0x20 }).elementsEqual(wanted.utf8)
        else { return }
        tag.attribute = HTMLEntity.decode(source[value]).filter { $0 >= 0x20 }
    }

    private mutating func value() -> Range<Int> {
        guard let quote = octet(0) else { return index..<index }
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let start = index + 1
            index = start
            pass(to: quote)
            let isWhole = index > start && source[index - 1] == quote
            return start..<(isWhole ? index - 1 : index)
        }
        let start = index
        while index < source.count, !Self.isBlank(source[index]), source[index] != UInt8(ascii: ">") { index += 1 }
        return start..<index
    }

    private mutating func passBlanks() {
        while index < source.count, Self.isBlank(source[index]) { index += 1 }
    }

    /// What is no markup, and nobody's to read, up to the element's end. Without one it is the rest; but a title has nothing then.
    private mutating func passRaw(_ element: HTMLElement, _ reader: inout some HTMLReader) {
        guard !endless.contains(element) else { return }
        var end = index
        while end < source.count, !isEnd(of: element, at: end) { end += 1 }
        guard end < source.count || element != .title else {
            endless.insert(element)
            return
        }
        reader.passed(element, source[index..<end])
        index = end
    }

    /// Whether there is `</name`, and no longer name.
    private func isEnd(of element: HTMLElement, at place: Int) -> Bool {
        guard source[place] == UInt8(ascii: "<"), place + 1 < source.count, source[place + 1] == UInt8(ascii: "/")
        else {
            return false
        }
        let name = element.rawValue.utf8
        let rest = source[(place + 2)...]
        guard rest.count > name.count, rest.prefix(name.count).lazy.map({ $0 | 0x20 }).elementsEqual(name) else {
            return false
        }
        return isEndOfName(rest[place + 2 + name.count])
    }
}
