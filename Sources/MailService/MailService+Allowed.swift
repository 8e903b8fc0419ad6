internal import MailModel
internal import MailTree

// What a mount may be used for, asked before anything is recorded.
extension MailService {
    /// - Throws: `readOnly` where the mount may not be used for all of these.
    func require(_ kinds: ChangeKinds) throws {
        guard configuration.allowed.isSuperset(of: kinds) else { throw ServiceError.readOnly }
    }

    /// What a rename does: of files that are only here nothing but that they may become messages.
    func kinds(ofRenaming id: MessageID, as name: [UInt8], replacing: MessageID?) -> ChangeKinds {
        var kinds: ChangeKinds = []
        if journal.localFile(id) == nil {
            kinds = .move
        } else if FileKind(name: name) == .message {
            kinds = .append
        }
        if let replacing, replacing != id { kinds.formUnion(self.kinds(ofDeleting: replacing)) }
        return kinds
    }

    /// Nothing where the file was never on its way to the server.
    func kinds(ofDeleting id: MessageID) -> ChangeKinds {
        journal.localFile(id) != nil && !journal.isUploading(id) ? [] : .delete
    }

    /// The flags of a new file are those that it is uploaded with.
    func kinds(ofFlagging id: MessageID) -> ChangeKinds { journal.localFile(id) == nil ? .flags : [] }
}
