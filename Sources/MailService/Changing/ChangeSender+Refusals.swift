internal import IMAPCodec
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension ChangeSender {
    /// What a NO or BAD to one operation alone means.
    func refuse(_ operation: Operation, _ status: StatusResponse) throws {
        apart.remove(operation.id)
        if status.isBusy, pause(operation.id, status) {
            try back([operation])
            journal.waiting.stall(status.busyError, only: [operation.id])
            return
        }
        pauses[operation.id] = nil
        var failure = ChangeFailure(status, isOfName: operation.change.folder != nil)
        if status.isBusy { failure.kind = .busy }
        if failure.kind == .refused, operation.change.origin != nil, suspected.insert(operation.id).inserted {
            // Often the message, or its folder, is gone: it is looked for before the refusal is believed.
            try back([operation])
            throw ChangeObstacle.doubtful
        }
        try journal.changing { try journal.give(up: [operation], failure) }
    }

    /// Several were refused in one command: those that had no effect are sent one by one, or not at all where that cannot help.
    func refuse(_ operations: [Operation], _ status: StatusResponse) throws {
        if let only = operations.first, operations.count == 1 { return try refuse(only, status) }
        if status.isBusy {
            for operation in operations { _ = pause(operation.id, status) }
            try back(operations)
            journal.waiting.stall(status.busyError, only: Set(operations.map(\.id)))
        } else if status.concernsAll {
            try journal.changing { try journal.give(up: operations, ChangeFailure(status)) }
        } else {
            for operation in operations { apart.insert(operation.id) }
            try back(operations)
        }
    }

    /// Part of a move of several may have been done: what was not is sent by itself, or fails, once both folders are known.
    func refuseInDoubt(_ operations: [Operation], _ status: StatusResponse) {
        for operation in operations {
            if status.isBusy {
                _ = pause(operation.id, status)
            } else if status.concernsAll {
                refused[operation.id] = ChangeFailure(status)
            } else {
                apart.insert(operation.id)
            }
        }
    }

    /// - Returns: false where it was tried too often.
    private func pause(_ id: OperationID, _ status: StatusResponse) -> Bool {
        let times = (pauses[id]?.times ?? 0) + 1
        guard times <= Self.mostPauses else { return false }
        pauses[id] = Pause(until: clock.now + min(.seconds(1 << min(times - 1, 9)), Self.longestPause), times: times)
        return true
    }

    /// An operation that was sent waits again: the server said that it had no effect.
    func back(_ operations: [Operation]) throws {
        try journal.setWaiting(operations.map(\.id), answered: true)
    }

    func forget(_ operations: [Operation]) {
        for operation in operations {
            pauses[operation.id] = nil
            apart.remove(operation.id)
            doubted.remove(operation.id)
            refused[operation.id] = nil
            suspected.remove(operation.id)
        }
    }

    /// Some wait longer than others: nothing of a paused one is looked for either.
    func isPaused(_ id: OperationID) -> Bool { pauses[id].map { $0.until > clock.now } ?? false }
}
