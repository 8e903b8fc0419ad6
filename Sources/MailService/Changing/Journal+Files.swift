internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import MailTree
internal import PosixFile
internal import Synchronization

extension Journal {
    /// A new file, empty; its spool file exists when this returns.
    ///
    /// - Parameter purpose: `.scratch`, `.unfinished` or, where nobody tells of its close, `.unattended`.
    /// - Throws: `readOnly`, `noSuchFolder`, `notPermitted`, `noSpace`.
    func createFile(in folder: FolderID, name: [UInt8], purpose: LocalFile.Purpose) throws -> LocalFile {
        try changing {
            if purpose != .scratch { try requireWritable(folder) }
            let file = LocalFile(
                id: try store.newMessageID(), folder: folder, name: name, purpose: purpose, modified: now())
            try store.createSpool(of: file.id)
            try put(file)
            return file
        }
    }

    /// The local file of this id; nil for messages.
    func localFile(_ id: MessageID) -> LocalFile? { view.withLock { $0.files[id] } }

    /// Where the octets of a local file are.
    func spoolPath(of id: MessageID) -> String { store.spoolPath(of: id) }

    /// Notes how a file that is written to is watched, so that the next start knows what to make of it.
    ///
    /// - Parameter purpose: `.unattended` or `.open`. Scratch files and uploads stay what they are.
    func watch(_ id: MessageID, as purpose: LocalFile.Purpose) throws {
        try changing {
            guard var file = localFile(id), file.purpose.isBeingWritten || file.purpose == .empty,
                file.purpose != purpose
            else { return }
            file.purpose = purpose
            try put(file)
        }
    }

    /// Makes a message of the `\Drafts` folder writable, or one that who made it has open still: its octets are copied to the spool. The
    /// message on the server stays until the new version is there.
    ///
    /// - Parameters:
    ///   - purpose: as of `createFile`.
    ///   - isBeingMade: somebody has it open since before it was a message.
    ///   - length: octets to which it is cut; where that fails it is what it was.
    /// - Throws: as `body(of:in:)`; `notPermitted` for any other message.
    func edit(
        _ id: MessageID, purpose: LocalFile.Purpose, isBeingMade: Bool, cutTo length: UInt64?,
        body: (MessageSummary, FolderID) async throws -> OpenBody
    ) async throws -> LocalFile {
        if configuration.isReadOnly { throw ServiceError.readOnly }
        while true {
            let (file, uploading) = view.withLock { view in
                (view.files[id], view.journal.operations(of: id).last { $0.change.makesMessage })
            }
            if let file {
                guard let uploading else { return file }
                if claim(id, where: { $0.id == uploading.id }) != nil {
                    return try changing {
                        let (taken, isKept) = try takeUp(uploading, of: file, as: purpose)
                        if let length { try cut(taken, to: length, isKept: isKept) }
                        return taken
                    }
                }
                try await verdict(of: Receipt([uploading.id]))
                continue
            }
            guard let place = try place(of: id) else { throw ServiceError.gone }
            guard isBeingMade || facts.folder(place.folder)?.specialUse == .drafts else {
                throw ServiceError.notPermitted("a message cannot be changed")
            }
            let body = try await body(place.summary, place.folder)
            return try changing {
                try watching([id]) {
                    let path = store.spoolPath(of: id)
                    do {
                        var size = try FileDescriptor.copy(from: body.descriptor, to: path)
                        if let length {
                            try FileDescriptor.cut(path, to: length)
                            size = length
                        }
                        let file = LocalFile(
                            id: id, folder: place.folder, name: place.summary.name, purpose: purpose, size: size,
                            modified: now())
                        try put(file)
                        return file
                    } catch {
                        // Of a file that nobody was told of nothing stays.
                        FileNames.remove(path)
                        throw error
                    }
                }
            }
        }
    }

    /// A file that waits to be sent is written anew. Where that cannot begin, it waits as it was.
    ///
    /// - Parameter uploading: claimed, and not when this returns.
    /// - Returns: also whether what it was is kept beside it.
    private func takeUp(
        _ uploading: Operation, of file: LocalFile, as purpose: LocalFile.Purpose
    ) throws -> (LocalFile, isKept: Bool) {
        defer { unclaim(uploading) }
        let isKept = try keepEarlier(uploading, of: file)
        let wasHeld = view.withLock { $0.held.contains(uploading.id) }
        // What was recorded of it is not what will be there.
        view.withLock { $0.hold(uploading.id) }
        do {
            var file = file
            file.purpose = purpose
            if case .copy = uploading.change { try recordOpen(file, in: uploading) }
            try put(file)
            return (file, isKept)
        } catch {
            if !wasHeld { view.withLock { $0.release(uploading.id) } }
            throw error
        }
    }

    /// Of a file that waited to be sent. It is cut when the journal has it as one that is written: where the program ends between, what is to
    /// be sent is whole.
    private func cut(_ file: LocalFile, to length: UInt64, isKept: Bool) throws {
        let path = store.spoolPath(of: file.id)
        do {
            try FileDescriptor.cut(path, to: length)
        } catch {
            if isKept, (try? upload(file, FileDescriptor(reading: path), replacing: nil)) != nil {
                store.dropEarlier(of: file.id)
            }
            throw error
        }
    }

    /// Returns when `edit` would not have to wait.
    ///
    /// - Throws: as `edit`.
    func waitToEdit(
        _ id: MessageID, isBeingMade: Bool, body: (MessageSummary, FolderID) async throws -> OpenBody
    ) async throws {
        while view.withLock({ $0.files[id] }) != nil {
            guard let sent = view.withLock({ $0.journal.operations(of: id).last { $0.change.makesMessage } }),
                claim(id, where: { $0.id == sent.id }).map(unclaim) == nil
            else { return }
            try await verdict(of: Receipt([sent.id]))
        }
        guard let place = try place(of: id) else { throw ServiceError.gone }
        guard isBeingMade || facts.folder(place.folder)?.specialUse == .drafts else { return }
        _ = try await body(place.summary, place.folder)
    }

    /// As `completed`, once.
    ///
    /// - Parameter isMeant: asked while nothing else is changed; where it is false nothing happens.
    func complete(
        _ id: MessageID, isOpen: Bool, modified: Int64?, where isMeant: () -> Bool = { true }
    ) throws -> Receipt {
        try changing {
            guard isMeant() else { return Receipt() }
            return try watching([id]) {
                guard var file = localFile(id) else { return Receipt() }
                let spool = try FileDescriptor(reading: store.spoolPath(of: id))
                file.size = spool.size
                if let modified {
                    file.modified = modified
                    file.modifiedWasSet = true
                } else if !file.modifiedWasSet {
                    file.modified = now()
                }
                guard file.purpose != .scratch else {
                    try put(file)
                    return Receipt()
                }
                if file.size == 0 {
                    if isUploading(id) {
                        // Nothing of it is to be sent before there is content again.
                        _ = try recordOpen(file)
                    } else {
                        file.purpose = .empty
                        try put(file)
                    }
                    return Receipt()
                }
                guard isOpen else {
                    let recorded = try upload(file, spool, replacing: nil)
                    store.dropEarlier(of: id)
                    return Receipt(recorded)
                }
                let recorded = try recordOpen(file)
                // Whoever closes the file hears it here; when the last one has closed it, nobody listens any more.
                if let refusal = refusal(ofSize: file.size) { throw refusal.1 }
                return Receipt(recorded)
            }
        }
    }

    /// The whole of `source` was copied to the file `id`, which is empty: its octets are those of the source from here on, and on
    /// completion the server copies.
    ///
    /// - Returns: the number of octets.
    func copyContent(
        of source: MessageID, to id: MessageID, body: (MessageSummary, FolderID) async throws -> OpenBody
    ) async throws -> UInt64 {
        guard let place = try place(of: source), localFile(id) != nil else { throw ServiceError.gone }
        let body = try await body(place.summary, place.folder)
        return try changing {
            guard var file = localFile(id) else { throw ServiceError.gone }
            file.size = try FileDescriptor.copy(from: body.descriptor, to: store.spoolPath(of: id))
            file.modified = now()
            try put(file)
            return file.size
        }
    }

    // MARK: - Local files

    /// Stores a local file and shows it.
    func put(_ file: LocalFile) throws {
        try write(JournalEntry(files: [file]))
    }

    func removeFile(_ id: MessageID) throws {
        try write(JournalEntry(removedFiles: [id]))
    }

    /// Whether a file here is on its way to the server, or was refused there.
    func isUploading(_ id: MessageID) -> Bool {
        view.withLock { view in
            view.journal.operations(of: id).contains { $0.change.makesMessage }
        }
    }

    /// Where a message is shown.
    func place(of id: MessageID) throws -> AccountView.Place? {
        try places(of: [id])[id]
    }

    /// Where those of some messages are shown that are.
    func places(of ids: [MessageID]) throws -> [MessageID: AccountView.Place] {
        try watching(ids) {
            view.withLock { view in ids.reduce(into: [:]) { places, id in places[id] = view.shown(id) } }
        }
    }

    func rename(
        _ old: LocalFile, to folder: FolderID, as name: [UInt8], replacing: MessageID?, isOpen: Bool
    ) throws -> Receipt {
        var file = old
        file.folder = folder
        file.name = name
        let isMessage = FileKind(name: name) == .message
        if isMessage { try requireWritable(folder) }
        let spool = try FileDescriptor(reading: store.spoolPath(of: file.id))
        file.size = spool.size
        if isMessage, file.purpose == .scratch, file.size > 0 {
            if let problem = try spool.examine().problem { throw ServiceError.notAMessage(problem.text) }
            if !isOpen { return Receipt(try upload(file, spool, replacing: replacing)) }
        }
        let isToBeWritten = isOpen && file.purpose == .scratch || file.purpose.isBeingWritten && replacing != nil
        let isEmptyInPlaceOfMail = file.size == 0 && replacing.flatMap(deletable) != nil
        if isMessage, isToBeWritten && file.size > 0 || isEmptyInPlaceOfMail {
            // It is still written, or has no content that could be sent: what it replaces stays until it is there.
            let held = try recordOpen(file)
            let after = held.first.map(NewOperation.After.operation)
            try write(JournalEntry(), replacing: replacing, after: after)
            // Nothing is sent before it is closed, with content: no verdict is to be waited for.
            return Receipt()
        }
        if isMessage { file.ownName = nil }
        if isMessage, file.purpose == .scratch { file.purpose = isOpen ? .unfinished : .empty }
        if !isMessage, FileKind(name: name) == .scratch { file.purpose = .scratch }
        var entry = JournalEntry(files: [file])
        // A draft whose content here is not sent: the message that the server has goes by the same name, so that its old one is free.
        let move = claim(file.id) { if case .move = $0.change { $0.state == .waiting } else { false } }
        defer { unclaim(move) }
        if let move {
            let change = move.change.redirected(to: folder, name: name)
            entry.amended = [.init(move.id, change, needsRelease: try holds(move, redirectedTo: folder))]
        } else if view.withLock({ $0.truth(of: file.id)?.folder }) == folder {
            entry.naming = .init(file.id, name)
        }
        return Receipt(try write(entry, replacing: replacing, after: nil))
    }

    /// An upload that gets the name of a scratch file is one again.
    ///
    /// - Parameter upload: claimed.
    func takeBack(
        _ upload: Operation, to folder: FolderID, as name: [UInt8], replacing: MessageID?
    ) throws -> Receipt {
        guard let id = upload.change.message, var file = localFile(id) else { throw ServiceError.gone }
        file.ownName = upload.change.target?.name
        file.flags = flags(of: file)
        file.folder = folder
        file.name = name
        file.purpose = .scratch
        let entry = JournalEntry(removed: [upload.id], files: [file])
        return Receipt(try write(entry, replacing: replacing, after: nil))
    }
}

extension MessageText.Problem {
    var text: String {
        switch self {
        case .empty: "it is empty"
        case .nul: "it has NUL octets"
        case .noHeader: "it does not begin with a header"
        }
    }
}
