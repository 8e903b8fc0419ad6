public import MailModel

/// What to do with the stored folders after a LIST.
///
/// Folders that the journal makes, renames and deletes are known by what they are to become, whether this LIST already shows it
/// or not.
public struct FolderListPlan: Hashable, Sendable {
    public private(set) var inserted: [ListedFolder] = []
    /// Stored ones of which LIST says something else now: renamed ones, and made ones that LIST shows now, among them.
    public private(set) var updated: [FolderID: ListedFolder] = [:]
    /// Not listed; gone when the next LIST agrees (HAZARD 20).
    public private(set) var missing: Set<FolderID> = []
    /// Those of them that were deleted here: gone at once.
    public private(set) var deleted: Set<FolderID> = []

    /// - Parameters:
    ///   - renamed: what another client renamed, as `RenamedFolders` has it: old names by new ones.
    ///   - operations: the journal, ascending.
    public init(
        stored: [Folder], listed: [ListedFolder], renamed oldNames: [[UInt8]: [UInt8]] = [:],
        operations: [Operation] = []
    ) {
        let renames = operations.lazy.filter { !$0.state.isFailed }.compactMap { Rename($0.change, stored) }
        var unlisted = Unlisted(stored)
        var unmatched: [ListedFolder] = []
        for folder in listed {
            if let known = unlisted.take(folder.rawName) {
                if Self.differs(known, folder) { updated[known.id] = folder }
            } else {
                unmatched.append(folder)
            }
        }
        let renamed = unmatched.isEmpty ? [] : Array(renames)
        for folder in unmatched {
            // The same mailbox under another name: MAILBOXID is proof (RFC 8474 section 4).
            if let known = folder.mailboxID.flatMap({ unlisted.take(mailboxID: $0) })
                ?? unlisted.take(folder, renamed) ?? oldNames[folder.rawName].flatMap({ unlisted.take($0) })
            {
                updated[known.id] = folder
            } else {
                inserted.append(folder)
            }
        }
        missing = Set(unlisted.folders.filter { !$0.isToBeMade }.map(\.id))
        for operation in operations where !operation.state.isFailed {
            if case .deleteFolder(let id) = operation.change, missing.contains(id) { deleted.insert(id) }
        }
    }

    private static func differs(_ known: Folder, _ listed: ListedFolder) -> Bool {
        known.rawName != listed.rawName || known.separator != listed.separator
            || known.attributes != listed.attributes || known.specialUse != listed.specialUse
            || (listed.mailboxID != nil && known.mailboxID != listed.mailboxID)
    }
}

/// Stored folders for which no line of LIST was found yet.
private struct Unlisted {
    private var byName: [[UInt8]: [Folder]] = [:]

    /// Of two with one name, one that is deleted and one that takes its place, the server has the older.
    init(_ stored: [Folder]) {
        for folder in stored.filter({ !$0.isToBeMade }) + stored.filter(\.isToBeMade) {
            byName[Self.key(folder.rawName), default: []].append(folder)
        }
    }

    var folders: some Sequence<Folder> { byName.values.joined() }

    mutating func take(_ name: [UInt8]) -> Folder? {
        byName[Self.key(name)]?.first.map { take($0) }
    }

    /// The one that a listed folder was before one of the renames.
    mutating func take(_ listed: ListedFolder, _ renames: [Rename]) -> Folder? {
        for rename in renames {
            if let old = rename.oldName(of: listed), let found = take(old) { return found }
        }
        return nil
    }

    mutating func take(mailboxID: [UInt8]) -> Folder? {
        folders.first { $0.mailboxID == mailboxID }.map { take($0) }
    }

    private mutating func take(_ folder: Folder) -> Folder {
        byName[Self.key(folder.rawName)]?.removeAll { $0.id == folder.id }
        return folder
    }

    private static func key(_ name: [UInt8]) -> [UInt8] {
        ListedFolder.isInbox(name) ? Array("INBOX".utf8) : name
    }
}

/// A rename of the journal, from the name that is stored.
private struct Rename {
    var old: [UInt8]
    var new: [UInt8]
    var separator: UInt8?

    init?(_ change: Change, _ stored: [Folder]) {
        guard case .renameFolder(let id, let new, _) = change, let folder = stored.first(where: { $0.id == id }) else {
            return nil
        }
        self.new = new
        old = folder.rawName
        separator = folder.separator
    }

    /// What a listed folder was called before, if it is the renamed one or lies below it.
    func oldName(of folder: ListedFolder) -> [UInt8]? {
        guard folder.rawName.starts(with: new) else { return nil }
        let rest = folder.rawName.dropFirst(new.count)
        guard rest.isEmpty || rest.first == separator else { return nil }
        return old + rest
    }
}

extension Folder {
    /// The journal makes it; the server did not list it yet.
    fileprivate var isToBeMade: Bool { attributes.contains(Attributes(rawValue: 128)) }
}
