internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync

// Each copy that the server says it made is looked at before anything relies on it: the original of a move, or bytes that are here.
extension ChangeSender {
    /// - Parameter isMove: the originals are deleted once their copies were seen (HAZARD 25).
    func copy(_ items: [Item], to target: Folder, isMove: Bool, over exchange: ChangeExchange) async throws {
        guard facts.trust.copies != .distrusted else { return try refuseCopies(items.map(\.operation)) }
        let operations = items.map(\.operation)
        guard let from = try await arrivalPoint(for: operations, in: target, over: exchange) else { return }
        try begin(operations, arrivesFrom: from, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid)))) {
            .uidCopy($0, target.rawName)
        }
        try journal.passed(.answered)
        if let unknown = outcomes.first(where: { $0.1.status.isOfUnknownFolder }),
            outcomes.allSatisfy({ $0.1.status.kind != .ok })
        {
            throw ChangeObstacle.unknownTarget(operations, unknown.1.status)
        }
        for (set, outcome) in outcomes where outcome.status.kind != .ok {
            // COPY is done for all or for none (RFC 3501 section 6.4.7).
            try refuse(items.filter { set.contains($0.uid) }.map(\.operation), outcome.status)
        }
        let done = outcomes.filter { $0.1.status.kind == .ok }
        let copied = items.filter { item in done.contains { $0.0.contains(item.uid) } }
        guard !copied.isEmpty else { return }
        let told = done.compactMap(\.1.copied)
        let sight = try await look(for: copied, told: told, from: from[target.id], in: target, over: exchange)
        if !sight.unlike.isEmpty {
            logger.warning(
                "\(target.displayName): what the server copied there is not like its original; messages are uploaded instead"
            )
            distrustCopies(in: target)
            try refuseCopies(sight.unlike)
        }
        if sight.found.count == copied.count, facts.trust.copies == .unknown { facts.trust.learn(.trusted) }
        // Of the others nothing was seen: both folders are listed before anything more is done.
        for operation in copied.map(\.operation)
        where sight.found[operation.id] == nil && !sight.unlike.contains(operation) {
            fates.change(operation) { $0.claimed(.copied) }
        }
        let known = try journal.store.cursor(target.id)?.uidValidity
        let isKnownEpoch = known == sight.epoch
        let validity = known ?? sight.epoch ?? .first
        let settlements = copied.compactMap { item in
            sight.found[item.operation.id].map { found in
                let uid = isKnownEpoch ? found : nil
                return Settlement(item.operation.id, isMove ? .movedByCopy(validity, uid) : .copied(validity, uid))
            }
        }
        try settle(settlements, of: operations)
    }

    // MARK: - Looking

    /// What was seen of copies.
    private struct Sight {
        var epoch: UIDValidity?
        var found: [OperationID: UID] = [:]
        /// Another message has the place.
        var unlike: [Operation] = []
    }

    /// Looks at what came to a folder.
    ///
    /// - Parameters:
    ///   - told: where the server says that the copies are (RFC 4315 section 3), a hint.
    ///   - from: the UID from which on they can be; nil where it is not known.
    private func look(
        for items: [Item], told: [(UIDValidity, [UID: UID])], from lowest: UID?, in target: Folder,
        over exchange: ChangeExchange
    ) async throws -> Sight {
        var sight = Sight()
        var present: [UID: MessageMetadata] = [:]
        var hints: [UID: UID] = [:]
        do {
            sight.epoch = try await exchange.examine(target)
            for (epoch, uids) in told where epoch == sight.epoch { hints.merge(uids) { first, _ in first } }
            let named = UIDSet(items.compactMap { hints[$0.uid] })
            if !named.isEmpty { present = try await exchange.look(at: .uids(named), now: journal.now()) }
            if let lowest, items.contains(where: { hints[$0.uid].flatMap { present[$0] } == nil }) {
                present.merge(try await exchange.look(at: .from(lowest), now: journal.now())) { first, _ in first }
            }
        } catch is ServiceError {
            return sight
        } catch ChangeObstacle.refused {
            return sight
        }
        var free = present.filter { brought[target.id]?.contains($0.key) != true }
        var rest: [Item] = []
        for item in items {
            guard let original = item.seen else { continue }
            if let uid = hints[item.uid], let copy = free[uid], isCopy(copy, of: original) {
                sight.found[item.operation.id] = uid
                free[uid] = nil
            } else {
                rest.append(item)
            }
        }
        for item in rest {
            guard let original = item.seen else { continue }
            let match = free.values.filter { isCopy($0, of: original) }.min { $0.uid < $1.uid }
            if let match {
                sight.found[item.operation.id] = match.uid
                free[match.uid] = nil
            } else if let uid = hints[item.uid] ?? (free.count >= rest.count ? free.keys.min() : nil), free[uid] != nil
            {
                sight.unlike.append(item.operation)
            }
        }
        return sight
    }

    private func isCopy(_ message: MessageMetadata, of original: MessageMetadata) -> Bool {
        message.size == original.size && MetadataCollector.hasSameFields(message.header, original.header)
    }

    // MARK: - Mistrust

    func distrustCopies(in target: Folder?) {
        facts.trust.learn(.distrusted)
        if let target { journal.heard(of: target.id) }
    }

    /// Copies are uploaded; moves fail, and the messages stay where they are.
    func refuseCopies(_ operations: [Operation]) throws {
        let failure = ChangeFailure(kind: .refused, text: "what this server copies is not like its original")
        try give(up: operations, failure)
    }
}
