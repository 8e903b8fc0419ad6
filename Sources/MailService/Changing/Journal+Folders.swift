internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension Journal {
    /// - Parameter parent: `.root` for a folder at the top.
    /// - Throws: `exists`, `badName`, `readOnly`, `notPermitted`, `nameTooLong`; `inUse` where a change that was sent, and not answered yet,
    ///   makes the name free.
    func createFolder(in parent: FolderID, name: [UInt8]) throws -> (folder: Folder, receipt: Receipt) {
        try changing {
            let (above, path) = try placeForFolder(in: parent, name: name)
            guard view.withLock({ $0.folder(at: path) }) == nil else { throw ServiceError.exists }
            let rawName = try rawName(below: above, name: name)
            if let holder = facts.folder(named: rawName) ?? hiddenFolder(toBeNamed: rawName) {
                return try revived(holder, as: rawName)
            }
            // A folder that is renamed twice has the first name for a moment, on the server and here.
            if isPassing(through: rawName) { throw ServiceError.inUse("the name is not free yet") }
            let folder = try store.insertFolder(
                rawName: rawName, separator: separator(below: above), attributes: .pending, specialUse: nil,
                mailboxID: nil, path: path,
                displayName: MailboxName.decode(rawName) ?? String(decoding: rawName, as: UTF8.self))
            try inOrder { take(folders: [folder], removed: []) }
            do {
                return (folder, Receipt(try record([NewOperation(.createFolder(folder.id))])))
            } catch {
                // Where it cannot be forgotten now, the next start does that.
                try? forget(pending: folder.id)
                throw error
            }
        }
    }

    /// Changes of folders that wait for the server or for its answer.
    var pendingFolderChanges: Int {
        view.withLock { view in view.journal.folderOperations.count { !$0.state.isFailed } }
    }

    /// One that is to be deleted after a rename that waits, of it or of a folder above it, has given it this name.
    private func hiddenFolder(toBeNamed rawName: [UInt8]) -> FolderID? {
        let isRenaming = view.withLock { view in
            view.journal.operations.contains { if case .renameFolder = $0.change { true } else { false } }
        }
        guard isRenaming else { return nil }
        return facts.folders.first { shownFolder($0.id) == nil && rawNameToBe(of: $0) == rawName }?.id
    }

    /// Whether a rename that waits, or that was sent, gives a folder this name.
    private func isPassing(through rawName: [UInt8]) -> Bool {
        view.withLock { view in
            view.journal.folderOperations.contains { operation in
                if case .renameFolder(_, rawName, _) = operation.change { !operation.state.isFailed } else { false }
            }
        }
    }

    /// The folder that has the name on the server until what waits is done: one whose deletion was not sent is kept as it is, if it is to
    /// have that name then.
    ///
    /// - Throws: `inUse` where the name is free only when the server has answered.
    private func revived(_ holder: FolderID, as rawName: [UInt8]) throws -> (folder: Folder, receipt: Receipt) {
        guard let folder = facts.folder(holder), shownFolder(holder) == nil, rawNameToBe(of: folder) == rawName else {
            throw ServiceError.inUse("the name is not free yet")
        }
        // It is there, and not wanted to be seen.
        if view.withLock({ $0.journal.path(of: folder) }) != nil { throw ServiceError.exists }
        let deletion = view.withLock { view -> Operation? in
            let found = view.journal.operations.last { $0.change == .deleteFolder(holder) }
            guard let found, view.claim(found.id) else { return nil }
            return found
        }
        guard let deletion else { throw ServiceError.inUse("the name is not free yet") }
        defer { unclaim(deletion) }
        try remove([deletion.id])
        return (shownFolder(holder) ?? folder, Receipt())
    }

    /// - Throws: `notEmpty` where the mount shows anything in it, `inUse` for INBOX, `readOnly`.
    func removeFolder(_ id: FolderID) throws -> Receipt {
        try changing { Receipt(awaitable(try removeEmptyFolder(id))) }
    }

    private func removeEmptyFolder(_ id: FolderID) throws -> [OperationID] {
        guard let folder = facts.folder(id), let shown = shownFolder(id) else {
            throw ServiceError.noSuchFolder("\(id.rawValue)")
        }
        if folder.isInbox { throw ServiceError.inUse("INBOX stays") }
        let hasFolders = view.withLock { view in
            view.folders.values.contains { $0.path.count > shown.path.count && $0.path.starts(with: shown.path) }
        }
        if hasFolders { throw ServiceError.notEmpty }
        if try hasShownMessages(id) || keepsDeletedMessages(id) { throw ServiceError.notEmpty }
        let making = claimMaking(of: id)
        defer { unclaim(making) }
        guard !making.isEmpty, !hasOtherOperations(on: id, than: Set(making.map(\.id))), !mayBeNeededAgain(id) else {
            return try record([NewOperation(.deleteFolder(id))])
        }
        // The server never heard of it.
        try remove(making.map(\.id))
        try store.removeFolder(id)
        try inOrder {
            take(folders: [], removed: [id])
            showFolders()
        }
        return []
    }

    /// What makes a folder that the server has not heard of, and gives it other names; claimed. None where that is being sent.
    private func claimMaking(of id: FolderID) -> [Operation] {
        view.withLock { view in
            let making = view.journal.folderOperations.filter { operation in
                guard !operation.state.isFailed else { return false }
                return switch operation.change {
                case .createFolder(id), .renameFolder(id, _, _): true
                default: false
                }
            }
            guard case .createFolder? = making.first?.change else { return [] }
            for (index, operation) in making.enumerated() where !view.claim(operation.id) {
                view.unclaim(making[..<index].map(\.id))
                return []
            }
            return making
        }
    }

    /// A rename of a folder that waits, and that no other change of folders came after; claimed.
    private func claimRename(of id: FolderID) -> Operation? {
        view.withLock { view in
            guard let last = view.journal.folderOperations.last, case .renameFolder(id, _, _) = last.change,
                last.state == .waiting, view.claim(last.id)
            else { return nil }
            return last
        }
    }

    /// Gives a folder another name or parent, with all that is below it. An empty folder of that name is removed first.
    ///
    /// - Throws: as `createFolder`; `inUse` for INBOX, `notEmpty`.
    func renameFolder(_ id: FolderID, to parent: FolderID, name: [UInt8]) throws -> Receipt {
        try changing {
            guard let folder = facts.folder(id), let shown = shownFolder(id) else {
                throw ServiceError.noSuchFolder("\(id.rawValue)")
            }
            if folder.isInbox { throw ServiceError.inUse("INBOX stays") }
            let (above, path) = try placeForFolder(in: parent, name: name)
            if path == shown.path { return Receipt() }
            if path.starts(with: shown.path) {
                throw ServiceError.notPermitted("a folder cannot be below itself")
            }
            let rawName = try rawName(below: above, name: name)
            var recorded: [OperationID] = []
            if let other = view.withLock({ $0.folder(at: path) }) {
                recorded = try removeEmptyFolder(other)
            } else if let other = facts.folder(named: rawName), other != id, shownFolder(other) != nil {
                throw ServiceError.exists
            }
            if recorded.isEmpty, let making = try renameUnmade(folder, to: rawName, path, below: above) {
                return Receipt(awaitable([making]))
            }
            if recorded.isEmpty, let earlier = claimRename(of: id) {
                // It has the name in between nowhere: what is made under that is another folder.
                defer { unclaim(earlier) }
                if rawName == rawNameToBe(of: folder, before: earlier.id) {
                    try remove([earlier.id])
                    return Receipt()
                }
                try replace(earlier.id, with: .renameFolder(id, rawName: rawName, path: path))
                return Receipt(awaitable([earlier.id]))
            }
            recorded += try record(
                [
                    NewOperation(
                        .renameFolder(id, rawName: rawName, path: path), after: recorded.last.map { .operation($0) })
                ])
            return Receipt(awaitable(recorded))
        }
    }

    /// Gives a folder that the server has not heard of another name, under which it is made: its old one is free at once.
    ///
    /// - Returns: what makes it; nil where the server has to be told of the name in between.
    private func renameUnmade(
        _ folder: Folder, to rawName: [UInt8], _ path: [[UInt8]], below parent: Folder?
    ) throws -> OperationID? {
        let making = claimMaking(of: folder.id)
        defer { unclaim(making) }
        guard let creation = making.first, facts.foldersBelow(folder.id).isEmpty,
            facts.folder(named: rawName) ?? folder.id == folder.id, hiddenFolder(toBeNamed: rawName) == nil,
            !isPassing(through: rawName)
        else { return nil }
        // What is to be in it goes behind its making, and that behind what makes the folder above.
        let isNeeded = hasOtherOperations(on: folder.id, than: Set(making.map(\.id)))
        let isLast = view.withLock { $0.journal.folderOperations.last?.id == creation.id }
        guard !isNeeded || isLast else { return nil }
        var renamed = folder
        renamed.rawName = rawName
        renamed.separator = separator(below: parent)
        renamed.path = path
        renamed.displayName = MailboxName.decode(rawName) ?? String(decoding: rawName, as: UTF8.self)
        try store.updateFolder(renamed)
        try inOrder {
            take(folders: [renamed], removed: [])
            showFolders()
        }
        if isLast {
            try passed(.journal)
            wakeSender()
            return creation.id
        }
        let recorded = try write(
            JournalEntry(recorded: [NewOperation(.createFolder(folder.id))], removed: making.map(\.id)))
        return recorded.first
    }

    // MARK: - Names

    private func placeForFolder(in parent: FolderID, name: [UInt8]) throws -> (Folder?, [[UInt8]]) {
        if parent == .root { return (nil, try shownPath([name])) }
        guard let folder = facts.folder(parent), let shown = shownFolder(parent) else {
            throw ServiceError.noSuchFolder("\(parent.rawValue)")
        }
        return (folder, try shownPath(shown.path + [name]))
    }

    /// What would vanish as soon as it is made is not made.
    private func shownPath(_ path: [[UInt8]]) throws -> [[UInt8]] {
        guard configuration.shows(Self.text(path)) else {
            throw ServiceError.notPermitted("this mount does not show such a folder (--folder, --exclude)")
        }
        return path
    }

    func separator(below parent: Folder?) -> UInt8? {
        if let parent { return parent.separator }
        return facts.inbox?.separator ?? facts.folders.lazy.compactMap(\.separator).first
    }

    /// The name on the server of a folder to be made, once all that waits is done.
    func rawName(below parent: Folder?, name: [UInt8]) throws -> [UInt8] {
        guard let component = String(validating: name, as: UTF8.self) else {
            throw ServiceError.badName("it is not UTF-8")
        }
        var above = parent
        if let parent { above?.rawName = rawNameToBe(of: parent) }
        let encoded = facts.usesUTF8 ? Array(component.utf8) : ModifiedUTF7.encode(component)
        switch NewFolderName(
            parent: above, separator: separator(below: parent), component: component, encoded: encoded)
        {
        case .name(let rawName): return rawName
        case .bad: throw ServiceError.badName(component)
        case .tooLong: throw ServiceError.nameTooLong
        case .exists: throw ServiceError.exists
        case .notPermitted: throw ServiceError.notPermitted("there can be no folders below this one")
        }
    }

    /// The name that a folder has when the renames that wait, or were sent, are done.
    ///
    /// - Parameter limit: only those before this one.
    private func rawNameToBe(of folder: Folder, before limit: OperationID? = nil) -> [UInt8] {
        var name = folder.rawName
        let operations = view.withLock { view in
            view.journal.operations.filter { operation in limit.map { operation.id < $0 } ?? true }
        }
        let made = operations.last { $0.change == .createFolder(folder.id) }?.id
        var names: [FolderID: [UInt8]] = [:]
        for operation in operations where !operation.state.isFailed {
            guard case .renameFolder(let id, let new, _) = operation.change else { continue }
            if let made, operation.id <= made { continue }
            if id == folder.id {
                name = new
            } else if let renamed = facts.folder(id), let separator = renamed.separator {
                let old = names[id] ?? renamed.rawName
                if name.starts(with: old + [separator]) { name = new + name.dropFirst(old.count) }
            }
            names[id] = new
        }
        return name
    }

    // MARK: - Contents

    /// Whether files that are only here are in a folder, or it is to be made.
    func isNeeded(_ id: FolderID) -> Bool {
        view.withLock { view in
            view.files.values.contains { $0.folder == id }
                || view.journal.operations.contains { $0.change == .createFolder(id) }
        }
    }

    func hasShownMessages(_ id: FolderID) throws -> Bool {
        var found = false
        try loadListing(id, { if !$0.flags.isDeleted { found = true } }, done: {})
        return found
    }

    /// Whether the server will keep messages of a folder that are deleted, or moved away: as it cannot expunge one by one, or is not to.
    private func keepsDeletedMessages(_ id: FolderID) throws -> Bool {
        if facts.canExpunge { return keepsMarkedMessages(id) }
        let moves = facts.capabilities.has(.move)
        var found = false
        try store.loadListing(id) { row in
            let place = view.withLock { $0.journal.placement(of: row.id)?.place }
            if case .at(let home, _) = place, home != id, moves { return }
            found = true
        }
        return found
    }

    private func keepsMarkedMessages(_ id: FolderID) -> Bool {
        let originals = originals.withLock { Set($0.keys) }
        let marks = configuration.deletion == .mark
        return view.withLock { view in
            view.journal.operations.contains { operation in
                switch operation.change {
                case .delete(let message) where marks:
                    !operation.state.isFailed && !originals.contains(operation.id)
                        && view.truth(of: message)?.folder == id
                case .expunge(let message, nil):
                    !operation.state.isFailed && view.truth(of: message)?.folder == id
                default: false
                }
            }
        }
    }

    private func hasOtherOperations(on id: FolderID, than operations: Set<OperationID>) -> Bool {
        view.withLock { view in
            view.journal.operations.contains { other in
                !operations.contains(other.id)
                    && (other.change.folder == id || other.change.target?.folder == id
                        || other.after.map(operations.contains) ?? false)
            }
        }
    }
}

extension AccountView {
    /// The folder that is shown at a path.
    func folder(at path: [[UInt8]]) -> FolderID? { folders.first { $0.value.path == path }?.key }
}
