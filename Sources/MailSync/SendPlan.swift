public import MailModel

/// Operations that one command, or one pipeline of commands, can send.
public struct Batch: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case move, copy, append
        case flags(FlagChange)
        case labels(LabelChange)
        case delete, expunge
        case createFolder, deleteFolder, renameFolder
    }

    public var kind: Kind
    /// The folder to select: where the server has the messages; nil for `append`. The folder itself for the last three.
    public var source: FolderID?
    /// Where the messages go; nil for what moves none.
    public var target: FolderID?
    /// Ascending; at least one. One alone for the last three kinds.
    public var operations: [Operation]
}

/// Bounds on one batch.
public struct SendLimits: Hashable, Sendable {
    public var messages = 1_000
    /// Octets of the uploads of one batch; a single larger one goes alone.
    public var octets: UInt64 = 8 << 20

    public init() {}
}

/// What of the journal can be sent now.
///
/// Order is kept for the operations of one message, behind `after`, and in a folder's life: it is created before anything comes into
/// it and before folders below it, and what was asked of it and of the folders below goes before its rename or deletion. All else may
/// be sent in any order, so that what has the same source, target and kind goes together. What was sent and not settled, or is held
/// back, stops only what depends on it; what failed stops nothing but its `after`.
public struct SendPlan: Hashable, Sendable {
    /// They do not depend on one another: each may be sent, and may fail, whatever becomes of the others. In the order of their first
    /// operations.
    public private(set) var batches: [Batch] = []
    /// Moves of messages that the server has in the target folder already, and that nothing waits for: only their names are to be stored.
    /// Others are part of a batch whose source is its target: the server is to be asked whether they are there.
    public private(set) var arrived: [Operation] = []
    /// Operations whose message the server does not have, and nothing in the journal brings there, or whose folder is not known any
    /// more. An `expunge` or `delete` among them is done.
    public private(set) var lost: [Operation] = []
    /// When the next expunge is due that was not due now; seconds since 1970.
    public private(set) var nextDue: Int64?

    /// Takes time in proportion to the number of operations.
    ///
    /// - Parameters:
    ///   - operations: the whole journal, ascending.
    ///   - heldBack: waiting operations that are not to be sent now, beside deletions that are held: tried in vain a moment ago, or
    ///     uploads of open files.
    ///   - now: seconds since 1970.
    ///   - canExpunge: whether the server has UID EXPUNGE; without it expunges never become part of a batch.
    ///   - home: the folder where the server has a message; nil where it has none. Asked once for each.
    ///   - folder: a folder as the server has it, or as it is to be made.
    public init(
        operations: [Operation], heldBack: Set<OperationID> = [], now: Int64, limits: SendLimits = SendLimits(),
        canExpunge: Bool = true, home: @escaping (MessageID) -> FolderID?,
        folder: @escaping (FolderID) -> Folder?
    ) {
        var order = SendOrder(operations, canExpunge: canExpunge, home: home, folder: folder)
        var open: [Key: Int] = [:]
        var octets: [Int: UInt64] = [:]
        for operation in operations {
            if case .failed = operation.state {
                order.passed(failed: operation)
                continue
            }
            if case .expunge(let message, let due) = operation.change, case .waiting = operation.state {
                guard canExpunge else { continue }
                if due.map({ $0 > now }) ?? true, order.isThere(message) {
                    if let due { nextDue = min(nextDue ?? due, due) }
                    continue
                }
            }
            let isHeldBack = operation.isHeld || heldBack.contains(operation.id)
            let verdict = order.verdict(on: operation, isHeldBack: isHeldBack)
            switch verdict {
            case .no: break
            case .lost: lost.append(operation)
            case .arrived: arrived.append(operation)
            case .yes(let source):
                let key = Key(operation, source: source)
                let size = operation.change.octets
                if key.isShared, let index = open[key], batches[index].operations.count < limits.messages,
                    (octets[index] ?? 0) + size <= limits.octets || size == 0
                {
                    batches[index].operations.append(operation)
                    octets[index, default: 0] += size
                } else {
                    open[key] = batches.count
                    octets[batches.count] = size
                    batches.append(
                        Batch(kind: key.kind, source: key.source, target: key.target, operations: [operation]))
                }
            }
        }
    }

    /// What goes together.
    private struct Key: Hashable {
        var kind: Batch.Kind
        var source: FolderID?
        var target: FolderID?

        init(_ operation: Operation, source: FolderID?) {
            kind = operation.change.kind
            self.source = operation.change.folder ?? source
            target = operation.change.target?.folder
        }

        var isShared: Bool {
            switch kind {
            case .move, .copy, .append, .flags, .labels, .delete, .expunge: true
            case .createFolder, .deleteFolder, .renameFolder: false
            }
        }
    }
}

extension Change {
    fileprivate var kind: Batch.Kind {
        switch self {
        case .move: .move
        case .copy: .copy
        case .append: .append
        case .flags(_, let change): .flags(change)
        case .labels(_, let change): .labels(change)
        case .delete: .delete
        case .expunge: .expunge
        case .createFolder: .createFolder
        case .deleteFolder: .deleteFolder
        case .renameFolder: .renameFolder
        }
    }

    fileprivate var octets: UInt64 {
        if case .append(_, _, _, let upload) = self { min(upload.size, 1 << 62) } else { 0 }
    }
}
