internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension ChangeSender {
    /// An operation with the message that it is about, as the server has it.
    struct Item {
        let operation: Operation
        let message: StoredMessage
        let uid: UID
        /// As it was just before the change; nil where that does not matter.
        var seen: MessageMetadata?
    }

    /// The operations are claimed and the folders held.
    func sendMessages(
        _ operations: [Operation], _ kind: Batch.Kind, from source: FolderID, to target: FolderID?
    ) async throws {
        guard let folder = facts.folder(source) else { return }
        guard let epoch = try journal.store.cursor(source)?.uidValidity else {
            for operation in operations { try missed(operation) }
            return
        }
        var items: [Item] = []
        for operation in operations {
            guard let id = operation.change.origin, let message = try journal.store.message(id) else { continue }
            if message.folder == source, message.uidValidity == epoch, let uid = message.summary.uid {
                items.append(Item(operation: operation, message: message, uid: uid))
            } else if message.folder == source {
                try missed(operation)
            }
        }
        guard !items.isEmpty else { return }
        let goal = try target.map { id -> Folder in
            guard let folder = facts.folder(id) else { throw ServiceError.noSuchFolder("\(id.rawValue)") }
            return folder
        }
        let all = items
        do {
            try await exchanging(in: source) { exchange in
                try await exchange.select(folder, epoch: epoch, toWrite: kind != .copy)
                try await self.change(all, kind, in: folder, to: goal, over: exchange)
            }
        } catch ChangeObstacle.unknownTarget(let operations, let status) {
            guard let goal else { return try refuse(operations, status) }
            try await meetUnknown(goal, operations, status)
        } catch let obstacle as ChangeObstacle {
            try await meet(obstacle, items.map(\.operation), in: folder)
        }
    }

    /// Nothing was sent that changes anything.
    private func meet(_ obstacle: ChangeObstacle, _ operations: [Operation], in folder: Folder) async throws {
        let source = folder.id
        switch obstacle {
        case .epochChanged:
            for operation in operations { fates.change(operation) { $0.lostEpoch() } }
        case .readOnly:
            facts.foundReadOnly(source)
            let failure = ChangeFailure(kind: .readOnly, text: "the folder cannot be changed")
            try give(up: operations, failure)
        case .refused(let status):
            journal.heardOfFolders()
            let failure = ChangeFailure(status)
            let isGone = failure.kind == .noSuchFolder && !status.isBusy
            if isGone || status.isUnexplained {
                try await steward.listNow()
                // It has another name: they are sent again there.
                if let known = facts.folder(source), known.rawName != folder.rawName { return }
            }
            if status.isUnexplained { return try refuseOpening(operations, status) }
            guard isGone else { return try refuse(operations, status) }
            // The folder cannot be opened under the name that it had: neither is the message where it was seen.
            try give(up: operations, ChangeFailure(kind: .gone, text: failure.text))
        case .doubtful, .unknownTarget: break
        }
    }

    func giveUp(_ operation: Operation) throws {
        switch operation.change {
        case .delete, .expunge:
            fates.forget([operation.id])
            try journal.changing { try journal.remove([operation.id]) }
        case .move, .copy, .append, .flags, .labels, .createFolder, .deleteFolder, .renameFolder:
            try give(up: [operation], ChangeFailure(kind: .gone, text: Fate.gone))
        }
    }

    private func change(
        _ items: [Item], _ kind: Batch.Kind, in folder: Folder, to target: Folder?, over exchange: ChangeExchange
    ) async throws {
        let certain = try await certain(items, kind, in: folder, over: exchange)
        guard !certain.isEmpty else { return }
        switch kind {
        case .move:
            guard let target else { return }
            guard target.id != folder.id else {
                // They were looked at: that is all.
                for item in certain { try journal.settleName(of: item.operation) }
                return
            }
            try await move(certain, to: target, over: exchange)
        case .copy:
            guard let target else { return }
            try await copy(certain, to: target, isMove: false, over: exchange)
        case .flags(let change): try await store(change, certain, over: exchange)
        case .labels(let change): try await label(change, certain, in: folder, over: exchange)
        case .delete: try await flagDeleted(certain, in: folder, over: exchange)
        case .expunge: try await expunge(certain, over: exchange)
        case .append, .createFolder, .deleteFolder, .renameFolder: break
        }
    }

    // MARK: - Moving

    private func move(_ items: [Item], to target: Folder, over exchange: ChangeExchange) async throws {
        lacksMove = !exchange.capabilities.has(.move)
        guard !lacksMove else {
            // The others wait until their texts are here.
            let kept = items.filter(\.message.summary.isCached)
            return kept.isEmpty ? () : try await copy(kept, to: target, isMove: true, over: exchange)
        }
        let operations = items.map(\.operation)
        guard let from = try await arrivalPoint(for: operations, in: target, over: exchange) else { return }
        try begin(operations, arrivesFrom: from, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid)))) {
            .uidMove($0, target.rawName)
        }
        try journal.passed(.answered)
        let known = try journal.store.cursor(target.id)?.uidValidity
        if let unknown = outcomes.first(where: { $0.1.status.isOfUnknownFolder }),
            outcomes.allSatisfy({ $0.1.status.kind != .ok })
        {
            throw ChangeObstacle.unknownTarget(operations, unknown.1.status)
        }
        var moved: [Item] = []
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                if part.count == 1 {
                    try refuse(part[0].operation, outcome.status)
                } else {
                    refuseInDoubt(part.map(\.operation), outcome.status)
                }
                continue
            }
            for item in part {
                // What the server does not name may have been gone before, or be there still: both folders are listed first.
                guard outcome.hasMoved(item.uid) else {
                    fates.change(item.operation) { $0.claimed(.moved) }
                    continue
                }
                moved.append(item)
            }
        }
        guard !moved.isEmpty else { return }
        // COPYUID is a hint (HAZARDS 24, 29). What is not seen has no UID before the next listing, which tells it by its identity.
        let told = outcomes.compactMap(\.1.copied)
        var sight = Sight()
        if known != nil {
            sight = try await look(for: moved, told: told, from: from[target.id], in: target, over: exchange)
        }
        for item in moved where sight.ambiguous.contains(item.operation.id) {
            fates.change(item.operation) { $0.claimed(.moved) }
        }
        moved.removeAll { sight.ambiguous.contains($0.operation.id) }
        let validity = known ?? told.first?.0 ?? .first
        let found = sight.epoch == known ? sight.found : [:]
        try settle(
            moved.map { Settlement($0.operation.id, .moved(validity, found[$0.operation.id])) }, of: operations)
    }

    /// From which UID on messages will come to a folder, by folder; nil where the server refuses to say, and the operations with that.
    func arrivalPoint(
        for operations: [Operation], in target: Folder, over exchange: ChangeExchange
    ) async throws -> [FolderID: UID]? {
        do {
            return try await arrivals(in: target, over: exchange).map { [target.id: $0] } ?? [:]
        } catch ChangeObstacle.refused(let status) where status.isOfUnknownFolder {
            throw ChangeObstacle.unknownTarget(operations, status)
        } catch ChangeObstacle.refused(let status) {
            try refuse(operations, status)
            return nil
        }
    }
}
