internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Where deleted mail goes.
extension Journal {
    /// The policy, and on Gmail always: there expunging takes a label away and no more (HAZARD 34).
    var deletesByMoving: Bool { configuration.deletion == .trash || facts.isGmail }

    /// Why nothing can be deleted, for people; nil where it can.
    var deletionObstacle: String? {
        guard deletesByMoving, !configuration.isReadOnly, configuration.allowed.contains(.delete), facts.trash == nil,
            trashToBeMade == nil
        else { return nil }
        return
            "rm is refused: deleted mail goes to a folder marked \\Trash, the account has none, and none can be made; "
            + (facts.isGmail ? "show it in IMAP in the settings of Gmail" : "mark one there, or use --delete expunge")
    }

    /// The folder for deleted mail. Where the account has none, one is made that CREATE marks as such (RFC 6154 section 3).
    ///
    /// - Throws: `notPermitted` where that cannot be.
    func trashFolder() throws -> Folder {
        if let trash = facts.trash {
            if let creation = creation(of: trash.id), creation.state.isFailed {
                try setWaiting([creation.id])
                wakeSender()
            }
            return trash
        }
        guard let (above, rawName) = trashToBeMade else {
            throw ServiceError.notPermitted(deletionObstacle ?? "there is no folder for deleted mail")
        }
        let name = Array(Self.trashName.utf8)
        let path = (above.map { shownFolder($0.id)?.path ?? $0.path } ?? []) + [name]
        let folder = try store.insertFolder(
            rawName: rawName, separator: separator(below: above), attributes: .pending, specialUse: .trash,
            mailboxID: nil, path: path, displayName: MailboxName.decode(rawName) ?? Self.trashName)
        try inOrder { take(folders: [folder], removed: []) }
        try record([NewOperation(.createFolder(folder.id))])
        return folder
    }

    /// What has to be done before anything can be moved to the folder.
    func creation(of folder: FolderID) -> Operation? {
        guard facts.folder(folder)?.attributes.contains(.pending) == true else { return nil }
        return view.withLock { $0.journal.operations.last { $0.change == .createFolder(folder) } }
    }

    private static let trashName = "Trash"

    /// nil where CREATE cannot say what a folder is for, or a folder that is for something else has the name.
    private var trashToBeMade: (above: Folder?, rawName: [UInt8])? {
        guard facts.capabilities.has(.createSpecialUse), configuration.allowed.contains(.append) else { return nil }
        // Where everything lies below INBOX, so does this.
        let others = facts.folders.filter { !$0.isInbox && !$0.rawName.isEmpty }
        var above: Folder?
        if let inbox = facts.inbox, let separator = inbox.separator, !others.isEmpty,
            others.allSatisfy({ $0.rawName.starts(with: inbox.rawName + [separator]) })
        {
            above = inbox
        }
        guard let rawName = try? rawName(below: above, name: Array(Self.trashName.utf8)),
            facts.folder(named: rawName) == nil
        else { return nil }
        return (above, rawName)
    }
}
