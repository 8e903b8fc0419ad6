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
