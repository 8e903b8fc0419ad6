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
        return template.name(
            date: message.internalDate, from: texts.author ?? "", subject: texts.subject ?? "",
            uid: message.uid.rawValue, tag: MessageTag(message.identity), ordinal: ordinal)
    }
}
