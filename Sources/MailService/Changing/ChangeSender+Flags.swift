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
        let (action, flags): (StoreAction, Flags) =
            switch change {
            case .replace(let flags): (.replace, flags)
            case .add(let flags): (.add, flags)
            case .remove(let flags): (.remove, flags)
            }
        try begin(operations, over: exchange)
        let outcomes = try await exchange.perform(ChangeExchange.parts(of: UIDSet(items.map(\.uid)))) { set in
            .uidStore(set, action, flags, silent: false, unchangedSince: nil)
        }
        try journal.passed(.answered)
        var settlements: [Settlement] = []
        for (set, outcome) in outcomes {
            let part = items.filter { set.contains($0.uid) }
            guard outcome.status.kind == .ok else {
                try refuse(part.map(\.operation), outcome.status)
                continue
            }
            for item in part {
                let told = outcome.flags[item.uid] ?? change.result(on: item.message.summary.flags)
                settlements.append(Settlement(item.operation.id, .flagged(told)))
            }
        }
        try settle(settlements, of: operations)
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
