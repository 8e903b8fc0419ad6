internal import MailModel

/// Which operations may be sent while those before them are not done. Asked for each operation of the journal once, ascending.
///
/// Every operation waits for earlier ones only, so none waits for ever. One exception: the deletion of a folder waits for what is
/// still to be deleted in it, which can have been recorded later and itself waits for nothing.
struct SendOrder {
    enum Verdict: Hashable {
        /// - Parameter source: where the server has the message.
        case yes(source: FolderID?)
        case no
        case arrived
        case lost
    }

    private let findHome: (MessageID) -> FolderID?
    private var homes: [MessageID: FolderID?] = [:]
    private let folder: (FolderID) -> Folder?
    /// Operations that others go behind.
    private let awaited: Set<OperationID>
    /// Operations passed, failed ones included: none of them is done.
    private var passed: Set<OperationID> = []
    /// Messages that operations passed change or copy.
    private var busy: Set<MessageID> = []
    /// Folders that are still to be made, or that go away: nothing can come into them.
    private var closed: Set<FolderID> = []
    /// Folders whose name may be another by now.
    private var uncertain = FolderNames()
    /// Names that folder operations passed make, take away or change.
    private var changing = FolderNames()
    /// Names of folders that go only when what was deleted in them cannot be taken back any more: a folder above gets another name
    /// before, and they go along.
    private var emptied = FolderNames()
    /// Folders that operations passed read from or bring messages to.
    private var used = FolderNames()
    private var usedFolders: Set<FolderID> = []
    /// Folders in which something is held, or not to be sent now: they may get another name meanwhile, but not go.
    private var kept = FolderNames()
    private var keptFolders: Set<FolderID> = []
    private var beingDeleted: Set<FolderID> = []
    /// Those of them in which messages are still to be deleted.
    private var emptying: Set<FolderID> = []

    init(
        _ operations: [Operation], canExpunge: Bool, home: @escaping (MessageID) -> FolderID?,
        folder: @escaping (FolderID) -> Folder?
    ) {
        findHome = home
        self.folder = folder
        awaited = Set(operations.compactMap(\.after))
        let standing = operations.filter { !$0.state.isFailed }
        for case .deleteFolder(let folder) in standing.lazy.map(\.change) { beingDeleted.insert(folder) }
        guard !beingDeleted.isEmpty else { return }
        // Only those that wait for nothing themselves, so that no two operations wait for each other.
        var seen: Set<MessageID> = []
        for operation in standing {
            let messages = [operation.change.message, operation.change.origin].compactMap(\.self)
            let isFirst = seen.isDisjoint(with: messages)
            seen.formUnion(messages)
            switch operation.change {
            case .expunge where !canExpunge: break
            case .delete(let message), .expunge(let message, _):
                guard isFirst, operation.after == nil, let home = self.home(message) else { break }
                if beingDeleted.contains(home) { emptying.insert(home) }
            case .move, .copy, .append, .flags, .labels, .createFolder, .deleteFolder, .renameFolder: break
            }
        }
    }

    /// Whether the server has the message, in a folder that is known.
    mutating func isThere(_ message: MessageID) -> Bool { home(message).flatMap { folder($0) } != nil }

    private mutating func home(_ message: MessageID) -> FolderID? {
        if let known = homes[message] { return known }
        let found = findHome(message)
        homes[message] = .some(found)
        return found
    }

    mutating func passed(failed operation: Operation) { passed.insert(operation.id) }

    mutating func verdict(on operation: Operation, isHeldBack: Bool) -> Verdict {
        let verdict = judge(operation)
        pass(operation, isHeldBack: isHeldBack && operation.state == .waiting)
        if operation.state != .waiting { return .no }
        if case .yes = verdict, isHeldBack { return .no }
        return verdict
    }

    /// Whether an operation, which is not passed, has to wait for those that are.
    mutating func isStopped(_ operation: Operation) -> Bool { judge(operation) == .no }

    // MARK: - Deciding

    private mutating func judge(_ operation: Operation) -> Verdict {
        if let id = operation.change.folder {
            verdict(on: operation, of: id)
        } else {
            verdict(onMessageOf: operation)
        }
    }

    private mutating func verdict(onMessageOf operation: Operation) -> Verdict {
        if let after = operation.after, passed.contains(after) { return .no }
        let change = operation.change
        let origin = change.origin
        for message in [change.message, origin] {
            if let message, busy.contains(message) { return .no }
        }
        let source = origin.flatMap { home($0) }
        if origin != nil, source == nil { return .lost }
        let target = change.target?.folder
        for id in [source, target] {
            guard let id else { continue }
            guard let folder = folder(id) else { return .lost }
            if uncertain.covers(folder.rawName, separator: folder.separator) { return .no }
        }
        if let target, closed.contains(target) { return .no }
        // What goes behind it trusts that the message is there: the server is asked.
        if case .move = change, source == target, !awaited.contains(operation.id) { return .arrived }
        return .yes(source: source)
    }

    private func verdict(on operation: Operation, of id: FolderID) -> Verdict {
        if let after = operation.after, passed.contains(after) { return .no }
        guard let folder = folder(id) else { return .lost }
        for name in names(operation.change, folder) {
            if changing.reachesInto(name, separator: folder.separator)
                || changing.covers(name, separator: folder.separator)
                || emptied.covers(name, separator: folder.separator)
            {
                return .no
            }
            if case .renameFolder = operation.change, name == folder.rawName { continue }
            if emptied.reachesInto(name, separator: folder.separator) { return .no }
        }
        if case .createFolder = operation.change { return .yes(source: nil) }
        if used.reachesInto(folder.rawName, separator: folder.separator) { return .no }
        if case .deleteFolder = operation.change,
            emptying.contains(id) || kept.reachesInto(folder.rawName, separator: folder.separator)
        {
            return .no
        }
        return .yes(source: nil)
    }

    /// The names that a folder operation takes away or makes.
    private func names(_ change: Change, _ folder: Folder) -> [[UInt8]] {
        if case .renameFolder(_, let new, _) = change { [folder.rawName, new] } else { [folder.rawName] }
    }

    // MARK: - Passing

    mutating func pass(_ operation: Operation, isHeldBack: Bool = false) {
        passed.insert(operation.id)
        let change = operation.change
        if let id = change.folder {
            pass(operation, of: id, isDeferred: isHeldBack || emptying.contains(id))
        } else {
            let origin = change.origin
            for message in [change.message, origin] {
                if let message { busy.insert(message) }
            }
            for id in [origin.flatMap { home($0) }, change.target?.folder] {
                guard let id else { continue }
                if operation.isHeld || isHeldBack {
                    guard keptFolders.insert(id).inserted, let folder = folder(id) else { continue }
                    kept.insert(folder.rawName, separator: folder.separator)
                } else {
                    guard usedFolders.insert(id).inserted, let folder = folder(id) else { continue }
                    used.insert(folder.rawName, separator: folder.separator)
                }
            }
        }
    }

    private mutating func pass(_ operation: Operation, of id: FolderID, isDeferred: Bool) {
        guard let folder = folder(id) else { return }
        if case .deleteFolder = operation.change, operation.state == .waiting, isDeferred {
            emptied.insert(folder.rawName, separator: folder.separator)
        } else {
            for name in names(operation.change, folder) { changing.insert(name, separator: folder.separator) }
        }
        if case .renameFolder = operation.change {} else { closed.insert(id) }
        if operation.state == .sent { uncertain.insert(folder.rawName, separator: folder.separator) }
    }
}
