internal import IMAPCodec
internal import IMAPValue
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync

// Where messages are that were copied or moved, as they are seen there.
extension ChangeSender {
    /// What was seen of messages that were brought to a folder.
    struct Sight {
        var epoch: UIDValidity?
        var found: [OperationID: UID] = [:]
        /// Another message has the place.
        var unlike: [Operation] = []
        /// Several are alike, and only their texts tell which it is.
        var ambiguous: Set<OperationID> = []
    }

    /// Looks at what came to a folder, once for all.
    ///
    /// - Parameters:
    ///   - told: where the server says that the messages are (RFC 4315 section 3), a hint (HAZARDS 24, 29): none are where something was
    ///     before.
    ///   - from: the UID from which on they can be; nil where it is not known.
    func look(
        for items: [Item], told: [(UIDValidity, [UID: UID])], from lowest: UID?, in target: Folder,
        over exchange: ChangeExchange
    ) async throws -> Sight {
        var sight = Sight()
        var present: [UID: MessageMetadata] = [:]
        var hints: [UID: UID] = [:]
        do {
            sight.epoch = try await exchange.examine(target)
            // What is known of UIDs is of another epoch: the folder is listed first.
            if let known = try journal.store.cursor(target.id)?.uidValidity, known != sight.epoch { return sight }
            for (epoch, uids) in told where epoch == sight.epoch { hints.merge(uids) { first, _ in first } }
            if let lowest { hints = hints.filter { $0.value >= lowest } }
            let named = UIDSet(items.compactMap { hints[$0.uid] })
            if !named.isEmpty { present = try await exchange.look(at: .uids(named), now: journal.now()) }
            let isFound = items.allSatisfy { item in
                hints[item.uid].flatMap { present[$0] }.map { self.isCopy($0, of: item.seen) } ?? false
            }
            if let lowest, !isFound {
                present.merge(try await exchange.look(at: .from(lowest), now: journal.now())) { first, _ in first }
            }
        } catch is ServiceError {
            return sight
        } catch ChangeObstacle.refused {
            return sight
        }
        var free = present.filter { brought[target.id]?.contains($0.key) != true }
        var rest: [Item] = []
        for item in items where item.seen != nil {
            if let uid = hints[item.uid], let copy = free[uid], isCopy(copy, of: item.seen) {
                sight.found[item.operation.id] = uid
                free[uid] = nil
            } else {
                rest.append(item)
            }
        }
        let groups = Dictionary(grouping: rest) { $0.seen.map(Likeness.init) }
        for item in rest {
            let matches = free.values.filter { isCopy($0, of: item.seen) }
            let match = matches.min { $0.uid < $1.uid }
            let isProven = match.map { $0.identityIsProof && $0.identity == item.seen?.identity } ?? false
            if match != nil, !isProven, matches.count > 1 || groups[item.seen.map(Likeness.init)]?.count ?? 0 > 1 {
                sight.ambiguous.insert(item.operation.id)
            } else if let match {
                sight.found[item.operation.id] = match.uid
                free[match.uid] = nil
            } else if let uid = hints[item.uid] ?? (free.count >= rest.count ? free.keys.min() : nil), free[uid] != nil
            {
                sight.unlike.append(item.operation)
            }
        }
        return sight
    }

    /// What `isCopy` compares.
    private struct Likeness: Hashable {
        let size: UInt64
        let fields: [[UInt8]?]

        init(_ message: MessageMetadata) {
            size = message.size
            let header = Header(message.header)
            fields = MetadataCollector.headerFields.map { header.value(of: $0) }
        }
    }

    private func isCopy(_ message: MessageMetadata, of original: MessageMetadata?) -> Bool {
        guard let original else { return false }
        return message.size == original.size && MetadataCollector.hasSameFields(message.header, original.header)
    }
}
