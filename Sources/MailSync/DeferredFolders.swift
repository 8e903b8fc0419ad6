public import MailModel

/// Folder operations that wait for a time to be over, in which what was deleted in the folders can be taken back.
public struct DeferredFolders: Hashable, Sendable {
    /// They are not to be sent yet.
    public private(set) var held: Set<OperationID> = []
    /// These, and those that need a name which one of these is to make free.
    public private(set) var operations: Set<OperationID> = []
    /// When the first time is over, in the unit of `due`.
    public private(set) var nextDue: Int64?

    public static let none = DeferredFolders([], due: [:], now: 0) { _ in nil }

    /// - Parameters:
    ///   - operations: those of folders, ascending.
    ///   - due: the time before which the deletion of a folder is not to be sent, by folder.
    ///   - folder: a folder as the server has it, or as it is to be made.
    public init(
        _ operations: [Operation], due: [FolderID: Int64], now: Int64, folder: (FolderID) -> Folder?
    ) {
        guard due.values.contains(where: { $0 > now }) else { return }
        var names = FolderNames()
        // Of these a folder above may get another name before: they go along.
        var leaving = FolderNames()
        for operation in operations where operation.state == .waiting {
            guard let id = operation.change.folder, let folder = folder(id) else { continue }
            let separator = folder.separator
            if case .deleteFolder = operation.change, let time = due[id], time > now {
                held.insert(operation.id)
                nextDue = min(nextDue ?? time, time)
                self.operations.insert(operation.id)
                leaving.insert(folder.rawName, separator: separator)
                continue
            }
            var taken = [folder.rawName]
            var isRename = false
            if case .renameFolder(_, let new, _) = operation.change {
                taken.append(new)
                isRename = true
            }
            let waits = taken.enumerated().contains { place, name in
                names.reachesInto(name, separator: separator) || names.covers(name, separator: separator)
                    || leaving.covers(name, separator: separator)
                    || !(isRename && place == 0) && leaving.reachesInto(name, separator: separator)
            }
            guard waits else { continue }
            self.operations.insert(operation.id)
            for name in taken { names.insert(name, separator: separator) }
        }
    }
}
