internal import Digest
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import PosixFile

// An upload that is not where it was sent: another client may have taken it to another folder before it was seen.
extension ChangeSender {
    enum Elsewhere {
        case nowhere
        case taken(StoredMessage)
        /// It may be in a folder that was not listed yet.
        case hidden
    }

    /// Looks for the message of an upload that came to its folder and left it again.
    ///
    /// It has the octets, was found after the file was made, and a UID is missing where the upload would have come: that other clients
    /// store the same octets somewhere else says nothing.
    ///
    /// - Parameter areListed: whether all folders are known as they were after the listing of the upload's own.
    func elsewhere(_ operation: Operation, _ arrivals: inout Arrivals, areListed: inout Bool) async throws
        -> Elsewhere
    {
        guard case .append(let id, let target, _, let upload) = operation.change, !upload.sha256.isEmpty,
            let lowest = operation.arrivesFrom, let cursor = try journal.store.cursor(target),
            UInt64(cursor.uidNext) > UInt64(lowest.rawValue)
        else { return .nowhere }
        let came = UInt64(cursor.uidNext) - UInt64(lowest.rawValue)
        guard try arrivals.count(in: target, from: lowest) < came else { return .nowhere }
        if !areListed {
            logger.info("an upload is not where it was sent: looking whether it is in another folder")
            try await listFolders()
            areListed = true
        }
        let candidates = try journal.store.messages(foundAfter: id, size: upload.size, outside: target)
        for message in candidates.prefix(Self.mostElsewhere) {
            guard let uid = message.summary.uid, brought[message.folder]?.contains(uid) != true else { continue }
            if try await octets(of: message.summary.id, in: message.folder)?.sha256() == upload.sha256 {
                return .taken(message)
            }
        }
        return journal.followed.contains { isYetToBeListed($0) } ? .hidden : .nowhere
    }

    private static let mostElsewhere = 50

    /// The upload is done, and is where another client took it.
    func settle(_ operation: Operation, takenAs message: StoredMessage) throws {
        guard let uid = message.summary.uid, let epoch = message.uidValidity,
            let found = try journal.store.arrivals(in: message.folder, from: uid).first(where: {
                $0.id == message.summary.id
            })
        else { return }
        logger.info("upload \(operation.id.rawValue): another client has taken it to another folder")
        let outcome = Settlement.Outcome.appended(
            epoch, uid, found.metadata, body: true, takenTo: message.folder)
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
