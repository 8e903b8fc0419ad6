public import MailModel
public import MailService
internal import MailTree
internal import Synchronization

extension MailFileSystem: MailObserver {
    public func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)]) {
        defer { changeCount.add(1, ordering: .releasing) }
        announce(
            tree.withLock { tree in
                folders.flatMap { tree.put($0.folder, listingChanged: $0.listingChanged) }
            })
    }

    public func foldersRemoved(_ folders: [FolderID]) {
        defer { changeCount.add(1, ordering: .releasing) }
        let now = service.currentTime
        announce(tree.withLock { tree in folders.flatMap { tree.remove($0, at: now) } })
    }

    public func messagesChanged(_ batch: AppliedBatch) {
        defer { changeCount.add(1, ordering: .releasing) }
        announce(
            tree.withLock { tree in
                noteForReaders(batch, tree)
                return tree.apply(
                    batch.folder, changed: batch.updated.isEmpty ? batch.arrived : batch.arrived + batch.updated,
                    removed: batch.removed, listingChanged: batch.listingChanged, isFirst: batch.isFirst)
            })
    }
}
