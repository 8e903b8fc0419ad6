internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

extension ChangeSender {
    /// The operation is claimed and the folders held.
    func sendFolderChange(_ operation: Operation) async throws {
        do {
            try await exchanging(in: nil) { exchange in
                // No LIST of before is applied after this.
                try await self.listGate.holding([.root]) { try await self.change(operation, over: exchange) }
            }
        } catch ChangeObstacle.refused(let status) {
            try refuse(operation, status)
        }
        // Whatever came of it, LIST has the last word.
        await steward.foldersChanged()
    }

    private func change(_ operation: Operation, over exchange: ChangeExchange) async throws {
        guard let id = operation.change.folder, let folder = facts.folder(id) else { return }
        switch operation.change {
        case .createFolder: try await create(folder, operation, over: exchange)
        case .deleteFolder: try await delete(folder, operation, over: exchange)
        case .renameFolder(_, let rawName, _): try await rename(folder, to: rawName, operation, over: exchange)
        case .move, .copy, .append, .flags, .labels, .delete, .expunge: break
        }
    }

    private func create(_ folder: Folder, _ operation: Operation, over exchange: ChangeExchange) async throws {
        let use = folder.specialUse
        if let use, !exchange.capabilities.has(.createSpecialUse) {
            let failure = ChangeFailure(kind: .refused, text: "the server cannot mark a folder as \(use.rawValue)")
            return try fail(operation, failure)
        }
        try begin([operation], over: exchange)
        let status = try await exchange.perform(.create(folder.rawName, use))
        try journal.passed(.answered)
        // One that somebody else made is as good, where it need not be marked.
        let isMade = status.kind == .ok || (status.code == .alreadyExists && use == nil)
        guard isMade else { return try refuse(operation, status) }
        try await exchange.performAll([.subscribe(folder.rawName)])
        try settle([Settlement(operation.id, .folder)], of: [operation])
    }

    private func delete(_ folder: Folder, _ operation: Operation, over exchange: ChangeExchange) async throws {
        if folder.attributes.contains(.nonExistent) {
            return try settle([Settlement(operation.id, .folder)], of: [operation])
        }
        if try await hasContents(folder, over: exchange) { return try keep(folder, operation) }
        try begin([operation], over: exchange)
        // A last look, as close as can be: what comes later goes with the folder.
        if try await hasArrivals(folder, operation, over: exchange) { return try keep(folder, operation) }
        try await exchange.leave([folder.id], for: facts.inbox)
        let status = try await exchange.perform(.delete(folder.rawName))
        try journal.passed(.answered)
        guard status.kind == .ok || status.code == .nonExistent else { return try refuse(operation, status) }
        try await exchange.performAll([.unsubscribe(folder.rawName)])
        try settle([Settlement(operation.id, .folder)], of: [operation])
    }

    private func keep(_ folder: Folder, _ operation: Operation) throws {
        journal.heard(of: folder.id)
        try fail(operation, .notEmpty)
    }

    private func hasArrivals(
        _ folder: Folder, _ operation: Operation, over exchange: ChangeExchange
    ) async throws -> Bool {
        guard folder.isSynchronised else { return false }
        do {
            return try await exchange.hasMessages(folder)
        } catch let error as ServiceError {
            switch error {
            // What cannot be opened has shown its number by STATUS.
            case .accessDenied, .unavailable, .noSuchFolder, .gone: return false
            default: break
            }
            // Nothing was sent of it yet.
            try journal.setWaiting([operation.id])
            fates.change(operation) { $0.hadNoEffect() }
            throw error
        }
    }

    /// Whether the server has messages or folders in it, whatever is shown here.
    private func hasContents(_ folder: Folder, over exchange: ChangeExchange) async throws -> Bool {
        if folder.isSynchronised, let status = try await exchange.status(of: folder, [.messages]),
            status.messages ?? 0 > 0, try await exchange.hasMessages(folder)
        {
            return true
        }
        guard let separator = folder.separator else { return false }
        let prefix = folder.rawName + [separator]
        let found = Mutex(false)
        let status = try await exchange.connection.perform(
            .list(reference: [], patterns: [prefix + Array("%".utf8)], options: ListOptions())
        ) { incoming in
            guard case .list(let entry) = incoming.response else { return .passed }
            if entry.rawName.starts(with: prefix), entry.rawName.count > prefix.count { found.withLock { $0 = true } }
            return .taken
        }
        guard status.kind == .ok else { throw ChangeObstacle.refused(status) }
        return found.withLock { $0 }
    }

    private func rename(
        _ folder: Folder, to rawName: [UInt8], _ operation: Operation, over exchange: ChangeExchange
    ) async throws {
        let idsBelow = facts.foldersBelow(folder.id)
        let below = idsBelow.compactMap { facts.folder($0)?.rawName }
        try await exchange.leave([folder.id] + idsBelow, for: facts.inbox)
        try begin([operation], over: exchange)
        let status = try await exchange.perform(.rename(folder.rawName, rawName))
        try journal.passed(.answered)
        guard status.kind == .ok else { return try refuse(operation, status) }
        // Subscriptions stay with names (RFC 3501 section 6.3.6).
        let old = [folder.rawName] + below
        try await exchange.performAll(
            old.map { .unsubscribe($0) } + old.map { .subscribe(rawName + $0.dropFirst(folder.rawName.count)) })
        try settle([Settlement(operation.id, .folder)], of: [operation])
    }
}
