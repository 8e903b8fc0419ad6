internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync

extension ChangeSender {
    /// A label is a folder: those that the messages come to, or leave, are brought up to date afterwards.
    func label(_ change: LabelChange, _ items: [Item], in folder: Folder, over exchange: ChangeExchange) async throws {
        let operations = items.map(\.operation)
        guard exchange.capabilities.has(.gmail) else {
            return try give(up: operations, ChangeFailure(kind: .refused, text: "the server has no labels"))
        }
        let labels = change.labels
        let usesUTF8 = facts.usesUTF8
        let raw = labels.wire(usesUTF8: usesUTF8)
        guard !raw.isEmpty else { return try settle(try items.map { try labelled($0, nil, change) }, of: operations) }
        try begin(operations, over: exchange)
        let outcomes = try await exchange.perform(
            ChangeExchange.parts(of: UIDSet(items.map(\.uid))), change.command(raw))
        try journal.passed(.answered)
        var settlements: [Settlement] = []
        var refused: [(items: [Item], status: StatusResponse)] = []
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                refused.append((part, outcome.status))
                continue
            }
            for item in part { settlements.append(try labelled(item, outcome.labels[item.uid], change)) }
        }
        try settle(settlements, of: operations)
        for part in refused { settlements += try await labelApart(change, part.items, part.status, over: exchange) }
        guard !settlements.isEmpty else { return }
        var touched = labels
        for settlement in settlements {
            if case .labelled(let now) = settlement.outcome { touched = touched.union(now) }
        }
        let others = facts.folders(of: touched, usesUTF8: usesUTF8) + facts.folders.filter { $0.specialUse == .all }
        for id in Set(others.filter(\.isSynchronised).map(\.id) + [folder.id]) { await scheduler.heard(of: id) }
        // A label that nothing had before is a new folder.
        let isNew = zip(labels.names, raw).contains { !$0.hasPrefix("\\") && facts.folder(named: $1) == nil }
        if case .add = change, isNew { journal.heardOfFolders() }
    }

    /// A change that was refused is sent label by label, as it may be several of a user's: what the server takes is done, and what is left of
    /// the operations was refused.
    private func labelApart(
        _ change: LabelChange, _ items: [Item], _ status: StatusResponse, over exchange: ChangeExchange
    ) async throws -> [Settlement] {
        let operations = items.map(\.operation)
        let single = change.single
        guard single.count > 1, !status.isBusy else {
            try refuse(operations, status)
            return []
        }
        let uids = UIDSet(items.map(\.uid))
        var taken: [LabelChange] = []
        var left: [LabelChange] = []
        var last = status
        var told: [UID: Labels] = [:]
        for one in single {
            let raw = one.labels.wire(usesUTF8: facts.usesUTF8)
            let outcomes = try await exchange.perform([uids], one.command(raw))
            if let refusal = outcomes.map(\.1.status).first(where: { $0.kind != .ok }) {
                left.append(one)
                last = refusal
            } else {
                taken.append(one)
                for (_, outcome) in outcomes { told.merge(outcome.labels) { $1 } }
            }
        }
        guard let done = LabelChange.merged(taken) else {
            try refuse(operations, status)
            return []
        }
        let rest = LabelChange.merged(left)
        let apart = try journal.takeApart(
            operations, { .labels($0, done) }, left: rest.map { rest in { .labels($0, rest) } })
        defer { journal.unclaim(apart.done.filter { done in !operations.contains { $0.id == done.id } }) }
        let messages = Dictionary(
            items.map { ($0.message.summary.id, $0) }, uniquingKeysWith: { first, _ in first })
        let settlements = try apart.done.compactMap { operation -> Settlement? in
            guard let item = operation.change.message.flatMap({ messages[$0] }) else { return nil }
            return try labelled(item, told[item.uid], done, by: operation.id)
        }
        try settle(settlements, of: apart.done)
        if !apart.left.isEmpty { try refuse(apart.left, last) }
        return settlements
    }

    /// - Parameter told: the labels as the server answered them.
    private func labelled(
        _ item: Item, _ told: Labels?, _ change: LabelChange, by operation: OperationID? = nil
    ) throws -> Settlement {
        let known = try journal.store.labels(of: item.message.summary.id) ?? Labels([])
        return Settlement(operation ?? item.operation.id, .labelled(told ?? change.applied(to: known)))
    }
}

extension LabelChange {
    fileprivate var labels: Labels {
        switch self {
        case .add(let labels), .remove(let labels): labels
        }
    }

    /// A change for each label, which together do the same.
    fileprivate var single: [LabelChange] {
        labels.names.map { name in
            switch self {
            case .add: .add(Labels([name]))
            case .remove: .remove(Labels([name]))
            }
        }
    }

    /// nil where there is none, or where they are not of one kind.
    fileprivate static func merged(_ changes: [LabelChange]) -> LabelChange? {
        changes.dropFirst().reduce(changes.first) { merged, next in merged?.merged(with: next) }
    }

    /// - Parameter raw: the labels as the server spells them.
    fileprivate func command(_ raw: [[UInt8]]) -> @Sendable (UIDSet) -> Command {
        let action: StoreAction =
            switch self {
            case .add: .add
            case .remove: .remove
            }
        return { .uidStoreLabels($0, action, raw) }
    }
}
