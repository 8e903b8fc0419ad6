public import MailModel
public import MailTree
internal import IMAPValue
internal import MailService

/// Names messages by a template from what their headers say.
public struct FileNaming: MessageNaming {
    private let template: FileNameTemplate

    public init(template: FileNameTemplate) { self.template = template }

    public func name(for message: MessageMetadata, ordinal: Int) -> [UInt8] {
        let texts = HeaderTexts(message.header)
        return name(message, texts, author: texts.author ?? "", ordinal: ordinal)
    }

    public func names(for messages: [MessageMetadata]) -> [[UInt8]] {
        // Few people write most of a folder.
        var authors: [[UInt8]: String] = [:]
        return messages.map { message in
            let texts = HeaderTexts(message.header)
            let field = texts.authorField ?? []
            if let author = authors[field] { return name(message, texts, author: author, ordinal: 1) }
            let author = HeaderTexts.author(field) ?? ""
            if field.count <= Self.longestField { authors[field] = author }
            return name(message, texts, author: author, ordinal: 1)
        }
    }

    /// Octets of a field that is remembered.
    private static let longestField = 200

    private func name(_ message: MessageMetadata, _ texts: HeaderTexts, author: String, ordinal: Int) -> [UInt8] {
        template.name(
            date: message.internalDate, from: author, subject: texts.subject ?? "", uid: message.uid.rawValue,
            tag: MessageTag(message.identity), ordinal: ordinal)
    }
}
