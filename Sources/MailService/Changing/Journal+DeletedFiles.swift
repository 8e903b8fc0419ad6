internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

// Messages that are deleted before the server has them: they go where deleted mail goes, or their octets stay here for as long as a
// deletion can be taken back.
extension Journal {
    /// - Parameter placing: what brings the message to the server, claimed.
    /// - Returns: operations to wait for.
    func deleteWaiting(_ shown: AccountView.Place, _ placing: Operation) throws -> [OperationID] {
        let id = shown.summary.id
        if deletesByMoving, !facts.isTrash(shown.folder), !placing.state.isFailed, !placing.isUnread {
            let name = try freeName(try ownName(shown.summary), in: try trashFolder().id, for: id)
            try noteTrashed(shown.summary, in: shown.folder)
            return try redirect(placing, to: try trashFolder().id, as: name, replacing: nil).operations
        }
        var entry = JournalEntry(removed: operations(with: placing))
        if let file = localFile(id) { try letGo(file, isWhole: !placing.isUnread, &entry) }
        return try write(entry)
    }

    /// Those of the message that an operation brings to the server.
    func operations(with placing: Operation) -> [OperationID] {
        guard let id = placing.change.message else { return [placing.id] }
        return [placing.id]
            + view.withLock { view in view.journal.operations(of: id).map(\.id).filter { $0 != placing.id } }
    }

    /// Has an entry take a file away, and keep its octets for as long as a deletion can be taken back.
    ///
    /// - Parameter isWhole: what never was is nobody's message, and goes.
    func letGo(_ file: LocalFile, isWhole: Bool, _ entry: inout JournalEntry) throws {
        guard isWhole, configuration.expungeAfter > 0 else { return entry.removedFiles.append(file.id) }
        var file = file
        file.flags = flags(of: file)
        try deletionClock.keepNow()
        entry.setAside.append(DeletedFile(file: file, until: deletionClock.now + configuration.expungeAfter))
    }

    /// Deletes a file that nothing brings to the server, with what the server has of it.
    ///
    /// - Parameter after: as of `removal`.
    /// - Returns: operations to wait for.
    func deleteUnsent(_ file: LocalFile, after: NewOperation.After?) throws -> [OperationID] {
        var entry = JournalEntry(recorded: try removal(of: file.id, after: after))
        if deletesByMoving, !facts.isTrash(file.folder), view.withLock({ $0.truth(of: file.id) == nil }),
            let mail = mail(in: file)
        {
            return try upload(toTrash: mail)
        }
        try letGoUnsent(file, &entry)
        return try write(entry)
    }

    /// As `letGo`, of a file that nothing brings to the server.
    func letGoUnsent(_ file: LocalFile, _ entry: inout JournalEntry) throws {
        let mail = mail(in: file)
        try letGo(mail ?? file, isWhole: mail != nil, &entry)
    }

    /// A file of which nothing is sent as the message that it is, or was: an upload that got the name of a backup, or one that was closed
    /// in a moment of which nobody was told.
    private func mail(in file: LocalFile) -> LocalFile? {
        var mail = file
        switch file.purpose {
        case .scratch:
            guard let name = file.ownName else { return nil }
            mail.name = name
        case .unattended: break
        case .unfinished, .empty, .upload, .open: return nil
        }
        // Who cannot read it does not lose it by that: it is nobody's message.
        guard let spool = try? FileDescriptor(reading: store.spoolPath(of: file.id)), spool.size > 0,
            let text = try? spool.examine(), text.problem == nil
        else { return nil }
        mail.purpose = .upload
        mail.size = spool.size
        return mail
    }

    private func upload(toTrash mail: LocalFile) throws -> [OperationID] {
        let trash = try trashFolder()
        guard var shown = view.withLock({ $0.shown(mail.id) }) else { throw ServiceError.gone }
        shown.summary.name = mail.name
        try noteTrashed(shown.summary, in: shown.folder)
        var file = mail
        file.folder = trash.id
        file.name = try freeName(mail.name, in: trash.id, for: mail.id)
        file.ownName = nil
        return try upload(file, try FileDescriptor(reading: store.spoolPath(of: mail.id)), replacing: nil)
    }

    func restoreDeletedFiles() throws {
        let known = try store.deletedFiles()
        deletedFiles.withLock {
            $0 = Dictionary(known.map { ($0.file.id, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Removes what can not be brought back any more.
    ///
    /// - Returns: when the next is over.
    func endDeletedFiles() throws -> Int64? {
        let moment = deletionClock.now
        let (over, next) = deletedFiles.withLock { known in
            let over = known.values.filter { $0.until <= moment }.map(\.file.id)
            for id in over { known[id] = nil }
            return (over, known.values.map(\.until).min())
        }
        try store.remove(deletedFiles: over)
        return next
    }

    func undeleteFiles(_ pattern: String?) throws -> [Restored] {
        _ = try endDeletedFiles()
        guard configuration.allowed.contains(.append) else { return [] }
        var restored: [Restored] = []
        for entry in deletedFiles.withLock({ $0.values.sorted { $0.file.id < $1.file.id } }) {
            var file = entry.file
            guard pattern.map({ Self.matches(path(file.folder, file.name), $0) }) ?? true, try revive(file.folder)
            else {
                continue
            }
            do {
                file.name = try freeName(file.name, in: file.folder, for: file.id)
                try bringBack(file)
                restored.append(
                    Restored(message: file.id, folder: file.folder, path: path(file.folder, file.name)))
            } catch let error as FileError {
                // One damaged file is no reason to bring back none.
                logger.error("deleted file \(file.id.rawValue) cannot be read: \(error)")
            }
        }
        return restored
    }

    private func bringBack(_ file: LocalFile) throws {
        let spool = try FileDescriptor(reading: store.spoolPath(of: file.id))
        try watching([file.id]) {
            do {
                _ = try upload(file, spool, replacing: nil)
            } catch let error as ServiceError where localFile(file.id) != nil {
                // It is there, and is listed as failed.
                logger.info("file \(file.id.rawValue): \(error)")
            }
        }
        try store.forget(broughtBack: file.id)
        deletedFiles.withLock { $0[file.id] = nil }
    }
}
