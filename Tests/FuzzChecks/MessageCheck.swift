import MailMessage
import MailText
import MailViews

/// A sentence for each promise that a message breaks.
public struct MessageCheck {
    private let message: [UInt8]
    public private(set) var findings: [String] = []

    public init(_ message: [UInt8]) {
        self.message = message
        fields(Header(message))
        let root = MIMEParser.parse(message)
        if root.header.lowerBound != 0 { findings.append("the message begins at \(root.header.lowerBound)") }
        var parts = 0
        part(root, within: 0..<message.count, depth: 0, &parts)
        if parts > MIMEParser.countLimit { findings.append("\(parts) parts") }
        names(of: [root])
        text()
        html()
    }

    // MARK: - Parts

    private mutating func part(_ part: MIMEPart, within outer: Range<Int>, depth: Int, _ count: inout Int) {
        count += 1
        // A header that no empty line ends reaches up to the boundary, and so beyond the line end that this has taken.
        guard outer.contains(part.header) || part.header.lowerBound == outer.upperBound || part.body.isEmpty,
            part.body.isEmpty || outer.contains(part.body), part.header.lowerBound >= outer.lowerBound,
            part.body.upperBound <= min(message.count, outer.upperBound + 2),
            part.header.upperBound <= part.body.lowerBound
        else {
            findings.append("a part at \(part.header), \(part.body) of \(outer)")
            return
        }
        if depth > MIMEParser.depthLimit { findings.append("a part \(depth) deep") }
        let decoded = part.decoded(in: message)
        if decoded.count > part.body.count { findings.append("\(part.body.count) octets decoded to \(decoded.count)") }
        if decoded != part.decoded(in: message) { findings.append("a part decoded differently") }
        fields(part.fields(in: message))
        names(of: part.children)
        var last = part.body.lowerBound
        for child in part.children {
            if child.header.lowerBound < last { findings.append("parts over each other at \(last)") }
            self.part(child, within: part.body, depth: depth + 1, &count)
            last = child.body.upperBound
        }
    }

    private mutating func names(of parts: [MIMEPart]) {
        let names = PartName.all(of: parts, in: message)
        if names.count != parts.count { findings.append("\(names.count) names of \(parts.count) parts") }
        if Set(names).count != names.count { findings.append("two parts of one name") }
        for name in names {
            let isSafe =
                !name.isEmpty && name.count <= 255 && !name.contains(UInt8(ascii: "/"))
                && name.first != UInt8(ascii: ".")
                && name.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && String(validating: name, as: UTF8.self) != nil
            if !isSafe { findings.append("a part called \(name)") }
        }
    }

    // MARK: - Texts

    /// A text is the same each time, so that its size is what was said of it.
    private mutating func text() {
        let text = ReadableText.text(of: message)
        if UInt64(text.count) > ReadableText.longest(of: UInt64(message.count)) {
            findings.append("a text of \(text.count) octets")
        }
        if text != ReadableText.text(of: message) { findings.append("two texts of one message") }
        guard let read = String(validating: text, as: UTF8.self) else {
            return findings.append("a text that is no UTF-8")
        }
        if let bad = read.unicodeScalars.first(where: {
            $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
        }) {
            findings.append("U+\(String(bad.value, radix: 16)) in a text")
        }
        if let last = text.last, last != 0x0A { findings.append("a text that ends in \(last)") }
    }

    private mutating func html() {
        let text = HTMLText.render(message, charset: nil)
        // Each link is one octet at least, and its footnote holds its number.
        if text.utf8.count > message.count * 8 + 1_024 {
            findings.append("\(message.count) octets of HTML are \(text.utf8.count)")
        }
        if HTMLText.render(message, charset: Charset(name: "utf-8"))
            != HTMLText.render(message, charset: Charset(name: "utf-8"))
        {
            findings.append("two texts of one HTML")
        }
        if MarkupText.words(of: text).utf8.count > text.utf8.count * 3 {
            findings.append("words longer than their text")
        }
    }

    // MARK: - Fields

    private mutating func fields(_ header: Header) {
        for name in ["From", "To", "Cc", "Subject", "Date", "Message-ID", "Content-Type", "Content-Disposition"] {
            guard let value = header.value(of: name) else { continue }
            let text = HeaderText.decode(value)
            if text.utf8.count > value.count * 3 + 16 {
                findings.append("\(name): \(value.count) octets are \(text.utf8.count)")
            }
            _ = BaseSubject.of(text)
            _ = MessageDate.parse(value)
            _ = AddressList.firstDisplay(value)
            if AddressList.addresses(value, atMost: 10).count > 10 {
                findings.append("\(name): more addresses than asked for")
            }
            let parameters = MIMEParameters(value)
            for key in ["boundary", "charset", "filename", "name"] { _ = parameters[key]?.text }
        }
        let references = MessageReferences(header)
        if references.earlier.count > 10 { findings.append("\(references.earlier.count) references") }
        let lines = MessageReferences.lines(of: header)
        if MessageReferences(Header(lines)).earlier != references.earlier {
            findings.append("references that are read otherwise when kept")
        }
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
