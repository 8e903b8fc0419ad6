internal import MailMessage
internal import MailModel
internal import MailQuery
internal import MailStore

/// What of a message can be looked for: its fields, and the text that a person reads.
struct SearchTexts {
    var fields: [TextField: String] = [:]
    var hasAttachment = false
    /// There is more to be looked for than is here.
    private(set) var isCut = false

    /// - Parameter header: fields as they were listed.
    init(header: [UInt8]) { take(Header(header)) }

    /// - Parameters:
    ///   - message: all of it, or what of it is looked at.
    ///   - isCut: there is more of it.
    init(message: [UInt8], isCut: Bool = false) {
        self.isCut = isCut
        let root = MIMEParser.parse(message)
        take(root.fields(in: message))
        var text = ""
        var count = 0
        collect(root, message, &text, &count)
        // The last of so many has what was not told apart.
        if count >= MIMEParser.countLimit { self.isCut = true }
        fields[.body] = text
    }

    private mutating func take(_ header: Header) {
        for (field, name) in [
            (TextField.subject, "Subject"), (.from, "From"), (.to, "To"), (.cc, "Cc"), (.list, "List-Id"),
            (.messageID, "Message-ID"),
        ] {
            fields[field] = header.value(of: name).map(HeaderText.decode)
        }
    }

    /// What a person reads of a message inside of another.
    private static let inner = ["From", "To", "Cc", "Date", "Subject"]

    private mutating func collect(_ part: MIMEPart, _ message: [UInt8], _ text: inout String, _ count: inout Int) {
        count += 1
        if part.isUnopened { isCut = true }
        if let name = part.fileName(in: message) {
            // Its name is what people remember of an attachment.
            hasAttachment = true
            text += name + "\n"
        } else if part.isAttachment(in: message) || !part.isContainer && !["text", "image"].contains(part.type.type) {
            // A picture without a name belongs to the text.
            hasAttachment = true
        }
        // What is told of a delivery is text too (RFC 3464, RFC 8098).
        if !part.isContainer, !part.isUnopened, part.type.type == "text" || part.type.type == "message" {
            let octets = part.decoded(in: message)
            text += words(of: part, part.charset(of: octets).decode(octets)) + "\n"
        }
        for child in part.children {
            if case .message = part.content {
                let fields = child.fields(in: message)
                for name in Self.inner {
                    if let value = fields.value(of: name) { text += HeaderText.decode(value) + "\n" }
                }
            }
            collect(child, message, &text, &count)
        }
    }

    private func words(of part: MIMEPart, _ decoded: String) -> String {
        if part.type.subtype == "html" { return MarkupText.words(of: decoded) }
        // Else a line ends between two words.
        guard part.isFlowed, part.deletesBlanks else { return decoded }
        return FlowedText.unwrapped(decoded, deletingBlanks: true)
    }

    func document(_ id: MessageID, isWhole: Bool) -> SearchIndex.Document {
        SearchIndex.Document(
            id: id, isWhole: isWhole, isCut: isCut, hasAttachment: hasAttachment,
            fields: (TextMatch.listed + TextMatch.told).map { TextMatch.spaced(fields[$0] ?? "") }, text: text)
    }

    /// The text as the index has it.
    var text: String { TextMatch.spaced(fields[.body] ?? "") }
}
