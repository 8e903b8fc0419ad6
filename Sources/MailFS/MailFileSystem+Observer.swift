public import MailModel
public import MailService
internal import MailTree
internal import Synchronization

extension MailFileSystem: MailObserver {
    public func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)]) {
        let (isOther, invalidations) = tree.withLock { tree in
            let before = tree.holdingFolders
            // The first that are told were there before anybody looked.
            let isFirst = tree.folders.isEmpty
            let invalidations = folders.flatMap {
                tree.put($0.folder, listingChanged: $0.listingChanged, isKnown: isFirst)
            }
            return (tree.holdingFolders != before, invalidations)
        }
        defer {
            // What folders are called is asked for when a link is followed.
            recentChanges.withLock { isOther ? $0.addOther() : $0.add([]) }
        }
        announce(invalidations)
    }

    public func foldersRemoved(_ folders: [FolderID]) {
        defer { recentChanges.withLock { $0.addOther() } }
        let now = service.currentMoment
        announce(tree.withLock { tree in folders.flatMap { tree.remove($0, at: now) } })
    }

    public func messagesChanged(_ batch: AppliedBatch) {
        defer {
            let ids = batch.arrived.map(\.id) + batch.updated.map(\.id) + batch.removed
            recentChanges.withLock { $0.add(ids) }
        }
        noteForMaildir(batch)
        announce(
            tree.withLock { tree in
                noteForReaders(batch, tree)
                return tree.apply(
                    batch.folder, changed: batch.updated.isEmpty ? batch.arrived : batch.arrived + batch.updated,
                    removed: batch.removed, listingChanged: batch.listingChanged, isFirst: batch.isFirst)
            })
    }
}

extension MailTree {
    /// Those whose messages are shown.
    var holdingFolders: Set<FolderID> { Set(folders.lazy.filter(\.holdsMessages).map(\.id)) }
}
