internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailTree

extension Journal {
    /// The name under which a message that is deleted is known: its own, where a program gave it that of a backup before. Where another
    /// has taken such a name it has a number behind, and is a name of nothing.
    func ownName(_ message: MessageSummary) throws -> [UInt8] {
        if FileKind(name: message.name) == .message { return message.name }
        if let own = FileKind.messageName(in: message.name) { return own }
        guard let stored = try store.message(message.id), let uid = stored.summary.uid else { return message.name }
        return configuration.naming.name(
            for: MessageMetadata(
                uid: uid, size: stored.summary.size, internalDate: stored.summary.internalDate,
                flags: stored.summary.flags, identity: stored.identity, identityIsProof: stored.identityIsProof,
                header: try store.header(of: message.id) ?? []),
            ordinal: 1)
    }
}
