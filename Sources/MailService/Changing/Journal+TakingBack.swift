internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// What whoever asked for a change was told has failed does not happen later.
extension Journal {
    private static let unknownKey = "changes.unknown"

    /// What can be taken back of changes, and what cannot.
    struct Retreat {
        /// On the wire, or about to be, or their answer was lost.
        var open: [OperationID] = []
        /// They have not happened, and will not.
        var undone: [OperationID] = []
        /// They have happened, and what follows from them goes on.
        var done: [OperationID] = []
        /// Why the first of those was refused that the server refused.
        var failure: ChangeFailure?
        /// What keeps those of them that are not in `undone` or `done` from being written down: they are taken back before anything is sent.
        var obstacle: (any Error)?
    }

    /// Waits for the server's word for somebody who takes an error for a change that was not made: what was not sent is taken back then.
    /// Where the answer was lost another connection is waited for. A change of which the server has done a part has been made.
    ///
    /// - Throws: as `verdict`; `timedOut` where what became of it is not known after that long.
    func verdictOrNothing(of receipt: Receipt, within timeout: Duration, by clock: ServiceClock) async throws {
        do {
            try await verdict(of: receipt)
        } catch {
            let states = receipt.operations.compactMap { state(of: $0) }
            // What is done stays, and the rest of it follows. An operation that came to nothing is gone as well: then the error says so.
            let isUnanswered = error is CancellationError || ServiceError(error).isOfTheConnection
            if isUnanswered, states.count < receipt.operations.count, !states.contains(where: \.isFailed) { return }
            var retreat = try takeBack(receipt.operations)
            if retreat.obstacle != nil { disown(receipt.operations) }
            if retreat.open.isEmpty {
                if !retreat.done.isEmpty, retreat.undone.isEmpty, retreat.failure == nil { return }
                throw error
            }
            let deadline = clock.now + timeout
            var isUndone = !retreat.undone.isEmpty
            while !retreat.open.isEmpty {
                guard clock.now < deadline, facts.standing.isRunning, !Task.isCancelled else {
                    disown(retreat.open)
                    throw ServiceError.timedOut
                }
                let (open, states) = (retreat.open, retreat.open.map { state(of: $0) })
                await waiting.wait(until: deadline, by: clock) { open.map { state(of: $0) } != states }
                retreat = try takeBack(open)
                if let failure = retreat.failure { throw ServiceError(failure) }
                if retreat.obstacle != nil { disown(open) }
                isUndone = isUndone || !retreat.undone.isEmpty
            }
            if isUndone || retreat.obstacle != nil { throw error }
        }
    }

    /// Takes back what of these was not sent. An upload stays, as one that failed; what a server refused stays listed. A deletion whose answer
    /// was lost, and whose flag is seen, has happened though it waits.
    func takeBack(_ operations: [OperationID]) throws -> Retreat {
        try changing {
            var retreat = Retreat()
            for id in operations {
                guard let operation = view.withLock({ $0.journal[id] }) else { continue }
                if isDone(operation) || !operation.state.isFailed && isDeletedAlready(id) {
                    retreat.done.append(id)
                    continue
                }
                if case .failed(let failure) = operation.state {
                    retreat.failure = retreat.failure ?? failure
                    continue
                }
                guard view.withLock({ $0.claim(id) }) else {
                    retreat.open.append(id)
                    continue
                }
                defer { unclaim(operation) }
                do {
                    try takeBack(operation)
                    retreat.undone.append(id)
                } catch {
                    logger.warning("a change that failed cannot be taken back yet: \(error)")
                    retreat.obstacle = retreat.obstacle ?? error
                }
            }
            return retreat
        }
    }

    /// - Parameter operation: waits, and nobody sends it.
    private func takeBack(_ operation: Operation) throws {
        let failure = ChangeFailure(kind: .busy, text: "the server was not asked in time, and nothing was sent")
        switch operation.change {
        case .append: try fail([(operation.id, failure)])
        case .copy(_, let copy, _, _):
            guard let file = localFile(copy) else { return try remove([operation.id] + dependents(of: [operation.id])) }
            view.withLock { $0.hold(operation.id) }
            try uploadInstead(operation, file)
            try fail([(operation.id, failure)])
        case .createFolder(let id):
            try remove([operation.id])
            try forget(pending: id)
        case .move, .flags, .labels, .delete, .expunge, .deleteFolder, .renameFolder:
            try remove([operation.id] + dependents(of: [operation.id]))
        }
    }

    /// Gives a file whose upload was taken back, or refused, the place and name that it had.
    ///
    /// - Parameter old: as it was before somebody renamed it.
    func renameBack(_ old: LocalFile) throws {
        try changing {
            try watching([old.id]) {
                let upload = claim(old.id) { if case .append = $0.change { $0.state.isFailed } else { false } }
                defer { unclaim(upload) }
                guard let upload, var file = localFile(old.id) else { return }
                file.folder = old.folder
                file.name = old.name
                guard old.purpose == .scratch else {
                    let change = upload.change.redirected(to: old.folder, name: old.name)
                    try write(JournalEntry(amended: [.init(upload.id, change)], files: [file]))
                    return
                }
                file.purpose = .scratch
                file.ownName = old.ownName
                try write(JournalEntry(removed: [upload.id], files: [file]))
            }
        }
    }

    /// Gives a message of the same folder its name back, and the one whose name it had taken that name, where it still has it and both are
    /// there.
    func renameBack(_ id: MessageID, to old: [UInt8], of replaced: MessageID, _ name: [UInt8]) throws {
        try changing {
            try watching([id, replaced]) {
                let isSo = view.withLock { view in
                    guard let message = view.shown(id), let other = view.shown(replaced) else { return false }
                    return message.summary.name == name && message.folder == other.folder
                        && ![id, replaced].contains {
                            view.journal.operations(of: $0).contains { $0.change.target != nil }
                        }
                }
                guard isSo else { return }
                try write(JournalEntry(naming: .init(id, old)))
                try write(JournalEntry(naming: .init(replaced, name)))
            }
        }
    }

    /// A folder that will not be made.
    func forget(pending id: FolderID) throws {
        guard facts.folder(id)?.attributes.contains(.pending) == true else { return }
        try store.removeFolder(id)
        try inOrder {
            take(folders: [], removed: [id])
            showFolders()
        }
    }

    /// Folders whose making was not written down when an earlier run ended: who asked for them had no answer.
    func forgetUnmade() throws {
        let unfounded = view.withLock { view in
            view.journal.operations.filter {
                if case .createFolder(let id) = $0.change { facts.folder(id) == nil } else { false }
            }
        }
        if !unfounded.isEmpty { try changing { try remove(unfounded.map(\.id)) } }
        for folder in facts.folders where folder.attributes.contains(.pending) && !isNeeded(folder.id) {
            try store.removeFolder(folder.id)
            // Nothing is shown yet.
            try inOrder { take(folders: [], removed: [folder.id]) }
        }
    }

    // MARK: - Unknown outcomes

    /// Nobody waits for these any more, and whoever did takes them for failed: they are looked for, and never sent again by themselves, in
    /// this run where it cannot be written down.
    func disown(_ operations: [OperationID]) {
        do {
            try keepUnknown(unknown.withLock { $0 }.union(operations))
        } catch {
            logger.warning("which changes have no answer is not stored: \(error)")
        }
    }

    /// Takes back those of them that are known now to have had no effect. A deletion that had one goes on, so that it can be brought
    /// back, and is expunged.
    func takeBackUnknown() throws -> [OperationID] {
        let open = unknown.withLock { $0 }
        if open.isEmpty { return [] }
        let retreat = try takeBack(open.sorted().filter { state(of: $0) == .waiting && !isDeletedAlready($0) })
        if let obstacle = retreat.obstacle { throw obstacle }
        try keepUnknown(open)
        return retreat.undone
    }

    private func isDeletedAlready(_ id: OperationID) -> Bool {
        view.withLock { view in
            guard case .delete(let message)? = view.journal[id]?.change else { return false }
            return view.truth(of: message)?.summary.flags.isDeleted == true
        }
    }

    /// Changes whose answer was lost, and whose caller was told so.
    var unknownChanges: [FailedChange] {
        let operations = unknown.withLock { $0 }.sorted().compactMap { id in view.withLock { $0.journal[id] } }
        return operations.filter { !$0.state.isFailed && !isDone($0) }.map { operation in
            FailedChange(
                id: operation.id, operation: operation.change.word, path: path(of: operation),
                error: "the server did not answer: whether it was done is looked up")
        }
    }

    /// Those of an earlier run whose answer is still not known.
    func restoreUnknown() throws {
        let text = try store.setting(Self.unknownKey) ?? ""
        let known = Set(text.split(separator: " ").compactMap { Int64($0).map(OperationID.init(rawValue:)) })
        if !known.isEmpty { try keepUnknown(known) }
    }

    private func keepUnknown(_ operations: Set<OperationID>) throws {
        let left = view.withLock { view in operations.compactMap { view.journal[$0] } }
        let open = Set(left.filter { !$0.state.isFailed && !isDone($0) }.map(\.id))
        let isSame = unknown.withLock { known in
            defer { known = open }
            return known == open
        }
        if isSame { return }
        let text = open.sorted().map { String($0.rawValue) }.joined(separator: " ")
        try store.setSetting(Self.unknownKey, text.isEmpty ? nil : text)
    }
}
