internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// What is shown changes on the store's writer alone: within the closures that the store calls there, the view is changed, then the
// observer told. So both have the order of the commits, and nothing is asked of the store meanwhile.
extension Journal {
    /// Takes in what the store published, and tells the observer what is shown otherwise now. Called on the store's writer.
    func publish(_ changes: AccountView.Changes) {
        let (batches, concernsFolders) = view.withLock { view in
            let operations = changes.ended.compactMap { view.journal[$0] } + changes.operations
            return (view.take(changes, now: moment), operations.contains { $0.change.folder != nil })
        }
        if concernsFolders { showFolders() }
        // Of a folder that went nothing is shown that could change.
        for batch in batches where batch.folder == .root || facts.folder(batch.folder) != nil {
            observer?.messagesChanged(batch)
            searchBacklog.note(batch)
        }
        waiting.take(changes) { isOriginal($0) }
    }

    func publish(_ batch: AppliedBatch) {
        guard !batch.isEmpty || batch.listingChanged > 0 else { return }
        publish(AccountView.Changes(batches: [batch]))
    }

    /// Runs `body` on the store's writer, in order with all that is published.
    func inOrder(_ body: () -> Void) throws { try store.loadListing(.root, { _ in }, done: body) }

    // MARK: - Watching messages

    /// Runs `body` while the view knows where the server has these messages, and follows it.
    func watching<Result>(_ ids: [MessageID], _ body: () throws -> Result) throws -> Result {
        view.withLock { view in for id in ids { view.pin(id) } }
        defer { view.withLock { view in for id in ids { view.unpin(id) } } }
        let unknown = view.withLock { view in ids.filter { !view.isWatched($0) } }
        if !unknown.isEmpty { try learn(unknown) }
        return try body()
    }

    /// In order with what is published: what a reader sees may not have been told yet, and what is learnt here is taken for told.
    private func learn(_ ids: [MessageID]) throws {
        try store.loadMessages(ids) { found in
            view.withLock { view in
                for id in ids {
                    view.learn(id, found[id].map { AccountView.Place(folder: $0.folder, summary: $0.summary) })
                }
            }
        }
    }

    // MARK: - Starting

    /// Reads the journal and the local files: the view is there before anybody looks.
    func restoreJournal() throws {
        let operations = try store.operations()
        let files = try store.localFiles()
        var ids: Set<MessageID> = []
        for operation in operations {
            if let id = operation.change.message { ids.insert(id) }
            if case .copy(let source, _, _, _) = operation.change { ids.insert(source) }
        }
        for file in files { ids.insert(file.id) }
        view.withLock { view in for id in ids { view.pin(id) } }
        try learn(Array(ids))
        view.withLock { view in
            for folder in facts.folders { view.put(folder) }
            _ = view.take(AccountView.Changes(operations: operations, files: files), now: moment)
            for id in ids { view.unpin(id) }
        }
        try restoreNames()
    }

    /// The program may have ended before a message gave its name up to what is only here: both are not shown under one.
    private func restoreNames() throws {
        for (folder, name, id) in view.withLock({ $0.namesGivenHere }) {
            guard let other = try store.message(named: name, in: folder), other != id,
                let stored = try store.message(other)
            else { continue }
            view.withLock { view in
                let batch = AppliedBatch(folder: folder, arrived: [stored.summary])
                _ = view.take(AccountView.Changes(batches: [batch]), now: moment)
            }
        }
    }

    // MARK: - Folders

    /// Tells the observer which folders are shown otherwise now. Called on the store's writer.
    ///
    /// - Parameter times: when the listings of some last changed; now for others.
    func showFolders(times: [FolderID: Int64] = [:]) {
        let known = facts.folders
        let moment = moment
        let (put, removed) = view.withLock { view -> ([Folder], [FolderID]) in
            var shown: [FolderID: Folder] = [:]
            for var folder in known {
                guard let path = view.journal.path(of: folder) else { continue }
                folder.path = path
                shown[folder.id] = folder
            }
            let paths = shown.values.filter { configuration.shows(Self.text($0.path)) }.map(\.path)
            let visible = Set(paths)
            var needed = visible
            for path in paths {
                for length in 1..<max(path.count, 1) { needed.insert(Array(path.prefix(length))) }
            }
            shown = shown.filter { needed.contains($0.value.path) }
            let put = shown.values.filter { view.folders[$0.id] != $0 }
            let removed = view.folders.keys.filter { shown[$0] == nil }.sorted()
            view.folders = shown
            return (put, removed)
        }
        if !removed.isEmpty { observer?.foldersRemoved(removed) }
        if !put.isEmpty {
            news.tell(.foldersNamed)
            observer?.foldersPut(
                put.sorted { ($0.path.count, $0.id) < ($1.path.count, $1.id) }.map { ($0, times[$0.id] ?? moment) })
        }
    }

    static func text(_ path: [[UInt8]]) -> String {
        path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }

    /// The folders that are shown, by their paths.
    var shownPaths: [FolderID: String] { view.withLock { $0.folders }.mapValues { Self.text($0.path) } }

    /// The folder that is shown at a path.
    func folder(at path: [[UInt8]]) -> FolderID? { view.withLock { $0.folder(at: path) } }

    /// Folder as it is shown, by id.
    func shownFolder(_ id: FolderID) -> Folder? { view.withLock { $0.folders[id] } }

    /// Stores what the server made of operations, and shows it.
    ///
    /// No other change comes between: a draft that is opened for writing just now has a new file under the same id.
    func settle(_ settlements: [Settlement]) throws {
        guard !settlements.isEmpty else { return }
        try changing { try settleAlone(settlements) }
    }

    private func settleAlone(_ settlements: [Settlement]) throws {
        let uploads = view.withLock { view in
            settlements.compactMap { settlement -> MessageID? in
                switch settlement.outcome {
                case .appended, .copied: view.journal[settlement.operation]?.change.message
                case .moved, .movedByCopy, .flagged, .labelled, .deleted, .expunged, .folder: nil
                }
            }.filter { view.files[$0] != nil }
        }
        var unmatched: Set<FolderID> = []
        try store.settle(
            settlements, decoding: { MailboxName.decode($0) ?? String(decoding: $0, as: UTF8.self) }
        ) { settled in
            take(folders: settled.folders, removed: settled.removedFolders)
            publish(
                AccountView.Changes(
                    batches: settled.batches, operations: settled.followers, ended: settlements.map(\.operation),
                    removedFiles: uploads))
            for batch in settled.batches where batch.arrived.contains(where: { $0.uid == nil }) {
                unmatched.insert(batch.folder)
            }
        }
        for folder in unmatched {
            facts.expectsArrival(in: folder)
            heard(of: folder)
        }
    }

    /// Takes over folders as the server has them now. Called on the store's writer.
    func take(folders put: [Folder], removed: [FolderID]) {
        guard !put.isEmpty || !removed.isEmpty else { return }
        facts.take(folders: put, removed: removed)
        let gone = view.withLock { view -> [FolderID] in
            for folder in put { view.put(folder) }
            let gone = removed.filter { view.folders[$0] != nil }
            for id in removed { view.remove(id) }
            return gone
        }
        if !gone.isEmpty { observer?.foldersRemoved(gone) }
    }

    /// Takes in what a LIST changed and tells the observer.
    func take(_ outcome: FolderLister.Outcome) throws {
        facts.tookList(of: outcome.listed)
        try take(foldersOf: outcome)
    }

    /// Takes in the folders that a LIST changed, of which not all may have been stored, and tells the observer.
    func take(foldersOf outcome: FolderLister.Outcome) throws {
        guard !outcome.put.isEmpty || !outcome.removed.isEmpty else { return }
        try inOrder {
            take(folders: outcome.put, removed: outcome.removed)
            showFolders()
        }
        for id in outcome.doubted { heard(of: id) }
        // What is to be sent there has another place now, or none.
        if !outcome.doubted.isEmpty || !outcome.removed.isEmpty { wakeSender() }
        // Where no folder was known before, there was no place for them.
        if !configuration.isReadOnly, !store.strandedSpool.isEmpty { try changing { try offerStrandedFiles() } }
    }
}
