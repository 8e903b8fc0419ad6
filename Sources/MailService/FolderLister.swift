internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

/// Learns the server's folders and gives each its place in the tree.
struct FolderLister: Sendable {
    let store: MailStore
    let logger: Logger
    /// Whether something here is in a folder that the server does not have.
    let isNeeded: @Sendable (FolderID) -> Bool
    let published: @Sendable (AppliedBatch) -> Void
    /// Renames of which it is not known whether they happened.
    let uncertain: @Sendable () -> [UncertainRename]
    let resolvePaths: @Sendable ([ListedFolder], [[UInt8]: [[UInt8]]]) -> [[[UInt8]]]

    /// Folders that came, changed or went, with what STATUS told on the way where the server has LIST-STATUS.
    struct Outcome: Sendable {
        var put: [Folder] = []
        var removed: [FolderID] = []
        /// Those that another client seems to have renamed: whether their messages are the same is to be seen.
        var doubted: [FolderID] = []
        var statuses: [[UInt8]: PolledStatus] = [:]
        /// The names of all that there are.
        var listed: Set<[UInt8]> = []
    }

    /// Asks for all folders and stores what changed.
    ///
    /// - Parameters:
    ///   - outcome: where this throws, it has the folders that are stored all the same: no later LIST tells of them.
    ///   - doubted: folders that earlier LISTs did not have. What is believed to be gone is set aside, to come back as it was.
    ///   - withStatus: ask for each folder's STATUS in the same command, where the server can (RFC 5819).
    ///   - moment: as `FolderAbsence.since`.
    func run(
        on connection: IMAPConnection, into outcome: inout Outcome, doubted: inout [FolderID: FolderAbsence],
        withStatus: Bool, at moment: Int64
    ) async throws {
        let listed = try await list(on: connection, withStatus: withStatus)
        let complete = try await identified(FolderListing.complete(listed.folders), on: connection)
        guard complete.contains(where: \.isInbox) || !complete.isEmpty else {
            throw ServiceError.unavailable("the server lists no folders")
        }
        let stored = try store.folders()
        let given = Dictionary(
            stored.map { ($0.folder.rawName, $0.folder.path) }, uniquingKeysWith: { first, _ in first })
        let paths = resolvePaths(complete, given)
        var placed = Array(zip(complete, paths))
        let uncertain = uncertain()
        let names = Set(stored.map(\.folder.rawName))
        // Under its new name a renamed folder is no other one.
        placed.removeAll { folder, _ in
            !names.contains(folder.rawName) && uncertain.contains { $0.makes(folder.rawName) }
        }
        var plan = FolderListPlan(stored: stored.map(\.folder), listed: placed.map(\.0))
        let renamed = try await renamed(plan, stored, listed.statuses, on: connection)
        if !renamed.isEmpty {
            plan = FolderListPlan(stored: stored.map(\.folder), listed: placed.map(\.0), renamed: renamed)
        }
        outcome.statuses = listed.statuses
        outcome.listed = Set(complete.filter { !$0.attributes.contains(.nonExistent) }.map(\.rawName))
        let known = Dictionary(uniqueKeysWithValues: stored.map { ($0.folder.id, $0.folder) })
        let ids = Dictionary(
            plan.updated.map { ($0.value.rawName, $0.key) }, uniquingKeysWith: { first, _ in first })
        let inserted = Set(plan.inserted.map(\.rawName))
        for (folder, path) in placed {
            if inserted.contains(folder.rawName) {
                outcome.put.append(
                    try store.insertFolder(
                        rawName: folder.rawName, separator: folder.separator, attributes: folder.attributes,
                        specialUse: folder.specialUse, mailboxID: folder.mailboxID, path: path,
                        displayName: Self.displayName(folder)))
            } else if let id = ids[folder.rawName]
                ?? stored.first(where: { $0.folder.rawName == folder.rawName })?.folder.id,
                var changed = known[id]
            {
                let before = changed
                changed.rawName = folder.rawName
                changed.separator = folder.separator
                changed.attributes = folder.attributes
                changed.specialUse = folder.specialUse
                changed.mailboxID = folder.mailboxID ?? changed.mailboxID
                changed.path = path
                changed.displayName = Self.displayName(folder)
                guard changed != before else { continue }
                let isDoubted = renamed[folder.rawName] == before.rawName
                try store.updateFolder(changed, isDoubted: isDoubted)
                outcome.put.append(changed)
                if isDoubted { outcome.doubted.append(id) }
            }
        }
        let missing = plan.missing.filter { !(isNeeded($0) && known[$0]?.attributes.contains(.pending) == true) }
        let observer = connection.number
        var stillDoubted: [FolderID: FolderAbsence] = [:]
        for id in missing {
            guard let folder = known[id] else { continue }
            let absence = doubted[id] ?? FolderAbsence(since: moment, connection: observer)
            guard !uncertain.contains(where: { $0.takes(folder.rawName) }),
                absence.isConfirmed(at: moment, over: observer)
            else {
                stillDoubted[id] = absence
                continue
            }
            guard try await isAbsent(folder, on: connection) else {
                outcome.listed.insert(folder.rawName)
                continue
            }
            if isNeeded(id), let kept = try keep(folder) {
                outcome.put.append(kept)
                continue
            }
            try store.setAside(id)
            outcome.removed.append(id)
        }
        doubted = stillDoubted
        if withStatus, listed.isPlain {
            let polled = try store.folders().map(\.folder).filter(\.isSynchronised)
            outcome.statuses = try await StatusPoll.run(polled, on: connection)
        }
    }

    /// What another client renamed, where no MAILBOXID tells: old names by new ones.
    private func renamed(
        _ plan: FolderListPlan, _ stored: [StoredFolder], _ statuses: [[UInt8]: PolledStatus],
        on connection: IMAPConnection
    ) async throws -> [[UInt8]: [UInt8]] {
        let appeared = plan.inserted.filter { !$0.attributes.contains(.nonExistent) && $0.mailboxID == nil }
        guard !appeared.isEmpty, !plan.missing.isEmpty else { return [:] }
        let asked = appeared.filter { !$0.attributes.contains(.noSelect) && statuses[$0.rawName] == nil }
        let told = try await StatusPoll.run(asked.map(\.rawName), on: connection)
        let missing = stored.filter { plan.missing.contains($0.folder.id) && $0.folder.mailboxID == nil }
        let suspected = RenamedFolders(
            missing: missing.map { .init(folder: $0.folder, cursor: $0.cursor, messages: $0.messages) },
            present: Set(stored.filter { !plan.missing.contains($0.folder.id) }.compactMap(\.cursor?.uidValidity)),
            appeared: appeared, statuses: statuses.merging(told) { known, _ in known }
        ).oldNames
        guard !suspected.isEmpty else { return [:] }
        // What STATUS has is not gone, and has no other name.
        let selectable = missing.map(\.folder).filter(\.isSynchronised).map(\.rawName)
        let present = try await StatusPoll.run(selectable.filter(Set(suspected.values).contains), on: connection)
        return suspected.filter { present[$0.value] == nil }
    }

    /// Whether the server says that there is no such mailbox. One that holds no messages cannot be asked about.
    private func isAbsent(_ folder: Folder, on connection: IMAPConnection) async throws -> Bool {
        guard folder.holdsMessages else { return true }
        let isTold = Mutex(false)
        let status: StatusResponse
        do {
            status = try await connection.perform(.status(folder.rawName, [.uidValidity]), literals: nil) { incoming in
                guard case .mailboxStatus(let told) = incoming.response,
                    StatusPoll.isAnswer(told, to: folder.rawName)
                else { return .passed }
                isTold.withLock { $0 = true }
                return .taken
            }
        } catch is EncodingError {
            return true
        }
        if status.kind == .ok || isTold.withLock({ $0 }) { return false }
        switch ServiceError(refusal: status) {
        case .gone, .unavailable: return true
        default: return false
        }
    }

    /// A folder that is gone, with uploads in it: they stay where they are, and nothing else.
    private func keep(_ gone: Folder) throws -> Folder? {
        var folder = gone
        if let cursor = try store.cursor(folder.id) {
            try store.apply(
                FolderBatch(
                    folder: folder.id, uidValidity: cursor.uidValidity, vanished: UIDSet(UID.min...UID.max)),
                published: published)
        }
        folder.attributes.insert(.pending)
        folder.mailboxID = nil
        try store.updateFolder(folder)
        return folder
    }

    /// Asks for the MAILBOXID of folders whose is not known, where LIST cannot tell it: by it a renamed folder is known again.
    private func identified(_ folders: [ListedFolder], on connection: IMAPConnection) async throws -> [ListedFolder] {
        guard connection.capabilities.has(.objectID) else { return folders }
        let known = Set(try store.folders().filter { $0.folder.mailboxID != nil }.map(\.folder.rawName))
        let asked = folders.filter {
            $0.mailboxID == nil && $0.attributes.isDisjoint(with: [.noSelect, .nonExistent])
                && !known.contains($0.rawName)
        }
        guard !asked.isEmpty else { return folders }
        let ids = try await StatusPoll.mailboxIDs(of: asked.map(\.rawName), on: connection)
        return folders.map { folder in
            var folder = folder
            folder.mailboxID = folder.mailboxID ?? ids[folder.rawName]
            return folder
        }
    }

    private static func displayName(_ folder: ListedFolder) -> String {
        folder.isInbox
            ? "INBOX" : MailboxName.decode(folder.rawName) ?? String(decoding: folder.rawName, as: UTF8.self)
    }

    // MARK: - LIST

    private struct Listed {
        var folders: [ListedFolder] = []
        var statuses: [[UInt8]: PolledStatus] = [:]
        /// Nothing beyond RFC 3501 was asked.
        var isPlain = false
    }

    /// The key under which the store keeps the capabilities of a server that refuses what it offers (`ServiceQuirk.refusesExtendedList`).
    private static let refusedList = "list.refused"

    private func list(on connection: IMAPConnection, withStatus: Bool) async throws -> Listed {
        let capabilities = connection.capabilities
        var options = try listOptions(capabilities, withStatus: withStatus)
        let namespaces = Namespaces(on: connection)
        var result: Listed
        do {
            result = try await list("*", options: options, withStatus: withStatus, on: connection)
        } catch let error as ServiceError {
            // A proxy may have told of capabilities that the server behind it does not have.
            await connection.settled()
            guard connection.capabilities == capabilities else {
                return try await list(on: connection, withStatus: withStatus)
            }
            guard case .unavailable = error, !options.isEmpty else { throw error }
            options = .plain
            result = try await list("*", options: options, withStatus: withStatus, on: connection)
            logger.info("the server refuses LIST with options, which it offers: \(error)")
            try store.setSetting(Self.refusedList, Self.text(capabilities))
        }
        for prefix in try await namespaces.patterns(leftOutOf: result.folders) {
            let more = try await list(prefix, options: options, withStatus: withStatus, on: connection)
            result.folders += more.folders
            result.statuses.merge(more.statuses) { first, _ in first }
        }
        result.isPlain = options.isEmpty
        return result
    }

    private func listOptions(_ capabilities: Capabilities, withStatus: Bool) throws -> ListOptions {
        var options = ListOptions()
        guard capabilities.has(.listExtended), try store.setting(Self.refusedList) != Self.text(capabilities) else {
            return options
        }
        if capabilities.has(.specialUse) { options.return.insert(.specialUse) }
        if capabilities.has(.listStatus) {
            options.status = withStatus ? StatusPoll.items(for: capabilities) : []
            if capabilities.has(.objectID) { options.status.append(.mailboxID) }
        }
        return options
    }

    private static func text(_ capabilities: Capabilities) -> String {
        capabilities.names.sorted().joined(separator: " ")
    }

    private func list(
        _ pattern: String, options: ListOptions, withStatus: Bool, on connection: IMAPConnection
    ) async throws -> Listed {
        let collected = Mutex(Listed())
        let ids = Mutex<[[UInt8]: [UInt8]]>([:])
        let status = try await connection.perform(
            .list(reference: [], patterns: [Array(pattern.utf8)], options: options), literals: nil
        ) { incoming in
            switch incoming.response {
            case .list(let entry): collected.withLock { $0.folders.append(ListedFolder(entry)) }
            case .mailboxStatus(let status):
                // News that was pushed meanwhile is for whoever watches.
                guard withStatus || status.mailboxID != nil else { return .passed }
                collected.withLock { $0.statuses[status.rawName] = PolledStatus(status) }
                if let id = status.mailboxID { ids.withLock { $0[status.rawName] = id } }
            default: return .passed
            }
            return .taken
        }
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        var result = collected.withLock { $0 }
        let known = ids.withLock { $0 }
        for index in result.folders.indices where result.folders[index].mailboxID == nil {
            result.folders[index].mailboxID = known[result.folders[index].rawName]
        }
        return result
    }
}

extension ListedFolder {
    init(_ entry: ListEntry) {
        var attributes: Folder.Attributes = []
        var specialUse: SpecialUse?
        for attribute in entry.attributes {
            switch attribute.lowercased() {
            case #"\noselect"#: attributes.insert(.noSelect)
            case #"\nonexistent"#: attributes.insert(.nonExistent)
            case #"\noinferiors"#: attributes.insert(.noInferiors)
            default: specialUse = specialUse ?? SpecialUse(attribute: attribute)
            }
        }
        self.init(
            rawName: entry.rawName, separator: entry.separator, attributes: attributes, specialUse: specialUse,
            mailboxID: entry.mailboxID)
    }
}

extension PolledStatus {
    init(_ status: MailboxStatus) {
        self.init(
            messages: status.messages, uidNext: status.uidNext, uidValidity: status.uidValidity,
            unseen: status.unseen, highestModSeq: status.highestModSeq)
    }
}
