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
        let (action, labels): (StoreAction, Labels) =
            switch change {
            case .add(let labels): (.add, labels)
            case .remove(let labels): (.remove, labels)
            }
        let usesUTF8 = facts.usesUTF8
        let raw = labels.wire(usesUTF8: usesUTF8)
        guard !raw.isEmpty else { return try settle(try items.map { try labelled($0, nil, change) }, of: operations) }
        try begin(operations, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid)))) { set in
            .uidStoreLabels(set, action, raw)
        }
        try journal.passed(.answered)
        var settlements: [Settlement] = []
        var touched = labels
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                try refuse(part.map(\.operation), outcome.status)
                continue
            }
            for item in part {
                let settlement = try labelled(item, outcome.labels[item.uid], change)
                if case .labelled(let now) = settlement.outcome { touched = touched.union(now) }
                settlements.append(settlement)
            }
        }
        try settle(settlements, of: operations)
        guard !settlements.isEmpty else { return }
        let others = facts.folders(of: touched, usesUTF8: usesUTF8) + facts.folders.filter { $0.specialUse == .all }
        for id in Set(others.filter(\.isSynchronised).map(\.id) + [folder.id]) { await scheduler.heard(of: id) }
        // A label that nothing had before is a new folder.
        let isNew = zip(labels.names, raw).contains { !$0.hasPrefix("\\") && facts.folder(named: $1) == nil }
        if case .add = change, isNew { journal.heardOfFolders() }
    }

    /// - Parameter told: the labels as the server answered them.
    private func labelled(_ item: Item, _ told: Labels?, _ change: LabelChange) throws -> Settlement {
        let known = try journal.store.labels(of: item.message.summary.id) ?? Labels([])
        return Settlement(item.operation.id, .labelled(told ?? change.applied(to: known)))
    }
}
