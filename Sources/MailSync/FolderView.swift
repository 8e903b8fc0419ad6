internal import MailModel

/// Where the mount shows folders: their paths on the server, changed by the folder operations of the journal in order.
struct FolderView: Sendable {
    /// What operations do to paths: a rename, then deletions. A folder that an operation made is not touched by those before it.
    private struct Step {
        var rename: (id: OperationID, from: [[UInt8]], to: [[UInt8]])?
        /// Each path with the last operation that deletes it.
        var hidden: [[[UInt8]]: OperationID] = [:]
    }

    /// As the server has them.
    private(set) var folders: [FolderID: Folder] = [:]
    private var operations: [OperationID: Operation] = [:]
    private var last: OperationID?
    /// Folders that are still to be made.
    private(set) var made: [FolderID: OperationID] = [:]
    private var refused: Set<FolderID> = []
    private var steps: [Step] = []

    /// Ascending.
    var all: [Operation] { operations.values.sorted { $0.id < $1.id } }

    mutating func put(_ folder: Folder) {
        let old = folders.updateValue(folder, forKey: folder.id)
        if old?.path != folder.path { rebuild() }
    }

    mutating func remove(_ folder: FolderID) {
        folders[folder] = nil
        rebuild()
    }

    mutating func put(_ operation: Operation) {
        let isLast = last.map { $0 < operation.id } ?? true
        operations[operation.id] = operation
        if isLast {
            append(operation)
        } else {
            rebuild()
        }
    }

    mutating func remove(_ id: OperationID) {
        operations[id] = nil
        rebuild()
    }

    /// - Parameter isNeeded: whether anything has to be shown at or below this path on the server.
    func path(of folder: Folder, isNeeded: ([[UInt8]]) -> Bool) -> [[UInt8]]? {
        if refused.contains(folder.id), !isNeeded(folder.path) { return nil }
        return followed(folder.path, since: made[folder.id])
    }

    private func followed(_ path: [[UInt8]], since made: OperationID?) -> [[UInt8]]? {
        var path = path
        for step in steps {
            if let (id, from, to) = step.rename, made.map({ $0 < id }) ?? true, path.starts(with: from) {
                path = to + path.dropFirst(from.count)
            }
            guard !step.hidden.isEmpty else { continue }
            for length in path.indices {
                if let id = step.hidden[Array(path[...length])], made.map({ $0 < id }) ?? true { return nil }
            }
        }
        return path
    }

    private mutating func rebuild() {
        guard last != nil else { return }
        last = nil
        made = [:]
        refused = []
        steps = []
        for (_, operation) in operations.sorted(by: { $0.key < $1.key }) { append(operation) }
    }

    private mutating func append(_ operation: Operation) {
        last = operation.id
        guard !operation.state.isFailed else {
            if case .createFolder(let folder) = operation.change { refused.insert(folder) }
            return
        }
        switch operation.change {
        case .createFolder(let folder): made[folder] = operation.id
        case .deleteFolder(let folder):
            guard let path = place(of: folder) else { return }
            if steps.isEmpty { steps.append(Step()) }
            steps[steps.count - 1].hidden[path] = operation.id
        case .renameFolder(let folder, _, let to):
            guard let path = place(of: folder) else { return }
            steps.append(Step(rename: (operation.id, path, to)))
        case .move, .copy, .append, .flags, .labels, .delete, .expunge: break
        }
    }

    /// Where the steps so far have brought a folder.
    private func place(of folder: FolderID) -> [[UInt8]]? {
        folders[folder].flatMap { followed($0.path, since: made[folder]) }
    }
}
