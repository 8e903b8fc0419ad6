internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension ChangeSender {
    func store(_ change: FlagChange, _ items: [Item], over exchange: ChangeExchange) async throws {
        let operations = items.map(\.operation)
        try begin(operations, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid))), change.command)
        try journal.passed(.answered)
        var settlements: [Settlement] = []
        var refused: [(items: [Item], status: StatusResponse)] = []
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                refused.append((part, outcome.status))
                continue
            }
            for item in part {
                let told = outcome.flags[item.uid] ?? change.result(on: item.message.summary.flags)
                settlements.append(Settlement(item.operation.id, .flagged(told)))
            }
        }
        try settle(settlements, of: operations)
        for part in refused { try await storeApart(change, part.items, part.status, over: exchange) }
    }

    /// A change that was refused is sent flag by flag, as it may be several of a user's: what the server takes is done, and what is left of
    /// the operations was refused.
    private func storeApart(
        _ change: FlagChange, _ items: [Item], _ status: StatusResponse, over exchange: ChangeExchange
    ) async throws {
        let operations = items.map(\.operation)
        let single = change.single
        guard single.count > 1, !status.isBusy else { return try refuse(operations, status) }
        let uids = UIDSet(items.map(\.uid))
        var taken: [FlagChange] = []
        var left: [FlagChange] = []
        var last = status
        var told: [UID: Flags] = [:]
        for one in single {
            let outcomes = try await exchange.perform([uids], one.command)
            if let refusal = outcomes.map(\.1.status).first(where: { $0.kind != .ok }) {
                left.append(one)
                last = refusal
            } else {
                taken.append(one)
                for (_, outcome) in outcomes { told.merge(outcome.flags) { $1 } }
            }
        }
        guard let done = taken.first?.merged(with: Array(taken.dropFirst())).merged else {
            return try refuse(operations, status)
        }
        let rest = left.first?.merged(with: Array(left.dropFirst())).merged
        let apart = try journal.takeApart(
            operations, { .flags($0, done) }, left: rest.map { rest in { .flags($0, rest) } })
        defer { journal.unclaim(apart.done.filter { done in !operations.contains { $0.id == done.id } }) }
        let messages = Dictionary(
            items.map { ($0.message.summary.id, $0) }, uniquingKeysWith: { first, _ in first })
        try settle(
            apart.done.compactMap { operation in
                guard let item = operation.change.message.flatMap({ messages[$0] }) else { return nil }
                let flags = told[item.uid] ?? done.result(on: item.message.summary.flags)
                return Settlement(operation.id, .flagged(flags))
            }, of: apart.done)
        if !apart.left.isEmpty { try refuse(apart.left, last) }
    }

    func flagDeleted(_ items: [Item], in folder: Folder, over exchange: ChangeExchange) async throws {
        let operations = items.map(\.operation)
        try begin(operations, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid)))) { set in
            .uidStore(set, .add, Flags(system: .deleted), silent: false, unchangedSince: nil)
        }
        try journal.passed(.answered)
        try journal.deletionClock.keepNow()
        var settlements: [Settlement] = []
        var unkept: [Operation] = []
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                try refuse(part.map(\.operation), outcome.status)
                continue
            }
            // Without the right to it (RFC 4314, `t`) servers say OK, and that the message has the flags that it had.
            let isKept = { (item: Item) in outcome.flags[item.uid]?.isDeleted ?? true }
            unkept += part.filter { !isKept($0) }.map(\.operation)
            settlements += part.filter(isKept).map { item in
                let due = journal.isOriginal(item.operation.id) ? journal.deletionClock.now : journal.expungeDue
                return Settlement(item.operation.id, .deleted(expungeDue: facts.canExpunge ? due : nil))
            }
        }
        try settle(settlements, of: operations)
        if !unkept.isEmpty {
            let failure = ChangeFailure(kind: .accessDenied, text: "the server does not let it be marked as deleted")
            try give(up: unkept, failure)
        }
        let isUnkept = Set(unkept.map(\.id))
        try journal.dropExpunges(
            of: items.filter { !isUnkept.contains($0.operation.id) }.map { $0.message.summary.id })
    }

    func expunge(_ items: [Item], over exchange: ChangeExchange) async throws {
        guard exchange.capabilities.has(.uidPlus) else { return }
        let operations = items.map(\.operation)
        try begin(operations, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid)))) {
            .uidExpunge($0)
        }
        try journal.passed(.answered)
        var settlements: [Settlement] = []
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                try refuse(part.map(\.operation), outcome.status)
                continue
            }
            settlements += part.map { Settlement($0.operation.id, .expunged) }
        }
        try settle(settlements, of: operations)
    }
}

extension FlagChange {
    fileprivate var command: @Sendable (UIDSet) -> Command {
        let (action, flags): (StoreAction, Flags) =
            switch self {
            case .replace(let flags): (.replace, flags)
            case .add(let flags): (.add, flags)
            case .remove(let flags): (.remove, flags)
            }
        return { .uidStore($0, action, flags, silent: false, unchangedSince: nil) }
    }
}
