internal import IMAPValue
internal import MailModel
internal import MailSync

extension Change {
    /// An upload, or a copy: a message comes into being by it.
    var makesMessage: Bool {
        switch self {
        case .append, .copy: true
        case .move, .flags, .labels, .delete, .expunge, .createFolder, .deleteFolder, .renameFolder: false
        }
    }

    /// The message that has to be on the server for it.
    var origin: MessageID? {
        switch self {
        case .move(let id, _, _), .flags(let id, _), .labels(let id, _), .delete(let id), .expunge(let id, _): id
        case .copy(let source, _, _, _): source
        case .append, .createFolder, .deleteFolder, .renameFolder: nil
        }
    }
}

extension FlagChange {
    /// The flags after it, `\Deleted` taken off where it says so.
    func result(on flags: Flags) -> Flags {
        var result = applied(to: flags)
        if case .remove(let removed) = self, removed.isDeleted { result.system.remove(.deleted) }
        return result
    }
}

extension Operation {
    /// It says where its message is shown.
    var isPlacing: Bool {
        guard change.target != nil else { return false }
        if case .append = change { return true }
        return !state.isFailed
    }
}

extension Change {
    /// The same with another target.
    func redirected(to folder: FolderID, name: [UInt8]) -> Change {
        switch self {
        case .move(let id, _, _): .move(id, to: folder, name: name)
        case .copy(let source, let copy, _, _): .copy(source: source, copy: copy, to: folder, name: name)
        case .append(let id, _, _, let upload): .append(id, to: folder, name: name, upload)
        case .flags, .labels, .delete, .expunge, .createFolder, .deleteFolder, .renameFolder: self
        }
    }
}
