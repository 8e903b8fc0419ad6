internal import MailModel
internal import Synchronization

// The folders of the account and those that the user wants to see are two lists: what is told to the server hangs on the first.
extension Journal {
    /// Those that are kept in step: what is shown, and the folder for deleted mail once something was brought there.
    var followed: [Folder] {
        let folders = facts.folders
        guard configuration.showsSome else { return folders }
        let wanted = wantedPaths(of: folders)
        return folders.filter { wanted.contains($0.path) || isTrashInUse($0.id) }
    }

    func isFollowed(_ id: FolderID) -> Bool {
        guard configuration.showsSome, let folder = facts.folder(id) else { return true }
        if configuration.shows(Self.text(folder.path)) || isTrashInUse(id) { return true }
        return wantedPaths(of: facts.folders).contains(folder.path)
    }

    /// The paths that the user wants to see, with those that lead there.
    private func wantedPaths(of folders: [Folder]) -> Set<[[UInt8]]> {
        var wanted: Set<[[UInt8]]> = []
        for path in folders.map(\.path) where configuration.shows(Self.text(path)) {
            for length in 1..<max(path.count + 1, 1) { wanted.insert(Array(path.prefix(length))) }
        }
        return wanted
    }

    private func isTrashInUse(_ id: FolderID) -> Bool { facts.trash?.id == id && facts.isListed(id) }
}
