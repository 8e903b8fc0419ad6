internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension Journal {
    /// The labels that are shown of a message; nil where the server is not known to have any, or does not have the message yet.
    func labels(of id: MessageID) throws -> Labels? {
        guard let told = try store.labels(of: id) else { return nil }
        return view.withLock { view in
            view.journal.operations(of: id).reduce(told) { labels, operation in
                guard !operation.state.isFailed, case .labels(_, let change) = operation.change else { return labels }
                return change.applied(to: labels)
            }
        }
    }

    /// Gives a message other labels, in one entry.
    ///
    /// - Parameter edit: what is wanted, from what is shown.
    /// - Throws: `notPermitted` where `labels(of:)` is nil; `readOnly`, `gone`.
    func setLabels(_ id: MessageID, _ edit: (Labels) -> Labels) throws -> Receipt {
        try changing {
            try watching([id]) {
                guard let shown = view.withLock({ $0.shown(id) }) else { throw ServiceError.gone }
                guard let seen = try labels(of: id) else {
                    throw ServiceError.notPermitted("the message has no labels")
                }
                let wanted = edit(seen)
                let more = wanted.subtracting(seen)
                let less = seen.subtracting(wanted)
                let changes: [LabelChange] = (more.isEmpty ? [] : [.add(more)]) + (less.isEmpty ? [] : [.remove(less)])
                if changes.isEmpty { return Receipt() }
                try requireChangeable(shown.folder)
                return Receipt(try setLabelsWatched(id, changes))
            }
        }
    }

    /// - Returns: operations to wait for.
    private func setLabelsWatched(_ id: MessageID, _ changes: [LabelChange]) throws -> [OperationID] {
        let last = claim(id) { operation in
            if case .labels = operation.change { operation.state == .waiting } else { false }
        }
        defer { unclaim(last) }
        guard let last, case .labels(_, let earlier) = last.change else {
            return try write(JournalEntry(recorded: changes.map { NewOperation(.labels(id, $0)) }))
        }
        var entry = JournalEntry()
        var merged = earlier
        var others = changes[...]
        while let next = others.first, let both = merged.merged(with: next) {
            merged = both
            others.removeFirst()
        }
        if merged != earlier { entry.amended = [.init(last.id, .labels(id, merged))] }
        entry.recorded = others.map { NewOperation(.labels(id, $0)) }
        return [last.id] + (try write(entry))
    }
}

extension LabelChange {
    /// One change that does what this one and then the other do; nil where there is none.
    func merged(with later: LabelChange) -> LabelChange? {
        switch (self, later) {
        case (.add(let first), .add(let second)): .add(first.union(second))
        case (.remove(let first), .remove(let second)): .remove(first.union(second))
        case (.add, .remove), (.remove, .add): nil
        }
    }
}
