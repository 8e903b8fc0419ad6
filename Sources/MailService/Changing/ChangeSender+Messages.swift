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
        } catch let obstacle as ChangeObstacle {
            try meet(obstacle, items.map(\.operation), in: source)
        }
    }

    /// Nothing was sent that changes anything.
    private func meet(_ obstacle: ChangeObstacle, _ operations: [Operation], in source: FolderID) throws {
        switch obstacle {
        case .epochChanged:
            for operation in operations { fates.change(operation.id) { $0.lostEpoch() } }
        case .readOnly:
            facts.foundReadOnly(source)
            let failure = ChangeFailure(kind: .readOnly, text: "the folder cannot be changed")
            try give(up: operations, failure)
        case .refused(let status):
            journal.heardOfFolders()
            let failure = ChangeFailure(status)
            guard failure.kind == .refused || failure.kind == .noSuchFolder, !status.isBusy else {
                return try refuse(operations, status)
            }
            // The folder cannot be opened under the name that it had: neither is the message where it was seen.
            try give(up: operations, ChangeFailure(kind: .gone, text: failure.text))
        case .doubtful: break
        }
    }

    func giveUp(_ operation: Operation) throws {
        switch operation.change {
        case .delete, .expunge:
            fates.forget([operation.id])
            try journal.changing { try journal.remove([operation.id]) }
        case .move, .copy, .append, .flags, .createFolder, .deleteFolder, .renameFolder:
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
            try await move(certain, to: target, over: exchange)
        case .copy:
            guard let target else { return }
            try await copy(certain, to: target, isMove: false, over: exchange)
        case .flags(let change): try await store(change, certain, over: exchange)
        case .delete: try await flagDeleted(certain, in: folder, over: exchange)
        case .expunge: try await expunge(certain, over: exchange)
        case .append, .createFolder, .deleteFolder, .renameFolder: break
        }
    }

    // MARK: - Moving and copying

    private func move(_ items: [Item], to target: Folder, over exchange: ChangeExchange) async throws {
        guard exchange.capabilities.has(.move) else {
            return try await copy(items, to: target, isMove: true, over: exchange)
        }
        try await transfer(items, to: target, over: exchange) {
            .uidMove($0, target.rawName)
        } settled: { item, validity, uid in
            Settlement(item.operation.id, .moved(validity, uid))
        } refused: { items, status in
            if items.count == 1 {
                try self.refuse(items[0].operation, status)
            } else {
                self.refuseInDoubt(items.map(\.operation), status)
            }
        }
    }

    private func copy(
        _ items: [Item], to target: Folder, isMove: Bool, over exchange: ChangeExchange
    ) async throws {
        guard try copyTrust != .distrusted else { return try refuseCopies(items.map(\.operation)) }
        try await transfer(items, to: target, over: exchange, isCopy: true) {
            .uidCopy($0, target.rawName)
        } settled: { item, validity, uid in
            guard isMove else { return Settlement(item.operation.id, .copied(validity, uid)) }
            // The original goes only when its copy was seen (HAZARD 25): without its UID it is looked for first.
            return uid.map { Settlement(item.operation.id, .movedByCopy(validity, $0)) }
        } refused: { items, status in
            // COPY is done for all or for none (RFC 3501 section 6.4.7).
            try self.refuse(items.map(\.operation), status)
        }
    }

    /// - Parameter settled: nil where it is not known well enough what became of an item.
    private func transfer(
        _ items: [Item], to target: Folder, over exchange: ChangeExchange, isCopy: Bool = false,
        _ command: @Sendable (UIDSet) -> Command,
        settled: (Item, UIDValidity, UID?) -> Settlement?, refused: ([Item], StatusResponse) throws -> Void
    ) async throws {
        let operations = items.map(\.operation)
        var from: [FolderID: UID] = [:]
        do {
            if let uid = try await arrivals(in: target, over: exchange) { from[target.id] = uid }
        } catch ChangeObstacle.refused(let status) {
            return try refuse(operations, status)
        }
        try begin(operations, arrivesFrom: from, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid))), command)
        try journal.passed(.answered)
        let known = try journal.store.cursor(target.id)?.uidValidity
        var settlements: [Settlement] = []
        if isCopy, try await !areTrue(items, outcomes, from: from[target.id], in: target, over: exchange) { return }
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                try refused(part, outcome.status)
                continue
            }
            // COPYUID is a hint (HAZARDS 24, 29): believed in the epoch that is known.
            let copied = outcome.copied.flatMap { $0.0 == known ? $0.1 : nil }
            for item in part {
                // What the server does not name among others may have been gone before.
                if let copied, copied[item.uid] == nil { continue }
                let validity = known ?? outcome.copied?.0 ?? .first
                if let settlement = settled(item, validity, copied?[item.uid]) { settlements.append(settlement) }
            }
        }
        try settle(settlements, of: operations)
    }
}
