internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailSync

extension AccountFacts {
    var isGmail: Bool { capabilities.has(.gmail) }

    /// Whether messages can be expunged one by one (RFC 4315).
    var canExpunge: Bool { capabilities.has(.uidPlus) }

    var inbox: Folder? { folders.first { $0.isInbox } }

    /// The folder for deleted mail.
    var trash: Folder? {
        folders.filter { $0.specialUse == .trash && $0.holdsMessages }.min { $0.id < $1.id }
    }

    /// Whether the folder is the one for deleted mail, or below it.
    func isTrash(_ id: FolderID) -> Bool {
        guard let trash, let folder = folder(id) else { return false }
        return folder.path.starts(with: trash.path)
    }

    /// Folders whose names change with this one's.
    func foldersBelow(_ id: FolderID?) -> [FolderID] {
        guard let id, let folder = folder(id), let separator = folder.separator else { return [] }
        return folders.filter { $0.rawName.starts(with: folder.rawName + [separator]) }.map(\.id)
    }
}

extension Folder {
    /// Whether it is INBOX, which every account has.
    var isInbox: Bool { ListedFolder.isInbox(rawName) }

    /// Whether SELECT can be asked of it.
    var isSynchronised: Bool { holdsMessages && !attributes.contains(.pending) }
}
