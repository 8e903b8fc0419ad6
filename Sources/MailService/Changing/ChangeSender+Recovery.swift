internal import Digest
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

// What was sent and not answered: the server tells what became of it.
extension ChangeSender {
    /// Returns when nothing is in doubt any more, but what cannot be looked into now.
    func recover(at moment: Duration) async throws {
        var sent = journal.unanswered.filter { !fates[$0].isPaused(at: moment) }
        guard !sent.isEmpty else { return }
        logger.info("\(sent.count) changes were sent without an answer: looking what became of them")
        if sent.contains(where: { $0.change.folder != nil }) { try await steward.listNow() }
        var unlisted: Set<FolderID> = []
        for id in try concerned(by: sent).sorted() {
            do {
                try await scheduler.bringUpToDate(id, lane: .changing)
            } catch let error as ServiceError {
                switch error {
                case .gone, .noSuchFolder: continue
                case .accessDenied, .unavailable: unlisted.insert(id)
                default: throw error
                }
            }
        }
        // The UIDs of a folder may be others than when something was sent there.
        let known = Set(sent.map(\.id))
        sent = journal.unanswered.filter { known.contains($0.id) }
        let store = journal.store
        var arrivals = Arrivals(of: sent) {
            try store.cursor($0)?.uidValidity
        } load: {
            try store.arrivals(in: $0, from: $1)
        }
        let likenesses = try Likenesses(of: sent, in: store)
        for operation in sent where try isKnown(operation) {
            if let target = operation.change.target?.folder, unlisted.contains(target) {
                // What came there is not known: sent again, it could be there twice.
                try postpone(operation) { $0.unlisted(at: moment) }
            } else {
                try await recover(operation, &arrivals, likenesses, at: moment)
            }
        }
        if sent.contains(where: { $0.change.folder != nil }) { await steward.foldersChanged() }
    }

    private func concerned(by operations: [Operation]) throws -> Set<FolderID> {
        var folders = Set(operations.compactMap { $0.change.target?.folder })
        for origin in operations.compactMap(\.change.origin) {
            if let home = try journal.home(of: origin) { folders.insert(home) }
        }
        return folders.filter { facts.folder($0)?.isSynchronised == true }
    }

    /// False where the folder of its message could not be listed since the loss of the cache: nothing says that it is gone.
    private func isKnown(_ operation: Operation) throws -> Bool {
        guard let origin = operation.change.origin, try journal.store.message(origin) == nil,
            let home = try journal.store.placeGiven(to: origin)?.folder
        else { return true }
        return facts.folder(home)?.isSynchronised != true || facts.isListed(home)
    }

    /// It stays sent and is looked for later, or has failed.
    private func postpone(_ operation: Operation, _ happened: (inout Fate) -> Void) throws {
        switch fates.change(operation, happened) {
        case .failed(let failure): try fail(operation, failure)
        case .paused(let end) where end - clock.elapsed > Self.longestSilentLook:
            // Whoever waits for it has waited long enough.
            journal.waiting.stall(.timedOut, only: [operation.id])
        default: break
        }
    }

    private static let longestSilentLook = Duration.seconds(7)

    private func recover(
        _ operation: Operation, _ arrivals: inout Arrivals, _ likenesses: Likenesses, at moment: Duration
    ) async throws {
        var bodies: [UID: Recovery.Arrival.Body] = [:]
        if let uid = try await equal(to: operation, &arrivals) { bodies[uid] = .equal }
        var texts = Recovery.Evidence.Texts.needless
        if let alike = try alike(to: operation, likenesses) {
            texts = try await compare(alike, with: operation, &bodies, &arrivals)
        }
        while true {
            guard journal.state(of: operation.id) == .sent else { return }
            if journal.isConfirmed(operation) { fates.change(operation) { $0.confirmed() } }
            var evidence = try evidence(for: operation, bodies, &arrivals)
            evidence.texts = texts
            switch Recovery(operation, evidence) {
            case .compareBody(let uids):
                for uid in uids {
                    let found = try operation.change.target.flatMap { try arrivals.message(uid, in: $0.folder) }
                    bodies[uid] = try await compare(found, with: operation, &arrivals)
                }
                continue
            case .done(let uid):
                let isEqual = uid.map { bodies[$0] == .equal } ?? false
                try finish(operation, uid, isEqual: isEqual, &arrivals, at: moment)
            case .doneHalf(let uid):
                guard let validity = try epoch(of: operation) else { return try again(operation, at: moment) }
                try settle([Settlement(operation.id, .movedByCopy(validity, uid))], of: [operation])
            case .again: try again(operation, at: moment)
            case .gone: try lost(operation)
            case .unseen: try postpone(operation) { $0.unseen(at: moment) }
            case .unknowable:
                let text = "a message with its Message-ID and Date is there, and whether it is this one cannot be told"
                try fail(operation, ChangeFailure(kind: .refused, text: text))
            }
            return
        }
    }

    /// It is sent again, now or when its pause is over, or never will be.
    private func again(_ operation: Operation, at moment: Duration) throws {
        try journal.setWaiting([operation.id])
        let claim = fates[operation].claim
        switch fates.change(operation, { $0.lost(at: moment) }) {
        case .failed(let failure):
            if claim == .copied { distrustCopies(in: operation.change.target.flatMap { facts.folder($0.folder) }) }
            try give(up: [operation], failure)
        case .paused(let end) where end - clock.elapsed > Self.longestSilentLook:
            journal.waiting.stall(.timedOut, only: [operation.id])
        default: break
        }
    }

    private func lost(_ operation: Operation) throws {
        try journal.setWaiting([operation.id])
        try give(up: [operation], ChangeFailure(kind: .gone, text: Fate.gone))
    }

    private func epoch(of operation: Operation) throws -> UIDValidity? {
        try operation.change.target.flatMap { try journal.store.cursor($0.folder)?.uidValidity }
    }

    /// - Parameter isEqual: of an upload: the message has its bytes.
    private func finish(
        _ operation: Operation, _ uid: UID?, isEqual: Bool, _ arrivals: inout Arrivals, at moment: Duration
    ) throws {
        let outcome: Settlement.Outcome
        switch operation.change {
        case .move:
            guard let validity = try epoch(of: operation) else { return try again(operation, at: moment) }
            outcome = .moved(validity, uid)
        case .copy:
            guard let validity = try epoch(of: operation) else { return try again(operation, at: moment) }
            outcome = .copied(validity, uid)
        case .append(_, let target, _, _):
            guard let validity = try epoch(of: operation), let uid,
                let message = try arrivals.message(uid, in: target)?.metadata
            else { return try again(operation, at: moment) }
            outcome = .appended(validity, uid, message, body: isEqual)
        case .createFolder, .deleteFolder, .renameFolder: outcome = .folder
        case .delete, .expunge, .flags, .labels:
            // The message is gone, and with it what was to be done; or its flags and labels are listed as they are to be.
            return try journal.changing { try journal.remove([operation.id]) }
        }
        try settle([Settlement(operation.id, outcome)], of: [operation])
    }

    // MARK: - Evidence

    private func evidence(
        for operation: Operation, _ bodies: [UID: Recovery.Arrival.Body], _ arrivals: inout Arrivals
    ) throws -> Recovery.Evidence {
        var evidence = Recovery.Evidence(
            changesUploads: facts.trust.changesUploads,
            isConfirmed: fates[operation].isConfirmed)
        let source = try operation.change.origin.flatMap { try journal.store.message($0) }
        if let source { evidence.sourceRemains = source.summary.uid != nil }
        switch operation.change {
        case .move(_, let target, _), .copy(_, _, let target, _):
            guard let source else {
                evidence.arrivals = try found(likeSent: operation, in: target)
                break
            }
            evidence.arrivals = try found(like: source, in: target, from: operation.arrivesFrom).map { arrival in
                var arrival = arrival
                arrival.body = bodies[arrival.uid] ?? .notCompared
                return arrival
            }
        case .append(let id, let target, _, _):
            // Nothing else needs to be looked at where its octets are there.
            if let equal = bodies.first(where: { $0.value == .equal })?.key {
                evidence.arrivals = [Recovery.Arrival(uid: equal, isAlike: true, body: .equal)]
                break
            }
            guard let own = try ownMetadata(of: operation, id) else { break }
            evidence.arrivals = try arrivals.alike(to: own, in: target).map { message in
                Recovery.Arrival(
                    uid: message.uid, isAlike: true,
                    isOwned: brought[target]?.contains(message.uid) ?? false,
                    body: bodies[message.uid] ?? .notCompared)
            }
        case .createFolder(let id), .deleteFolder(let id):
            evidence.isListed = facts.isListedByServer(id)
        case .renameFolder(let id, let rawName, _):
            evidence.isListedAnew = facts.isListedByServer(rawName)
            // By its MAILBOXID it may be known under the new name already.
            evidence.isListed = facts.folder(id)?.rawName != rawName && facts.isListedByServer(id)
        case .flags(_, let change):
            guard let source, facts.error(of: source.folder) == nil else { break }
            evidence.isInEffect = change.result(on: source.summary.flags) == source.summary.flags
        // Labels are folders too, and those are looked at when it was sent again.
        case .labels, .delete, .expunge: break
        }
        return evidence
    }

    /// What came to a folder and may be a message that was brought there.
    func found(like source: StoredMessage, in target: FolderID, from lowest: UID?) throws -> [Recovery.Arrival] {
        let header = try journal.store.header(of: source.summary.id)
        return try journal.store.messages(with: source.identity, in: target, from: lowest ?? .min).compactMap {
            message in
            // Where the message itself is, it did not arrive.
            guard let uid = message.summary.uid, message.summary.id != source.summary.id else { return nil }
            // An empty message may have the identity of what it was to be a copy of.
            let isAlike = try header.map {
                MetadataCollector.hasSameFields($0, try journal.store.header(of: message.summary.id) ?? [])
            }
            return Recovery.Arrival(
                uid: uid, isAlike: isAlike ?? true, isOwned: isOwned(uid, message.summary.id, in: target))
        }
    }

    /// What came to a folder and may be the message of a move, of which the cache knows nothing any more.
    func found(likeSent move: Operation, in target: FolderID) throws -> [Recovery.Arrival] {
        guard let identity = try journal.store.identity(sentWith: move.id), let from = move.arrivesFrom else {
            return []
        }
        return try journal.store.messages(with: identity, in: target, from: from).compactMap { message in
            guard let uid = message.summary.uid else { return nil }
            return Recovery.Arrival(
                uid: uid, isAlike: true, isOwned: isOwned(uid, message.summary.id, in: target))
        }
    }

    /// Whether it is known what brought a message: an operation of this run, or it has operations of its own.
    private func isOwned(_ uid: UID, _ id: MessageID, in folder: FolderID) -> Bool {
        if brought[folder]?.contains(uid) == true { return true }
        return journal.isChanged(id)
    }

    private func ownMetadata(of operation: Operation, _ id: MessageID) throws -> MessageMetadata? {
        guard case .append(_, _, _, let upload) = operation.change else { return nil }
        let spool = try FileDescriptor(reading: journal.store.spoolPath(of: id))
        return MessageMetadata(
            uid: .min, size: upload.size, internalDate: upload.internalDate, flags: upload.flags,
            identity: MessageIdentity(high: 0, low: 0), identityIsProof: false, header: try spool.header())
    }

    /// A message of the target folder that has the octets of an upload. Each body is read once for all uploads.
    private func equal(to operation: Operation, _ arrivals: inout Arrivals) async throws -> UID? {
        guard case .append(_, let target, _, let upload) = operation.change, !upload.sha256.isEmpty else { return nil }
        return try await equal(
            to: upload.sha256, size: upload.size, in: target, from: operation.arrivesFrom, &arrivals)
    }

    /// The first message of a folder from a UID on that has these octets and nothing else brought. `size`: what the server claims.
    func equal(
        to sha256: [UInt8], size: UInt64, in target: FolderID, from lowest: UID?, _ arrivals: inout Arrivals
    ) async throws -> UID? {
        while true {
            let step = try arrivals.step(to: sha256, size: size, in: target, from: lowest ?? .min) {
                brought[target]?.contains($0) ?? false
            }
            switch step {
            case .found(let uid): return uid
            case .nowhere: return nil
            case .read(let uid):
                guard let message = try arrivals.message(uid, in: target),
                    let octets = try await octets(of: message.id, in: target)
                else { continue }
                try arrivals.note(octets.sha256(), of: message, in: target)
            }
        }
    }

    /// The body of a message; nil where it is gone.
    func octets(of id: MessageID, in folder: FolderID) async throws -> FileDescriptor? {
        guard let known = try journal.store.message(id) else { return nil }
        do {
            return try await bodies.body(of: known.summary, in: folder).duplicate()
        } catch ServiceError.gone {
            return nil
        }
    }

    /// How a message of the target folder that has not the bytes of an upload resembles it.
    private func compare(
        _ message: Arrivals.Message?, with operation: Operation, _ arrivals: inout Arrivals
    ) async throws -> Recovery.Arrival.Body {
        guard case .append(let id, let target, _, let upload) = operation.change, let message,
            let other = try await traits(of: message.id, in: target, &arrivals)
        else { return .different }
        // Where its size was told wrong it was not looked at before.
        if other.size == upload.size, message.metadata.size != upload.size,
            try await octets(of: message.id, in: target)?.sha256() == upload.sha256
        {
            return .equal
        }
        let own = try arrivals.traits(of: id) ?? StoredTraits(FileDescriptor(reading: journal.store.spoolPath(of: id)))
        arrivals.note(own, of: id)
        switch own.relation(ofStored: other) {
        case .sameMessage: return .sameMessage
        case .similar: return .similar
        case .different: return .different
        }
    }

    /// nil where the message is gone.
    private func traits(
        of id: MessageID, in folder: FolderID, _ arrivals: inout Arrivals
    ) async throws -> StoredTraits? {
        if let known = arrivals.traits(of: id) { return known }
        guard let text = try await octets(of: id, in: folder) else { return nil }
        let found = try StoredTraits(text)
        arrivals.note(found, of: id)
        return found
    }
}

extension MailStore {
    /// The messages of a folder from a UID on.
    fileprivate func arrivals(in folder: FolderID, from lowest: UID) throws -> [Arrivals.Message] {
        var ids: [MessageID] = []
        try loadListing(folder) { row in
            if !row.isCandidate, let uid = row.uid, uid >= lowest { ids.append(row.id) }
        }
        return try ids.compactMap { id in
            guard let message = try message(id), let uid = message.summary.uid else { return nil }
            return Arrivals.Message(
                id: id,
                metadata: MessageMetadata(
                    uid: uid, size: message.summary.size, internalDate: message.summary.internalDate,
                    flags: message.summary.flags, identity: message.identity, identityIsProof: message.identityIsProof,
                    header: try header(of: id) ?? []))
        }
    }
}
