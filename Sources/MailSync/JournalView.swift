internal import IMAPValue
public import MailModel

/// What the mount shows beside what the server has: the truth, changed by the operations of the journal.
///
/// It holds the operations and the folders as the server has them, and follows both one by one: a change costs time in proportion
/// to the operations of its message. Messages are asked for with their truth, which it does not hold.
public struct JournalView: Sendable {
    private(set) var byID: [OperationID: Operation] = [:]
    /// Ascending; of those that are gone, until they are the greater part.
    private var order: [OperationID] = []
    /// Ascending for each message.
    private(set) var byMessage: [MessageID: [OperationID]] = [:]
    private(set) var brought: [FolderID: Set<MessageID>] = [:]
    private(set) var tree = FolderView()
    /// Operations that wait for the server or for its answer; expunges, which wait for their time, and failed ones do not count.
    public private(set) var pendingCount = 0
    /// Deletions that wait for somebody.
    public private(set) var held: Set<OperationID> = []
    /// Operations on the wire, or whose answer was lost.
    public private(set) var sent: Set<OperationID> = []
    /// When expunges are to be sent, those that have not failed.
    private var timed: [OperationID: Int64] = [:]

    public init() {}

    /// Expunges whose time has come.
    public func dueCount(_ now: Int64) -> Int { timed.values.count { $0 <= now } }

    // MARK: - Operations

    /// Takes in an operation, new or changed.
    public mutating func put(_ operation: Operation) {
        let id = operation.id
        let old = byID[id]
        if let old, let message = old.change.message, message != operation.change.message { remove(id) }
        change(operation.change.message) { view in
            if let replaced = view.byID.updateValue(operation, forKey: id) {
                view.pendingCount -= replaced.isPending ? 1 : 0
            } else {
                view.insert(id)
                if let message = operation.change.message { view.byMessage[message, default: []].insertAscending(id) }
            }
            view.pendingCount += operation.isPending ? 1 : 0
            view.timed[id] = operation.due
            if operation.isHeld { view.held.insert(id) } else { view.held.remove(id) }
            if operation.state == .sent { view.sent.insert(id) } else { view.sent.remove(id) }
        }
        if operation.change.folder != nil || old?.change.folder != nil { tree.put(operation) }
    }

    public mutating func put(_ operations: some Sequence<Operation>) {
        for operation in operations { put(operation) }
    }

    /// Takes out an operation that is done, or was taken back.
    public mutating func remove(_ id: OperationID) {
        guard let old = byID[id] else { return }
        change(old.change.message) { view in
            view.byID[id] = nil
            view.pendingCount -= old.isPending ? 1 : 0
            view.timed[id] = nil
            view.held.remove(id)
            view.sent.remove(id)
            guard let message = old.change.message else { return }
            view.byMessage[message]?.removeAll { $0 == id }
            if view.byMessage[message]?.isEmpty == true { view.byMessage[message] = nil }
        }
        if order.count > 64, order.count > 2 * byID.count { order.removeAll { byID[$0] == nil } }
        if old.change.folder != nil { tree.remove(id) }
    }

    public subscript(id: OperationID) -> Operation? { byID[id] }

    /// All operations, ascending.
    public var operations: [Operation] { order.compactMap { byID[$0] } }

    public var isEmpty: Bool { byID.isEmpty }

    /// The operations of this message, ascending, failed ones too; not those that copy it.
    public func operations(of message: MessageID) -> [Operation] {
        (byMessage[message] ?? []).compactMap { byID[$0] }
    }

    /// The operations that change this folder or its messages, ascending, failed ones too.
    ///
    /// - Parameter home: the folder where the server has a message.
    public func operations(touching folder: FolderID, home: (MessageID) -> FolderID?) -> [Operation] {
        operations.filter { operation in
            if operation.change.folder == folder || operation.change.target?.folder == folder { return true }
            return operation.change.origin.flatMap(home) == folder
        }
    }

    /// The operations that the server refused for good, ascending.
    public var failed: [Operation] { operations.filter(\.state.isFailed) }

    /// The operations that make, delete or rename folders, ascending, failed ones too.
    public var folderOperations: [Operation] { tree.all }

    /// Whether a waiting operation may be given this target instead of its own; a further operation is needed where it may not.
    ///
    /// A folder that was made after the operation can depend on it: it may take the name of one that the operation empties.
    public func canLead(_ operation: Operation, to folder: FolderID) -> Bool {
        operation.state == .waiting && (tree.made[folder].map { $0 < operation.id } ?? true)
    }

    private mutating func insert(_ id: OperationID) {
        // An id that was taken out may still stand in the order.
        if order.count != byID.count - 1, order.contains(id) { return }
        order.insertAscending(id)
    }

    /// Changes the operations of a message and follows where it is shown.
    private mutating func change(_ message: MessageID?, _ body: (inout JournalView) -> Void) {
        guard let message else { return body(&self) }
        let before = placement(of: message)?.folder
        body(&self)
        let after = placement(of: message)?.folder
        guard before != after else { return }
        if let before {
            brought[before]?.remove(message)
            if brought[before]?.isEmpty == true { brought[before] = nil }
        }
        if let after { brought[after, default: []].insert(message) }
    }

    // MARK: - Folders

    /// Takes in a folder as the server has it, or as it is to be made there.
    public mutating func put(_ folder: Folder) { tree.put(folder) }

    public mutating func remove(_ folder: FolderID) { tree.remove(folder) }

    /// Where the mount shows a folder; nil where it is hidden: deleted here, or below one that is, or refused by the server and
    /// without uploads in it.
    public func path(of folder: Folder) -> [[UInt8]]? {
        tree.path(of: folder) { path in
            brought.keys.contains { tree.folders[$0]?.path.starts(with: path) ?? false }
        }
    }
}

extension Operation {
    /// When an expunge that has not failed is to be sent.
    fileprivate var due: Int64? {
        if case .expunge(_, let due) = change, !state.isFailed { due } else { nil }
    }

    /// Whether the server, or its answer, is waited for.
    fileprivate var isPending: Bool {
        if case .expunge = change { return false }
        return !state.isFailed
    }
}

extension Change {
    /// The message that has to be on the server for it.
    var origin: MessageID? {
        switch self {
        case .move(let id, _, _), .flags(let id, _), .labels(let id, _), .delete(let id), .expunge(let id, _): id
        case .copy(let source, _, _, _): source
        case .append, .createFolder, .deleteFolder, .renameFolder: nil
        }
    }
}

extension Array where Element: Comparable {
    /// Keeps an ascending array ascending; at its end in no time.
    mutating func insertAscending(_ element: Element) {
        guard let last, last > element else { return append(element) }
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        insert(element, at: low)
    }
}
