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
        } else if !part.isContainer, part.type.type != "text" || part.isAttachment(in: message) {
            hasAttachment = true
        }
        if !part.isContainer, part.type.type == "text", text.utf8.count < Self.textLimit {
            let octets = part.decoded(in: message).prefix(Self.textLimit)
            let decoded = (part.type.parameters["charset"].map { Charset(name: $0.text) } ?? Charset(name: "UTF-8"))
                .decode(Array(octets))
            text += (part.type.subtype == "html" ? Self.withoutTags(decoded) : decoded) + "\n"
        }
        for child in part.children { collect(child, message, &text) }
    }

    /// The words of a text with tags in it: for looking them up, not for reading.
    static func withoutTags(_ html: String) -> String {
        var result = String.UnicodeScalarView()
        var isInTag = false
        for scalar in html.unicodeScalars {
            switch scalar {
            case "<":
                isInTag = true
                result.append(" ")
            case ">" where isInTag: isInTag = false
            default: if !isInTag { result.append(scalar) }
            }
        }
        return String(result)
    }

    func document(_ id: MessageID, isWhole: Bool) -> SearchIndex.Document {
        SearchIndex.Document(
            id: id, isWhole: isWhole, hasAttachment: hasAttachment,
            columns: TextMatch.columns.map { TextMatch.spaced(fields[$0] ?? "") })
    }
}
