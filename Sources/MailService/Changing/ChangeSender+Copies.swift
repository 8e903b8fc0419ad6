internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync

/// Whether what this server's COPY makes is what was to be copied (`ServiceQuirk.copiesNothing`); kept in the store.
enum CopyTrust: String {
    case unknown, trusted, distrusted

    static let key = "copies"
}

// The first copy that a server makes is looked at before anything relies on it: the original of a move, or bytes that are here.
extension ChangeSender {
    var copyTrust: CopyTrust {
        get throws { try journal.store.setting(CopyTrust.key).flatMap(CopyTrust.init(rawValue:)) ?? .unknown }
    }

    /// Whether copies that were just made can be settled. Where they are not like their originals, the operations are ended here.
    ///
    /// - Parameter from: the UID from which on they can be; nil where it is not known.
    func areTrue(
        _ items: [Item], _ outcomes: [(UIDSet, ChangeExchange.Outcome)], from: UID?, in target: Folder,
        over exchange: ChangeExchange
    ) async throws -> Bool {
        guard try copyTrust == .unknown else { return true }
        let copied = items.filter { item in
            outcomes.contains { $0.0.contains(item.uid) && $0.1.status.kind == .ok }
        }
        guard !copied.isEmpty, let from, let found = try await arrived(from: from, in: target, over: exchange) else {
            return true
        }
        let told = outcomes.compactMap { $0.1.copied?.1 }
        var alike = 0
        for item in copied {
            guard let original = item.seen else { continue }
            let hint = told.lazy.compactMap { $0[item.uid] }.first
            let candidates = hint.flatMap { found[$0] }.map { [$0] } ?? Array(found.values)
            if candidates.contains(where: { isCopy($0, of: original) }) { alike += 1 }
        }
        if alike == copied.count {
            try journal.store.setSetting(CopyTrust.key, CopyTrust.trusted.rawValue)
            return true
        }
        // Fewer than were copied may not all be there yet, or be gone again.
        guard found.count >= copied.count else { return true }
        logger.warning(
            "\(target.displayName): what the server copied there is not like its original; messages are uploaded instead"
        )
        try journal.store.setSetting(CopyTrust.key, CopyTrust.distrusted.rawValue)
        journal.heard(of: target.id)
        try refuseCopies(copied.map(\.operation))
        let refused = items.filter { item in !copied.contains { $0.operation.id == item.operation.id } }
        try back(refused.map(\.operation))
        return false
    }

    /// What came to a folder; nil where the server does not tell.
    private func arrived(
        from lowest: UID, in target: Folder, over exchange: ChangeExchange
    ) async throws -> [UID: MessageMetadata]? {
        do {
            guard try await exchange.examine(target) != nil else { return nil }
            return try await exchange.look(at: .from(lowest), now: journal.now())
        } catch is ServiceError {
            return nil
        } catch ChangeObstacle.refused {
            return nil
        }
    }

    private func isCopy(_ message: MessageMetadata, of original: MessageMetadata) -> Bool {
        let (left, right) = (Header(message.header), Header(original.header))
        return message.size == original.size
            && MetadataCollector.headerFields.allSatisfy { left.value(of: $0) == right.value(of: $0) }
    }

    /// Copies are uploaded; moves fail, and the messages stay where they are.
    func refuseCopies(_ operations: [Operation]) throws {
        let failure = ChangeFailure(kind: .refused, text: "what this server copies is not like its original")
        try give(up: operations, failure)
    }
}
