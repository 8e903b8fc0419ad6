internal import BlockingWork
public import MailModel
public import MailService
internal import MailTree
internal import Synchronization

extension MailFileSystem: MailObserver {
    public func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)]) {
        let (isOther, isFirst, invalidations) = tree.withLock { tree in
            let before = tree.holdingFolders
            // The first that are told were there before anybody looked.
            let isFirst = tree.folders.isEmpty
            let invalidations = tree.put(folders, isKnown: isFirst)
            return (tree.holdingFolders != before, isFirst, invalidations)
        }
        if !isFirst { keepTimes(after: invalidations) }
        defer {
            // What folders are called is asked for when a link is followed.
            recentChanges.withLock { isOther ? $0.addOther() : $0.add([]) }
        }
        announce(invalidations)
    }

    public func foldersRemoved(_ folders: [FolderID]) {
        defer { recentChanges.withLock { $0.addOther() } }
        let now = service.currentMoment
        let invalidations = tree.withLock { tree in folders.flatMap { tree.remove($0, at: now) } }
        keepTimes(after: invalidations)
        announce(invalidations)
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

/// Directories whose times moved with directories in them, which nothing else keeps.
struct UnkeptTimes {
    var folders: Set<FolderID> = []
    var isKeeping = false
}

extension MailFileSystem {
    /// Has the times of directories kept that others came to or left: the program may end at any moment. Not here, where the store is busy.
    private func keepTimes(after invalidations: [Invalidation]) {
        let moved = invalidations.compactMap { if case .attributes(let inode) = $0 { inode.directory } else { nil } }
        let begins = unkeptTimes.withLock { times in
            times.folders.formUnion(moved)
            guard !times.folders.isEmpty, !times.isKeeping else { return false }
            times.isKeeping = true
            return true
        }
        guard begins else { return }
        Task(executorPreference: BlockingExecutor.disk) { [self] in
            while let folders = nextUnkept() {
                let times = tree.withLock { $0.listingTimes }
                service.keep(listingTimes: times.filter { folders.contains($0.key) })
            }
        }
    }

    private func nextUnkept() -> Set<FolderID>? {
        unkeptTimes.withLock { times in
            guard !times.folders.isEmpty else {
                times.isKeeping = false
                return nil
            }
            defer { times.folders = [] }
            return times.folders
        }
    }
}

extension MailTree {
    /// Those whose messages are shown.
    var holdingFolders: Set<FolderID> { Set(folders.lazy.filter(\.holdsMessages).map(\.id)) }
}
