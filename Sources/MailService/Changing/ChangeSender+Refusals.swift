internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync

extension ChangeSender {
    /// A NO or BAD to one operation alone.
    ///
    /// - Throws: `ChangeObstacle.doubtful` where its message is looked for before that is believed.
    func refuse(_ operation: Operation, _ status: StatusResponse) throws {
        let refusal = Refusal(status, isOfName: operation.change.folder != nil)
        let now = clock.elapsed
        let stage = fates.change(operation) { $0.refused(refusal, at: now) }
        switch stage {
        case .failed(let failure):
            if try !sendWithoutKeywords(operation, failure) { try give(up: [operation], failure) }
        case .paused:
            try back([operation])
            journal.waiting.stall(status.busyError, only: [operation.id])
        case .waiting, .apart, .doubted, .sent, .refused, .done:
            try back([operation])
            // Nothing is to be looked for where the server has no message.
            if operation.change.origin != nil { throw ChangeObstacle.doubtful }
        }
    }

    /// A keyword that the server will not have takes no upload with it: the text is sent without keywords, and they follow by themselves.
    ///
    /// - Returns: false where it has none, or was refused for something else.
    private func sendWithoutKeywords(_ operation: Operation, _ failure: ChangeFailure) throws -> Bool {
        guard case .append(let id, let folder, let name, var upload) = operation.change,
            !upload.flags.keywords.isEmpty, failure.kind == .refused || failure.kind == .accessDenied
        else { return false }
        let change = Change.flags(id, .add(Flags(keywords: upload.flags.keywords)))
        guard journal.permits(change) else { return false }
        upload.flags = Flags(system: upload.flags.system)
        fates.forget([operation.id])
        try journal.changing {
            try back([operation])
            try journal.write(
                JournalEntry(
                    amended: [.init(operation.id, .append(id, to: folder, name: name, upload))],
                    recorded: [NewOperation(change, after: .operation(operation.id))]))
        }
        return true
    }

    /// Several were refused in one command: those that had no effect are sent one by one, or not at all where that cannot help.
    func refuse(_ operations: [Operation], _ status: StatusResponse) throws {
        if let only = operations.first, operations.count == 1 { return try refuse(only, status) }
        let refusal = Refusal(status)
        let now = clock.elapsed
        var failed: [Operation] = []
        for operation in operations {
            let stage = fates.change(operation) { $0.refusedTogether(refusal, at: now) }
            if case .failed = stage { failed.append(operation) }
        }
        if !failed.isEmpty {
            let lost = try failed.filter { try !sendWithoutKeywords($0, refusal.failure) }
            return lost.isEmpty ? () : try give(up: lost, refusal.failure)
        }
        try back(operations)
        if refusal.isBusy { journal.waiting.stall(status.busyError, only: Set(operations.map(\.id))) }
    }

    /// Part of a move of several may have been done: what was not is sent by itself, or fails, once both folders are known.
    func refuseInDoubt(_ operations: [Operation], _ status: StatusResponse) {
        let refusal = Refusal(status)
        let now = clock.elapsed
        for operation in operations { fates.change(operation) { $0.refusedInDoubt(refusal, at: now) } }
    }

    /// The folder of these messages cannot be opened, and the server does not say why: it is tried again for a while.
    func refuseOpening(_ operations: [Operation], _ status: StatusResponse) throws {
        let (refusal, now) = (Refusal(status), clock.elapsed)
        var failed: [Operation] = []
        for operation in operations {
            let stage = fates.change(operation) { $0.unopened(refusal, at: now) }
            if case .failed = stage { failed.append(operation) }
        }
        if !failed.isEmpty { try give(up: failed, ChangeFailure(kind: .gone, text: refusal.failure.text)) }
        journal.waiting.stall(status.busyError, only: Set(operations.map(\.id)))
    }

    /// The folder that these were to go to is not known to the server: where it has another name, that is where they are sent next.
    func meetUnknown(_ target: Folder, _ operations: [Operation], _ status: StatusResponse) async throws {
        try await steward.listNow()
        guard let known = facts.folder(target.id), known.rawName != target.rawName else {
            return try refuse(operations, status)
        }
        for operation in operations { fates.change(operation) { $0.hadNoEffect() } }
        try back(operations)
    }

    /// An operation that was sent waits again: the server said that it had no effect.
    func back(_ operations: [Operation]) throws {
        try journal.setWaiting(operations.map(\.id), answered: true)
    }

    /// An operation will not be done, whatever else it could become.
    func fail(_ operation: Operation, _ failure: ChangeFailure) throws {
        fates.forget([operation.id])
        try journal.changing { try journal.fail([(operation.id, failure)]) }
    }

    /// Operations will never be done as they are.
    func give(up operations: [Operation], _ failure: ChangeFailure) throws {
        fates.forget(operations.map(\.id))
        try journal.changing { try journal.give(up: operations, failure) }
    }
}

extension Refusal {
    /// - Parameter isOfName: it is about a folder's name.
    init(_ status: StatusResponse, isOfName: Bool = false) {
        self.init(
            failure: ChangeFailure(status, isOfName: isOfName), isBusy: status.isBusy, concernsAll: status.concernsAll)
    }
}

extension StatusResponse {
    /// The server does not know the folder that was named.
    var isOfUnknownFolder: Bool { !isBusy && ChangeFailure(self).kind == .noSuchFolder }
}
