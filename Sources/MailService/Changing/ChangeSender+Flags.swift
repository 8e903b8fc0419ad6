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
        let unkept = change.single.filter { !exchange.keeps($0.flags) }
        if unkept.isEmpty || unkept.count < change.single.count { try begin(operations, over: exchange) }
        guard unkept.isEmpty else { return try await storeApart(change, items, .notKept, over: exchange) }
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid))), change.command)
        try journal.passed(.answered)
        var settlements: [Settlement] = []
        var untrue: [[FlagChange]: [(Item, Flags)]] = [:]
        var refused: [(items: [Item], status: StatusResponse)] = []
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                refused.append((part, outcome.status))
                continue
            }
            // Servers say OK, and keep no flag that one has no right to, or that they do not know (RFC 4314, HAZARD 129).
            let flags = try await exchange.flags(of: UIDSet(part.map(\.uid)), told: outcome.flags)
            for item in part {
                let told = flags[item.uid] ?? change.result(on: item.message.summary.flags)
                let left = change.single.filter { $0.result(on: told) != told }
                if left.isEmpty {
                    settlements.append(Settlement(item.operation.id, .flagged(told)))
                } else {
                    untrue[left, default: []].append((item, told))
                }
            }
        }
        try settle(settlements, of: operations)
        for (left, items) in untrue { try takeApart(change, items, left: left, .notKept) }
        for part in refused { try await storeApart(change, part.items, part.status, over: exchange) }
    }

    /// These messages have the flags that are told; what is left of the change was refused.
    private func takeApart(
        _ change: FlagChange, _ items: [(Item, Flags)], left: [FlagChange], _ status: StatusResponse
    ) throws {
        let operations = items.map(\.0.operation)
        let done = change.single.filter { !left.contains($0) }
        guard let kept = done.merged else { return try refuse(operations, status) }
        let apart = try journal.takeApart(
            operations, { .flags($0, kept) }, left: left.merged.map { rest in { .flags($0, rest) } })
        defer { journal.unclaim(apart.done.filter { done in !operations.contains { $0.id == done.id } }) }
        let told = Dictionary(
            items.map { ($0.0.message.summary.id, $0.1) }, uniquingKeysWith: { first, _ in first })
        try settle(
            apart.done.compactMap { operation in
                operation.change.message.flatMap { told[$0] }.map { Settlement(operation.id, .flagged($0)) }
            }, of: apart.done)
        if !apart.left.isEmpty { try refuse(apart.left, status) }
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
            guard exchange.keeps(one.flags) else {
                left.append(one)
                last = .notKept
                continue
            }
            let outcomes = try await exchange.perform([uids], one.command)
            if let refusal = outcomes.map(\.1.status).first(where: { $0.kind != .ok }) {
                left.append(one)
                last = refusal
            } else {
                taken.append(one)
                for (_, outcome) in outcomes { told.merge(outcome.flags) { $1 } }
            }
        }
        guard let done = taken.merged else { return try refuse(operations, status) }
        let flags = try await exchange.flags(of: uids, told: told)
        var groups: [[FlagChange]: [(Item, Flags)]] = [:]
        for item in items {
            let told = flags[item.uid] ?? done.result(on: item.message.summary.flags)
            groups[left + taken.filter { $0.result(on: told) != told }, default: []].append((item, told))
        }
        for (left, items) in groups { try takeApart(change, items, left: left, last) }
    }

    func flagDeleted(_ items: [Item], in folder: Folder, over exchange: ChangeExchange) async throws {
        let operations = items.map(\.operation)
        guard exchange.keeps(Flags(system: .deleted)) else { return try giveUpDeletions(operations) }
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
            // Without the right to it (RFC 4314, `t`) servers say OK, and that the message has the flags that it had, or nothing.
            let flags = try await exchange.flags(of: UIDSet(part.map(\.uid)), told: outcome.flags)
            let isKept = { (item: Item) in flags[item.uid]?.isDeleted ?? true }
            unkept += part.filter { !isKept($0) }.map(\.operation)
            settlements += part.filter(isKept).map { item in
                let due = journal.isOriginal(item.operation.id) ? journal.deletionClock.now : journal.expungeDue
                return Settlement(item.operation.id, .deleted(expungeDue: facts.canExpunge ? due : nil))
            }
        }
        try settle(settlements, of: operations)
        if !unkept.isEmpty { try giveUpDeletions(unkept) }
        let isUnkept = Set(unkept.map(\.id))
        try journal.dropExpunges(
            of: items.filter { !isUnkept.contains($0.operation.id) }.map { $0.message.summary.id })
    }

    private func giveUpDeletions(_ operations: [Operation]) throws {
        let failure = ChangeFailure(kind: .accessDenied, text: "the server does not let it be marked as deleted")
        try give(up: operations, failure)
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

extension StatusResponse {
    /// What is told of flags that a server says it has set, and has not.
    fileprivate static let notKept = StatusResponse(
        kind: .no, code: .noPerm, text: "the server does not keep this flag in this folder")
}

extension FlagChange {
    fileprivate var flags: Flags {
        switch self {
        case .replace(let flags), .add(let flags), .remove(let flags): flags
        }
    }

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
