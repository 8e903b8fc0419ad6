internal import MailMessage

/// What a person reads of a message: its main headers, an empty line, its text, and a list of what is attached. UTF-8, lines end in LF.
///
/// Of `multipart/alternative` the plain text is shown, else the HTML, rendered. Control characters are left out, so that a terminal shows
/// what is there.
public enum ReadableText {
    /// Octets of text at most, of any message.
    public static let limit = 64 << 20

    /// Octets of text that a message of so many octets has at most: where it would have more, it is cut. An octet can become a character of
    /// three, and the sizes of attachments are written out.
    public static func longest(of message: UInt64) -> UInt64 {
        min(UInt64(limit), min(message, UInt64(limit)) * 3 + 65_536)
    }

    /// Grows with each change of what a text is: texts that were made before are made again.
    static let version = 3

    /// Texts of one form are the same, of the same message.
    public static let form = "\(version)"

    public static func text(of message: [UInt8]) -> [UInt8] {
        var writer = TextWriter(message)
        writer.message(MIMEParser.parse(message))
        return writer.output
    }
}

/// Goes through the parts of a message.
struct TextWriter {
    private let octets: [UInt8]
    private(set) var output: [UInt8] = []
    private var attachments: [String] = []
    /// Which forms of a text lie in a part, of those that were looked at.
    private var forms: [MIMEPart.Place: Forms] = [:]
    private let limit: Int
    private var isCut = false

    private struct Forms: OptionSet {
        let rawValue: UInt8
        static let plain = Forms(rawValue: 1)
        static let html = Forms(rawValue: 2)
    }

    /// In order.
    private static let fields = ["From", "To", "Cc", "Date", "Subject"]

    /// The last line of what is not whole.
    private static let cutNote = Array("\n[The rest is left out: a text has no more octets than this.]\n".utf8)

    /// - Parameter longest: octets of text, at least 1,000.
    init(_ octets: [UInt8], longest: Int? = nil) {
        self.octets = octets
        limit = (longest ?? Int(ReadableText.longest(of: UInt64(octets.count)))) - Self.cutNote.count
    }

    mutating func message(_ part: MIMEPart) {
        header(part)
        body(part)
        if !attachments.isEmpty {
            separate()
            write("Attachments:\n")
            for attachment in attachments { write("  \(attachment)\n") }
        }
        if let last = output.last, last != 0x0A { write("\n") }
        if isCut { output += Self.cutNote }
    }

    private mutating func header(_ part: MIMEPart) {
        let fields = part.fields(in: octets)
        for name in Self.fields {
            guard let value = fields.value(of: name) else { continue }
            write("\(name): \(Self.oneLine(HeaderText.decode(value)))\n")
        }
        write("\n")
    }

    private mutating func body(_ part: MIMEPart) {
        switch part.content {
        case .leaf: leaf(part)
        case .message(let inner):
            separate()
            write("-------- \(Self.oneLine(part.fileName(in: octets) ?? "Message")) --------\n")
            for part in inner {
                header(part)
                body(part)
            }
        case .multipart(let parts):
            if part.type.subtype == "alternative", let best = best(of: parts) {
                body(best)
                // What is attached to the others would be lost.
                for other in parts where other.place != best.place && !isText(other) { attach(other) }
            } else {
                for part in parts { body(part) }
            }
        }
    }

    /// The plainest of several forms of one text.
    private mutating func best(of parts: [MIMEPart]) -> MIMEPart? {
        parts.first { forms(in: $0).contains(.plain) } ?? parts.first { forms(in: $0).contains(.html) }
    }

    /// Each part is looked at once, however many alternatives it lies in.
    private mutating func forms(in part: MIMEPart) -> Forms {
        if let known = forms[part.place] { return known }
        var found: Forms = []
        if part.isContainer {
            for child in part.children { found.formUnion(forms(in: child)) }
        } else if isText(part), part.decoded(in: octets).contains(where: { $0 > 0x20 }) {
            found = part.type.subtype == "html" ? .html : .plain
        }
        forms[part.place] = found
        return found
    }

    private func isText(_ part: MIMEPart) -> Bool {
        part.type.type == "text" && (part.type.subtype == "plain" || part.type.subtype == "html")
    }

    /// Attachments inside of a form that is not shown.
    private mutating func attach(_ part: MIMEPart) {
        if !part.isContainer { return list(part) }
        for child in part.children where child.isContainer || !isText(child) { attach(child) }
    }

    private mutating func leaf(_ part: MIMEPart) {
        guard isText(part), !part.isAttachment(in: octets) else { return list(part) }
        let decoded = part.decoded(in: octets)
        let charset = part.charset(of: decoded)
        separate()
        if part.type.subtype == "html" {
            write(HTMLText.render(decoded, charset: charset))
            if decoded.count > HTMLText.limit {
                separate()
                write("[The rest of this part is left out: of HTML, \(HTMLText.limit >> 20) MiB are read.]\n")
            }
        } else {
            let text = charset.decode(decoded)
            write(part.isFlowed ? FlowedText.unwrapped(text, deletingBlanks: part.deletesBlanks) : text)
        }
    }

    private mutating func list(_ part: MIMEPart) {
        let size = part.decoded(in: octets).count
        guard size > 0 || part.fileName(in: octets) != nil else { return }
        let name = part.fileName(in: octets).flatMap { $0.isEmpty ? nil : $0 } ?? "(without a name)"
        attachments.append("\(Self.oneLine(name)) (\(part.type.name), \(size) bytes)")
    }

    /// What was encoded cannot begin another line, which would be read as another field.
    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// One empty line between two pieces.
    private mutating func separate() {
        if let last = output.last, last != 0x0A { write("\n") }
        if output.count > 1, output[output.count - 2] != 0x0A { write("\n") }
    }

    /// Line ends become LF; control characters go, those of U+0080 to U+009F too.
    private mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                // No character longer than what is left.
                guard output.count < limit - 4 || byte & 0xC0 == 0x80 && output.count < limit else {
                    isCut = true
                    return
                }
                switch byte {
                case 0x0D:
                    if index == bytes.count || bytes[index] != 0x0A { output.append(0x0A) }
                case 0x09, 0x0A: output.append(byte)
                case 0..<0x20, 0x7F: break
                case 0xC2 where index < bytes.count && bytes[index] < 0xA0: index += 1
                default: output.append(byte)
                }
            }
        }
    }
}

extension MIMEPart {
    /// Tells the parts of one message from each other: a container has more inside than a leaf that begins where it does.
    struct Place: Hashable {
        let header: Range<Int>
        let isContainer: Bool
    }

    var place: Place { Place(header: header, isContainer: isContainer) }
}
