internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import MailTree
internal import Synchronization

extension Journal {
    /// - Returns: operations to wait for.
    func deleteWatched(_ id: MessageID, after: NewOperation.After?) throws -> [OperationID] {
        if let file = localFile(id), isUnsent(id) { return try deleteUnsent(file, after: after) }
        guard let shown = view.withLock({ $0.shown(id) }) else { throw ServiceError.gone }
        // What is not on the server yet, or not there yet, need not be sent at all.
        let placing = claim(id, where: \.isPlacing)
        defer { unclaim(placing) }
        switch placing?.change {
        case .append, .copy:
            if let placing { return try deleteWaiting(shown, placing) }
        default: break
        }
        try requireChangeable(shown.folder)
        let new = try removal(of: id, after: after)
        if let placing, case .move = placing.change, let change = new.first?.change {
            if case .move(_, let target, let name) = change {
                try replace(
                    placing.id, with: placing.change.redirected(to: target, name: name),
                    needsRelease: new.first?.needsRelease ?? false)
                return [placing.id]
            }
            // It comes back where it was deleted, so it is brought there.
            if FileKind(name: shown.summary.name) == .message, creation(of: shown.folder) == nil {
                return try record(new)
            }
            return try write(JournalEntry(recorded: new, removed: [placing.id]))
        }
        return try record(new)
    }

    /// What deletes a message of the server as the policy says, held where that is beyond the limit, which a new version of a draft never is;
    /// nothing for a file that is only here. Of a draft that has another content here that is nobody's upload, it is what the server has.
    ///
    /// - Throws: `readOnly`; `notPermitted` where deleted mail has nowhere to go.
    func removal(of id: MessageID, after: NewOperation.After?) throws -> [NewOperation] {
        guard let shown = deletable(id) else { return [] }
        try requireChangeable(shown.folder)
        let isRewritten = after != nil && facts.folder(shown.folder)?.specialUse == .drafts
        let isHeld = try isRewritten ? false : holdsDeletion(in: shown.folder)
        guard deletesByMoving, !facts.isTrash(shown.folder) else {
            return [NewOperation(.delete(id), after: after, needsRelease: isHeld)]
        }
        var removal = try removalToTrash(of: shown.summary, after: after)
        removal.needsRelease = isHeld
        try noteTrashed(shown.summary, in: shown.folder)
        return [removal]
    }

    /// - Parameter id: that it has when this is recorded, where it gets another one.
    private func removalToTrash(
        of message: MessageSummary, as id: MessageID? = nil, after: NewOperation.After?
    ) throws -> NewOperation {
        let id = id ?? message.id
        let trash = try trashFolder()
        let name = try freeName(try ownName(message), in: trash.id, for: id)
        return NewOperation(
            .move(id, to: trash.id, name: name),
            after: after ?? creation(of: trash.id).map { .operation($0.id) })
    }

    /// What takes the old version of a draft away, once the new one is there.
    ///
    /// - Parameter id: that it has from then on.
    func removalOfDraft(_ draft: AccountView.Place, as id: MessageID) throws -> NewOperation {
        guard facts.isGmail, facts.trash != nil else { return NewOperation(.delete(id), after: .earlier(0)) }
        try noteTrashed(draft.summary, as: id, in: draft.folder)
        return try removalToTrash(of: draft.summary, as: id, after: .earlier(0))
    }

    /// When a message that is flagged as deleted now is expunged, by `deletionClock`; nil: never.
    var expungeDue: Int64? {
        guard configuration.deletion != .mark, facts.canExpunge else { return nil }
        return deletionClock.now + configuration.expungeAfter
    }

    // MARK: - Flags

    /// - Returns: operations to wait for.
    func setFlagsWatched(_ id: MessageID, _ changes: [FlagChange]) throws -> [OperationID] {
        let last = claim(id) { operation in
            switch operation.change {
            case .append: true
            case .flags: operation.state == .waiting
            default: false
            }
        }
        defer { unclaim(last) }
        var entry = JournalEntry()
        var open: [OperationID] = []
        switch last?.change {
        case .append(let message, let folder, let name, var upload):
            guard let last else { break }
            upload.flags = changes.reduce(upload.flags) { $1.applied(to: $0) }
            try replace(last.id, with: .append(message, to: folder, name: name, upload))
            return last.state == .waiting ? [last.id] : []
        case .flags(_, let earlier):
            guard let last else { break }
            let (merged, others) = earlier.merged(with: changes)
            if merged != earlier { entry.amended = [.init(last.id, .flags(id, merged))] }
            entry.recorded = others.map { NewOperation(.flags(id, $0)) }
            open = [last.id]
        default:
            entry.recorded = changes.map { NewOperation(.flags(id, $0)) }
        }
        return open + (try write(entry))
    }
}
