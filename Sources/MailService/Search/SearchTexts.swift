internal import MailMessage
internal import MailModel
internal import MailQuery
internal import MailStore

/// What of a message can be looked for: its fields, and the text that a person reads.
struct SearchTexts {
    var fields: [TextField: String] = [:]
    var hasAttachment = false

    /// Octets of text of one message: what comes behind is not indexed.
    private static let textLimit = 1 << 20

    /// - Parameter header: fields as they were listed.
    init(header: [UInt8]) { take(Header(header)) }

    /// - Parameter message: all of it.
    init(message: [UInt8]) {
        let root = MIMEParser.parse(message)
        take(root.fields(in: message))
        var text = ""
        collect(root, message, &text)
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

    private mutating func collect(_ part: MIMEPart, _ message: [UInt8], _ text: inout String) {
        if let name = part.fileName(in: message) {
            // Its name is what people remember of an attachment.
            hasAttachment = true
            text += name + "\n"
        } else if part.isAttachment(in: message) || !part.isContainer && !["text", "image"].contains(part.type.type) {
            // A picture without a name belongs to the text.
            hasAttachment = true
        }
        if !part.isContainer, part.type.type == "text", text.utf8.count < Self.textLimit {
            let octets = part.decoded(in: message).prefix(Self.textLimit)
            let decoded = (part.type.parameters["charset"].map { Charset(name: $0.text) } ?? Charset(name: "UTF-8"))
                .decode(Array(octets))
            text += (part.type.subtype == "html" ? MarkupText.words(of: decoded) : decoded) + "\n"
        }
        for child in part.children { collect(child, message, &text) }
    }

    func document(_ id: MessageID, isWhole: Bool) -> SearchIndex.Document {
        SearchIndex.Document(
            id: id, isWhole: isWhole, hasAttachment: hasAttachment,
            fields: (TextMatch.listed + TextMatch.told).map { TextMatch.spaced(fields[$0] ?? "") }, text: text)
    }

    /// The text as the index has it.
    var text: String { TextMatch.spaced(fields[.body] ?? "") }
}
