internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import PosixFile

// What was uploaded or copied and is not where it was sent: another client may have taken it to another folder before it was seen.
extension ChangeSender {
    enum Elsewhere {
        case nowhere
        case taken(StoredMessage)
        /// It may be in a folder that was not listed yet.
        case hidden
    }

    /// What is looked for: octets that came to a folder and left it again.
    private struct Sought {
        /// Of what was found before it, none is it.
        let id: MessageID
        let target: FolderID
        let size: UInt64
    }

    /// Looks for the message of an upload or a copy that came to its folder and left it again.
    ///
    /// It has the octets, was found after the file or the copy was made, and a UID is missing where it would have come: that other clients
    /// store the same octets somewhere else says nothing.
    ///
    /// - Parameter areListed: whether all folders are known as they were after the listing of the operation's own.
    func elsewhere(_ operation: Operation, _ arrivals: inout Arrivals, areListed: inout Bool) async throws
        -> Elsewhere
    {
        guard let sought = try sought(by: operation), let lowest = operation.arrivesFrom,
            let cursor = try journal.store.cursor(sought.target), UInt64(cursor.uidNext) > UInt64(lowest.rawValue)
        else { return .nowhere }
        let came = UInt64(cursor.uidNext) - UInt64(lowest.rawValue)
        guard try arrivals.count(in: sought.target, from: lowest) < came else { return .nowhere }
        if !areListed {
            logger.info("what was sent is not where it was to be: looking whether it is in another folder")
            try await listFolders()
            areListed = true
        }
        let candidates = try candidates(after: sought.id, sought.size, outside: sought.target)
        if !candidates.isEmpty, let digest = try await digest(of: operation),
            let message = try await first(of: candidates, with: digest)
        {
            return .taken(message)
        }
        return journal.followed.contains { isYetToBeListed($0) } ? .hidden : .nowhere
    }

    /// Looks for a copy that was seen in its folder, and whose original is gone.
    ///
    /// - Parameter areListed: whether all folders are known as they were after the listing of its own.
    func elsewhere(_ copy: CopiedMove, areListed: inout Bool) async throws -> Elsewhere {
        let store = journal.store
        guard let since = copy.since, let body = try store.openBody(copy.message) ?? store.openKeptBody(copy.message)
        else { return .nowhere }
        let octets = OpenBody(uncached: body)
        if !areListed {
            try await listFolders()
            areListed = true
        }
        let candidates = try candidates(after: since, octets.size, outside: copy.folder)
        if !candidates.isEmpty, let message = try await first(of: candidates, with: octets.duplicate().sha256()) {
            return .taken(message)
        }
        return journal.followed.contains { isYetToBeListed($0) } ? .hidden : .nowhere
    }

    private func sought(by operation: Operation) throws -> Sought? {
        switch operation.change {
        case .append(let id, let target, _, let upload): return Sought(id: id, target: target, size: upload.size)
        case .copy(let source, let copy, let target, _):
            guard let size = try journal.store.message(source)?.summary.size else { return nil }
            return Sought(id: copy, target: target, size: size)
        case .move, .delete, .expunge, .flags, .labels, .createFolder, .deleteFolder, .renameFolder: return nil
        }
    }

    /// nil where nobody has the text any more.
    private func digest(of operation: Operation) async throws -> [UInt8]? {
        if case .append(_, _, _, let upload) = operation.change {
            return upload.sha256.isEmpty ? nil : upload.sha256
        }
        return try await text(of: operation)?.sha256()
    }

    /// Those that nothing else brought.
    private func candidates(after id: MessageID, _ size: UInt64, outside folder: FolderID) throws -> [StoredMessage] {
        try journal.store.messages(foundAfter: id, size: size, outside: folder).filter { message in
            message.summary.uid.map { brought[message.folder]?.contains($0) != true } ?? false
        }
    }

    private func first(of candidates: [StoredMessage], with digest: [UInt8]) async throws -> StoredMessage? {
        for message in candidates.prefix(Self.mostElsewhere) {
            if try await octets(of: message.summary.id, in: message.folder)?.sha256() == digest { return message }
        }
        return nil
    }

    private static let mostElsewhere = 50

    /// It is done, and its message is where another client took it.
    func settle(_ operation: Operation, takenAs message: StoredMessage) throws {
        guard let uid = message.summary.uid, let epoch = message.uidValidity,
            let found = try journal.store.arrivals(in: message.folder, from: uid).first(where: {
                $0.id == message.summary.id
            })
        else { return }
        logger.info("change \(operation.id.rawValue): another client has taken its message to another folder")
        let outcome: Settlement.Outcome
        switch operation.change {
        case .append: outcome = .appended(epoch, uid, found.metadata, body: true, takenTo: message.folder)
        default: outcome = .copied(epoch, uid, takenTo: message.folder)
        }
        try settle([Settlement(operation.id, outcome)], of: [operation])
    }

    /// A first listing may take long: nothing waits for it here.
    private func isYetToBeListed(_ folder: Folder) -> Bool {
        folder.isSynchronised && !facts.isListed(folder.id) && facts.error(of: folder.id) == nil
    }

    /// Asks which folders there are, and brings every one up to date that was listed before.
    private func listFolders() async throws {
        try await steward.listNow()
        let chosen = journal.followed.filter { $0.isSynchronised && facts.isListed($0.id) }
        let (scheduler, moment) = (scheduler, clock.now)
        _ = await FolderRun(width: max(1, journal.configuration.connections - 1)).run(chosen) { folder in
            // What cannot be listed is where it was not looked for.
            try? await scheduler.bringUpToDate(folder.id, lane: .changing, since: moment)
        }
    }
}
