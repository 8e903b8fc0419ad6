internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile

// What the server has of what was sent and not answered.
extension ChangeSender {
    func evidence(
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
    func equal(to operation: Operation, _ arrivals: inout Arrivals) async throws -> UID? {
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
    func compare(
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
    func arrivals(in folder: FolderID, from lowest: UID) throws -> [Arrivals.Message] {
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
