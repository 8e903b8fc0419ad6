internal import BlockingWork
internal import Fuse
internal import Glibc
internal import IMAPValue
internal import Logging
public import MailMessage
public import MailModel
public import MailQuery
internal import MailService
public import MailTree
public import MailViews
internal import PosixFile
internal import Synchronization

extension MailFileSystem: ViewedAccount {
    /// The views of this account, owned as its files are.
    public func makeViews() -> ViewFileSystem {
        let now = currentTime
        let root = FixedDirectory(
            modified: now,
            [
                ("text", TextView.root(of: self, modified: now)), ("parts", PartsView.root(of: self, modified: now)),
                (
                    "unread",
                    LinkDirectory(
                        self, .state(.unread), depth: 2,
                        effect: .init(made: .remove(Flags(system: .seen)), removed: .add(Flags(system: .seen))))
                ),
                (
                    "flagged",
                    LinkDirectory(
                        self, .state(.flagged), depth: 2,
                        effect: .init(made: .add(Flags(system: .flagged)), removed: .remove(Flags(system: .flagged))))
                ),
                ("search", SearchDirectory(self, depth: 2)), ("tag", LinkGroup(self, .keyword, depth: 2)),
                ("from", LinkGroup(self, .sender, depth: 2)), ("year", LinkGroup(self, .year, depth: 2)),
                ("threads", LinkGroup(self, .thread, depth: 2)), ("maildir", MaildirDirectory(self)),
            ])
        return ViewFileSystem(
            root, of: self, uid: ownership.uid, gid: ownership.gid, umask: ownership.umask)
    }

    public var currentTime: Int64 { service.currentTime }

    public var place: [UInt8]? { mountpoint.withLock { $0 }.map { Array($0.utf8) } }

    public func find(_ name: [UInt8], in folder: FolderID) async throws -> Node? {
        let inode = InodeNumber(folder)
        if let found = find(inode, name) { return found }
        guard let folder = unloaded(inode.rawValue) else {
            // Gone, perhaps, since it was looked up.
            guard tree.withLock({ $0.isDirectory(inode) }) else { throw Errno.stale }
            return nil
        }
        try await load(folder)
        return find(inode, name)
    }

    public func forEachEntry(
        of folder: FolderID, _ body: (_ name: UnsafeRawBufferPointer, _ node: Node) -> Void
    ) async throws {
        let inode = InodeNumber(folder)
        guard tree.withLock({ $0.isDirectory(inode) }) else { throw Errno.stale }
        service.used(folder)
        if let folder = unloaded(inode.rawValue) { try await load(folder) }
        tree.withLock { tree in
            // Behind `.` and `..`.
            tree.entries(of: inode, after: 2) { name, node, _ in
                body(name, node)
                return true
            }
        }
    }

    public func message(_ id: MessageID) -> MessageSummary? { tree.withLock { $0.message(id)?.summary } }

    public func path(of id: MessageID) -> [[UInt8]]? { tree.withLock { $0.path(of: InodeNumber(id)) } }

    public func cachedOctets(of id: MessageID) throws -> [UInt8]? {
        guard let message = message(id) else { throw Errno.stale }
        guard message.isCached || message.standing != .settled, let body = try? service.cachedBody(id) else {
            return nil
        }
        return try Self.octets(of: body)
    }

    public func octets(of id: MessageID) async throws -> [UInt8] {
        guard let (message, home, folder) = tree.withLock({ $0.message(id) }) else { throw Errno.stale }
        do {
            return try Self.octets(of: try await service.body(of: message, in: home))
        } catch let error as Errno {
            throw error
        } catch {
            logger.info("\(folder?.displayName ?? "") UID \(message.uid?.description ?? "none"): \(error)")
            throw Errno(reading: error)
        }
    }

    public func outline(of id: MessageID) async throws -> MessageOutline? {
        guard let message = remote(id) else { return nil }
        return try await reading(message) { try await service.outline(of: message) }
    }

    public func keptPart(_ section: [Int], of id: MessageID) -> [UInt8]? {
        remote(id).flatMap { service.keptPart(section, of: $0) }
    }

    public func keptPartSize(_ section: [Int], of id: MessageID) -> UInt64? {
        remote(id).flatMap { service.keptPartSize(section, of: $0) }
    }

    public func part(_ section: [Int], of id: MessageID, in outline: MessageOutline) async throws -> [UInt8]? {
        guard let message = remote(id) else { return nil }
        return try await reading(message) { try await service.part(section, of: message, in: outline) }
    }

    /// A message that is not here, and is on the server as it is shown.
    private func remote(_ id: MessageID) -> MessageSummary? {
        message(id).flatMap { !$0.isCached && $0.standing == .settled ? $0 : nil }
    }

    private func reading<Value>(_ message: MessageSummary, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            logger.info("parts of UID \(message.uid?.description ?? "none"): \(error)")
            throw Errno(reading: error)
        }
    }

    public func keptText(of id: MessageID, form: String) -> [UInt8]? {
        isSettled(id) ? service.keptText(of: id, form: form) : nil
    }

    public func keptTextSize(of id: MessageID, form: String) -> UInt64? {
        isSettled(id) ? service.keptTextSize(of: id, form: form) : nil
    }

    public func keep(text: [UInt8], of id: MessageID, madeOf body: [UInt8], form: String) {
        if isSettled(id) { service.keep(text: text, of: id, madeOf: body, form: form) }
    }

    /// What is not may have another text in a moment.
    private func isSettled(_ id: MessageID) -> Bool { message(id)?.standing == .settled }

    public func opened(_ id: MessageID, inParts: Bool) {
        guard let home = tree.withLock({ $0.message(id)?.home }) else { return }
        readAhead(of: id, in: home, largest: inParts ? service.largeMessage : .max)
    }

    public var changes: UInt64 { recentChanges.withLock { $0.count } }

    /// What was never listed would be missing in what is found; without a connection it is.
    private func listFolders() async throws {
        let known = viewedFolders.withLock { $0 }
        let folders = tree.withLock { tree in tree.folders.filter { $0.holdsMessages && !known.contains($0.id) } }
        for folder in folders {
            do {
                try await service.ensureListed(folder.id)
                viewedFolders.withLock { _ = $0.insert(folder.id) }
            } catch {
                try Task.checkCancellation()
                logger.info("a view lacks \(folder.displayName): \(error)")
            }
        }
    }

    public func query(_ text: String) throws(QueryError) -> Query { try service.query(text) }

    public func found(_ query: Query) async throws -> [FoundMessage] {
        do {
            try await listFolders()
            return found(try await service.search(query).messages)
        } catch {
            throw Errno(error)
        }
    }

    public func found(among ids: Set<MessageID>) async throws -> [FoundMessage] {
        do {
            return found(try await service.shown(among: ids))
        } catch {
            throw Errno(error)
        }
    }

    private func found(_ messages: [(folder: FolderID, summary: MessageSummary)]) -> [FoundMessage] {
        tree.withLock { tree in
            messages.compactMap { folder, message in
                tree.path(of: InodeNumber(folder)).map {
                    FoundMessage(id: message.id, path: $0 + [message.name], modified: message.internalDate)
                }
            }
        }
    }

    public func senders(of ids: [MessageID]) async throws -> [MessageID: [String]] {
        do {
            return try await withTaskExecutorPreference(BlockingExecutor.disk) { try service.senders(of: ids) }
        } catch {
            throw Errno(error)
        }
    }

    public func forEachThreadedMessage(
        of ids: [MessageID], _ body: (MessageID, ThreadedMessage) -> Void
    ) async throws {
        do {
            try await withTaskExecutorPreference(BlockingExecutor.disk) {
                try await service.threadTexts(of: ids) { texts in
                    for (id, texts) in texts {
                        body(
                            id,
                            ThreadedMessage(
                                own: texts.own, earlier: texts.earlier, subject: texts.subject, isWhole: texts.isWhole))
                    }
                }
            }
        } catch {
            throw Errno(error)
        }
    }

    public func wholeMessages(among ids: [MessageID]) async throws -> [MessageID] {
        do {
            return try await withTaskExecutorPreference(BlockingExecutor.disk) {
                try await service.referencedMessages(among: ids)
            }
        } catch {
            throw Errno(error)
        }
    }

    public func changedMessages(since changes: UInt64) async throws -> ChangedMessages? {
        do {
            try await listFolders()
            let (ids, now) = recentChanges.withLock { ($0.messages(since: changes), $0.count) }
            guard let ids else { return nil }
            var changed = ChangedMessages(changes: now)
            guard !ids.isEmpty else { return changed }
            let folders = tree.withLock { $0.holdingFolders }
            for (folder, message) in try await service.shown(among: ids)
            where folders.contains(folder) && message.standing != .scratch {
                changed.shown.append(DatedMessage(id: message.id, date: message.internalDate))
            }
            changed.gone = ids.subtracting(changed.shown.lazy.map(\.id)).sorted()
            return changed
        } catch {
            throw Errno(error)
        }
    }

    public func forEachMessage(_ body: (MessageSummary) -> Void) async throws {
        do {
            try await listFolders()
            for folder in tree.withLock({ $0.folders }) where folder.holdsMessages {
                try Task.checkCancellation()
                try service.loadListing(
                    folder.id,
                    { if !$0.flags.isDeleted, $0.standing != .scratch { body($0) } }, done: {})
            }
        } catch {
            throw Errno(error)
        }
    }

    public var savedSearches: [[UInt8]] { service.savedSearches.map { Array($0.utf8) } }

    public func keepSearch(_ name: [UInt8], _ isKept: Bool) async throws {
        guard let query = String(validating: name, as: UTF8.self) else { throw Errno.invalidArgument }
        do {
            try service.keepSearch(query, isKept)
        } catch {
            throw Errno(error)
        }
    }

    public func change(_ id: MessageID, _ changes: [FlagChange]) async throws {
        if isReadOnly { throw Errno.readOnlyFileSystem }
        // Where flags may not be changed, none are.
        if changes.isEmpty { return }
        do {
            let receipt = try service.setFlags(id, changes)
            if waitsForServer, !receipt.operations.isEmpty { try await service.verdictOrNothing(of: receipt) }
        } catch {
            throw Errno(error)
        }
    }

    /// Octets of a message that is read into memory.
    private static let viewLimit: UInt64 = 256 << 20

    /// A body in memory: a file of the spool may be written to while it is read.
    private static func octets(of body: OpenBody) throws -> [UInt8] {
        guard body.size <= viewLimit else { throw Errno.fileTooLarge }
        do {
            return try body.octets()
        } catch {
            throw Errno(error)
        }
    }
}
