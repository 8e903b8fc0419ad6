internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension ChangeSender {
    /// Those whose messages are what the user saw (HAZARD 3).
    func certain(
        _ items: [Item], _ kind: Batch.Kind, in folder: Folder, over exchange: ChangeExchange
    ) async throws -> [Item] {
        let isHarmless =
            switch kind {
            case .flags, .labels: true
            default: false
            }
        if isHarmless, !items.contains(where: { fates[$0.operation].isSuspected }) { return items }
        let seen = try await exchange.look(at: .uids(UIDSet(items.map(\.uid))), now: journal.now())
        var certain: [Item] = []
        for item in items {
            guard let now = seen[item.uid] else {
                try missed(item.operation)
                continue
            }
            guard try isSame(item.message, now) else {
                logger.warning(
                    "\(folder.displayName): UID \(item.uid) is not the message it was; nothing is done to it")
                facts.doubt(folder.id, at: journal.now())
                journal.heard(of: folder.id)
                let failure = ChangeFailure(kind: .gone, text: "another message has its place")
                // What was to be copied is here all the same.
                if kind == .copy { try give(up: [item.operation], failure) } else { try fail(item.operation, failure) }
                continue
            }
            if kind == .expunge, !now.flags.isDeleted {
                // Somebody else brought it back.
                journal.heard(of: folder.id)
                try journal.changing { try journal.remove([item.operation.id]) }
                continue
            }
            var item = item
            item.seen = now
            certain.append(item)
        }
        return certain
    }

    /// Whether a message is the one that the store has.
    private func isSame(_ known: StoredMessage, _ now: MessageMetadata) throws -> Bool {
        if known.identity == now.identity { return true }
        guard known.identityIsProof != now.identityIsProof,
            let header = try journal.store.header(of: known.summary.id)
        else { return false }
        // One of them is from a time in which the server told no identity of its own.
        let size = now.size
        return MetadataCollector.identity(Header(header), size: size, internalDate: known.summary.internalDate)
            == MetadataCollector.identity(Header(now.header), size: size, internalDate: now.internalDate)
            && (known.summary.size == size || known.summary.sizeIsProven)
    }

    /// From which UID on the messages will be that come to a folder.
    func arrivals(in folder: Folder, over exchange: ChangeExchange) async throws -> UID? {
        if let cursor = try journal.store.cursor(folder.id), cursor.isListed { return UID(cursor.uidNext) }
        return try await exchange.status(of: folder, [.uidNext])?.uidNext
    }

    /// The journal says from here on that these are on the wire.
    func begin(
        _ operations: [Operation], arrivesFrom: [FolderID: UID] = [:], over exchange: ChangeExchange
    ) throws {
        try journal.begin(operations, arrivesFrom: arrivesFrom)
        for operation in operations { fates.change(operation) { $0.begun() } }
        exchange.hasChanged = true
    }

    /// Has the journal take in what the server made of operations.
    func settle(_ settlements: [Settlement], of operations: [Operation]) throws {
        let known = Dictionary(operations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        try journal.settle(settlements, of: operations)
        // Not before: where that could not be stored, what arrived is still to be found by who looks for it.
        for settlement in settlements {
            switch settlement.outcome {
            case .appended(_, let uid?, _, _, let taken?), .copied(_, let uid?, let taken?):
                brought[taken, default: []].insert(uid)
            case .moved(_, let uid?), .movedByCopy(_, let uid?), .copied(_, let uid?, nil),
                .appended(_, let uid?, _, _, nil):
                guard let folder = known[settlement.operation]?.change.target?.folder else { continue }
                brought[folder, default: []].insert(uid)
            case .moved, .movedByCopy, .copied, .appended, .flagged, .labelled, .deleted, .expunged, .folder: break
            }
        }
        for settlement in settlements {
            switch settlement.outcome {
            case .appended, .copied, .expunged: hasChangedSize = true
            case .moved, .movedByCopy, .flagged, .labelled, .deleted, .folder: break
            }
            if let operation = known[settlement.operation] { fates.change(operation) { $0.settled() } }
        }
    }
}
